import { among, chunksOf, type Reader, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Journal } from "../journal/journal.ts";
import type { Verbs } from "../journal/verbs.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { conflict, invalid } from "../kernel/errors.ts";
import { nameOf } from "../kernel/names.ts";
import type { Model } from "./model.entity.ts";
import { modelColumns, modelOfRow } from "./model.query.ts";
import type { ModelService } from "./model.service.ts";
import type { TransferOwnershipInput } from "./ownership.inputs.ts";

/** Models that changed hands, by name, and how many are left for another call. */
export type TransferOutcome = { models: number[]; remaining: number };

const mostAtOnce = 1_000; // in one transaction, one event each
const modelsPerStatement = 400;

/** Hands models over to another owner: all of somebody who leaves, or one. */
export class OwnershipService {
  constructor(
    private readonly verbs: Verbs,
    private readonly journal: Journal,
    private readonly models: ModelService,
    private readonly clock: Clock,
  ) {}

  /** Of the models of an owner, those that the actor may transfer; others are left where they are. */
  transfer(actor: Actor, input: TransferOwnershipInput): Promise<TransferOutcome> {
    return this.verbs.run(actor, "transferOwnership", input, async (tx) => {
      const { model, from } = input;
      if ((model == null) === (from == null)) {
        throw invalid("from", "either model or from", from ?? null);
      }
      const to = nameOf("to", input.to);
      actor.mustAnywhere("model:transfer");
      await mustBeActive(tx, to);
      if (model != null) {
        const locked = await this.models.lock(tx, actor, "model:transfer", model);
        return { models: await this.handOver(tx, actor, [locked], to), remaining: 0 };
      }
      const owner = nameOf("from", from!);
      const owned = await ownedBy(tx, actor, owner, to);
      const locked = await lockOwned(tx, actor, owned.slice(0, mostAtOnce), owner);
      const remaining = Math.max(0, owned.length - mostAtOnce);
      return { models: await this.handOver(tx, actor, locked, to), remaining };
    });
  }

  /** Answers which of the locked models were another's. */
  private async handOver(
    tx: Transaction,
    actor: Actor,
    locked: readonly Model[],
    to: string,
  ): Promise<number[]> {
    const handed = locked.filter(({ owner }) => owner !== to);
    const ids = handed.map(({ nodeId }) => nodeId);
    for (const some of chunksOf(ids, modelsPerStatement)) {
      await tx.run(
        sql`UPDATE model SET owner = ${to}, revision = revision + 1, updatedAt = ${this.clock()} WHERE ${among(sql`id`, some)}`,
      );
    }
    for (const { nodeId, name, owner: from } of handed) {
      const texts = { from, to };
      this.journal.record(tx, actor, { type: "model.transferred", subject: nodeId, body: { name }, texts });
    }
    return ids;
  }
}

/** Throws CONFLICT for an actor that is deactivated. A name that no actor has is good: teams answer for models, too. */
async function mustBeActive(reader: Reader, name: string): Promise<void> {
  const [gone] = await reader.query(
    sql`SELECT id FROM actor WHERE name = ${name} AND deactivatedAt IS NOT NULL`,
  );
  if (gone) throw conflict(`to: ${name} is deactivated; name somebody else`, "to");
}

/** The living models of an owner that the actor may transfer, by name; those that are `to`'s already are none. */
async function ownedBy(reader: Reader, actor: Actor, from: string, to: string): Promise<number[]> {
  const rows = await reader.query<{ id: number; name: string }>(
    sql`SELECT m.id, m.name FROM model m WHERE m.owner = ${from} AND m.owner <> ${to} AND m.deletedAt IS NULL ORDER BY m.name`,
  );
  return rows.filter(({ name }) => actor.may("model:transfer", name)).map(({ id }) => id);
}

/** Locks those of the models that are the owner's still, by name. */
async function lockOwned(
  tx: Transaction,
  actor: Actor,
  owned: readonly number[],
  from: string,
): Promise<Model[]> {
  const locked: Model[] = [];
  for (const some of chunksOf(owned, modelsPerStatement)) {
    const rows = await tx.lock<object>(
      sql`SELECT ${modelColumns} FROM model m WHERE ${among(sql`m.id`, some)} AND m.owner = ${from} AND m.deletedAt IS NULL ORDER BY m.name`,
    );
    locked.push(...rows.map(modelOfRow));
  }
  return locked.filter(({ name }) => actor.may("model:transfer", name));
}
