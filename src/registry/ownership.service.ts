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
      const { locked, remaining } =
        model == null
          ? await lockOwned(tx, actor, nameOf("from", from!), to)
          : { locked: [await this.models.lock(tx, actor, "model:transfer", model)], remaining: 0 };
      await mustBeActive(tx, to);
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

/** Locks the living models of an owner that the actor may transfer, by name; those that are `to`'s already are none. */
async function lockOwned(
  tx: Transaction,
  actor: Actor,
  from: string,
  to: string,
): Promise<{ locked: Model[]; remaining: number }> {
  actor.mustAnywhere("model:transfer");
  const mayTransfer = ({ name }: { name: string }) => actor.may("model:transfer", name);
  const isOwned = sql`m.owner = ${from} AND m.owner <> ${to} AND m.deletedAt IS NULL`;
  const owned = await tx.query<{ id: number; name: string }>(
    sql`SELECT m.id, m.name FROM model m WHERE ${isOwned} ORDER BY m.name`,
  );
  const wanted = owned.filter(mayTransfer);
  const locked: Model[] = [];
  for (const some of chunksOf(wanted.slice(0, mostAtOnce), modelsPerStatement)) {
    const ids = some.map(({ id }) => id);
    const rows = await tx.lock<object>(
      sql`SELECT ${modelColumns} FROM model m WHERE ${among(sql`m.id`, ids)} AND ${isOwned} ORDER BY m.name`,
    );
    locked.push(...rows.map(modelOfRow));
  }
  // Some may have been renamed while we waited.
  return { locked: locked.filter(mayTransfer), remaining: Math.max(0, wanted.length - mostAtOnce) };
}
