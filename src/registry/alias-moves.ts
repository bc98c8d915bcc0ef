import { among, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Journal } from "../journal/journal.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { notFound, overLimit } from "../kernel/errors.ts";
import { Alias } from "./alias.entity.ts";
import { type AliasPlace, mustHaveNoShare } from "./alias.rules.ts";
import type { AliasProtection } from "./alias-protection.entity.ts";
import { heldProtections } from "./alias-protection.query.ts";
import { mustMoveProtected, mustSuit } from "./alias-protection.rules.ts";
import type { Model } from "./model.entity.ts";
import { heldStages } from "./stage.query.ts";

const mostAliases = 1_000;

/** Aliases of one model as they are now, and what protects them. */
export interface AliasState {
  places: ReadonlyMap<string, AliasPlace>;
  protections: readonly AliasProtection[];
}

/** Where an alias shall be. */
export interface AliasWish extends AliasPlace {
  alias: string;
  /** Where the input tells of it. */
  field: string;
}

/** Moves aliases: permission to move protected ones, row and event. The caller holds the model's lock. */
export class AliasMoves {
  constructor(
    private readonly journal: Journal,
    private readonly clock: Clock,
  ) {}

  async state(tx: Transaction, model: Model, aliases: readonly string[]): Promise<AliasState> {
    const rows = await tx.query<AliasPlace & { name: string }>(
      sql`SELECT a.name, a.weight, v.number AS version FROM alias a JOIN model_version v ON v.id = a.versionId
          WHERE a.modelId = ${model.nodeId} AND ${among(sql`a.name`, aliases)}`,
    );
    return {
      places: new Map(rows.map(({ name, ...place }) => [name, place])),
      protections: await heldProtections(tx, [model.name], aliases),
    };
  }

  /** The aliases of a model that have a share now. */
  async weighted(tx: Transaction, model: Model): Promise<string[]> {
    const rows = await tx.query<{ name: string }>(
      sql`SELECT name FROM alias WHERE modelId = ${model.nodeId} AND weight IS NOT NULL ORDER BY name`,
    );
    return rows.map(({ name }) => name);
  }

  /** Records nothing where the alias is there already. Throws FORBIDDEN, NOT_FOUND, REFUSED_BY_POLICY, LIMIT. */
  async move(
    tx: Transaction,
    actor: Actor,
    model: Model,
    state: AliasState,
    { alias, version, weight, field }: AliasWish,
    isImported = false,
  ): Promise<void> {
    const now = state.places.get(alias) ?? null;
    if (now?.version === version && now.weight === weight) return;
    const protections = state.protections.filter((protection) => protection.alias === alias);
    mustMoveProtected(actor, model.name, protections);
    const target = await this.target(tx, model, version, field);
    const losesItsShareOnly = now?.version === version && weight === null;
    if (protections.length > 0 && !losesItsShareOnly) {
      mustSuit(protections, await heldStages(tx), model.name, { number: version, stage: target.stage });
    }
    await this.write(tx, model, { alias, versionId: target.id, weight, isNew: now === null });
    const isWeighted = weight !== null || (now?.weight ?? null) !== null;
    const body = { alias, from: now?.version ?? null, to: version, ...(isWeighted ? { weight } : {}) };
    this.journal.record(tx, actor, { type: "alias.set", subject: model.nodeId, body, isImported });
  }

  /** Throws FORBIDDEN; CONFLICT for one in a weighted set. */
  async remove(
    tx: Transaction,
    actor: Actor,
    model: Model,
    { protections }: AliasState,
    alias: string,
    now: AliasPlace,
  ): Promise<void> {
    mustMoveProtected(actor, model.name, protections);
    mustHaveNoShare(`${model.name}@${alias}`, now, "alias");
    await tx.run(sql`DELETE FROM alias WHERE modelId = ${model.nodeId} AND name = ${alias}`);
    const body = { alias, version: now.version };
    this.journal.record(tx, actor, { type: "alias.deleted", subject: model.nodeId, body });
  }

  private async target(
    tx: Transaction,
    model: Model,
    number: number,
    field: string,
  ): Promise<{ id: number; stage: string }> {
    const [target] = await tx.query<{ id: number; stage: string }>(
      sql`SELECT id, stage FROM model_version WHERE modelId = ${model.nodeId} AND number = ${number} AND deletedAt IS NULL`,
    );
    if (!target) throw notFound(`model version ${model.name}/${number}`, field);
    return target;
  }

  private async write(
    tx: Transaction,
    { nodeId: modelId }: Model,
    {
      alias: name,
      versionId,
      weight,
      isNew,
    }: { alias: string; versionId: number; weight: number | null; isNew: boolean },
  ): Promise<void> {
    const updatedAt = this.clock();
    if (!isNew) {
      await tx.run(
        sql`UPDATE alias SET versionId = ${versionId}, weight = ${weight}, updatedAt = ${updatedAt}
            WHERE modelId = ${modelId} AND name = ${name}`,
      );
      return;
    }
    const [held] = await tx.query<{ total: number }>(
      sql`SELECT COUNT(*) AS total FROM alias WHERE modelId = ${modelId}`,
    );
    if (Number(held?.total) >= mostAliases)
      throw overLimit(`alias: at most ${mostAliases} on one model`, "alias");
    await tx.insert(Alias, [{ modelId, name, versionId, weight, updatedAt }]);
  }
}
