import { sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Journal } from "../journal/journal.ts";
import type { Verbs } from "../journal/verbs.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { conflict, invalid, notFound, overLimit } from "../kernel/errors.ts";
import { nameOf } from "../kernel/names.ts";
import { Alias } from "./alias.entity.ts";
import type { DeleteAliasInput, SetAliasInput } from "./alias.inputs.ts";
import type { Model } from "./model.entity.ts";
import type { ModelService } from "./model.service.ts";

/** What a verb about one alias answers. */
export type AliasOutcome = { model: number; alias: string };

const mostAliases = 1_000;

/** Verbs about aliases. Compare-and-set under the model's lock: of two rivals, exactly one wins. */
export class AliasService {
  constructor(
    private readonly verbs: Verbs,
    private readonly journal: Journal,
    private readonly models: ModelService,
    private readonly clock: Clock,
  ) {}

  set(actor: Actor, input: SetAliasInput): Promise<AliasOutcome> {
    return this.verbs.run(actor, "setAlias", input, async (tx) => {
      const model = await this.models.lock(tx, actor, "alias:write", input.model);
      const alias = await this.setIn(tx, actor, model, input);
      return { model: model.nodeId, alias };
    });
  }

  delete(actor: Actor, input: DeleteAliasInput): Promise<AliasOutcome> {
    return this.verbs.run(actor, "deleteAlias", input, async (tx) => {
      const model = await this.models.lock(tx, actor, "alias:write", input.model);
      const alias = aliasOf(input.alias);
      const now = await this.pointsTo(tx, model, alias);
      mustPointTo(model, alias, now, input.expectedVersion);
      if (now === null) throw notFound(`alias ${model.name}@${alias}`, "alias");
      await tx.run(sql`DELETE FROM alias WHERE modelId = ${model.nodeId} AND name = ${alias}`);
      const body = { alias, version: now };
      this.journal.record(tx, actor, { type: "alias.deleted", subject: model.nodeId, body });
      return { model: model.nodeId, alias };
    });
  }

  /**
   * An imported alias, within a transaction that holds the model's lock; whether it was new. One that is here already
   * stays where it points: it may have been moved since.
   */
  async takeOver(
    tx: Transaction,
    actor: Actor,
    model: Model,
    wish: { alias: string; version: number },
  ): Promise<boolean> {
    if ((await this.pointsTo(tx, model, aliasOf(wish.alias))) !== null) return false;
    await this.setIn(tx, actor, model, wish, true);
    return true;
  }

  private async setIn(
    tx: Transaction,
    actor: Actor,
    model: Model,
    input: Omit<SetAliasInput, "model">,
    isImported = false,
  ): Promise<string> {
    const alias = aliasOf(input.alias);
    const from = await this.pointsTo(tx, model, alias);
    mustPointTo(model, alias, from, input.expectedVersion);
    if (from === input.version) return alias;
    const [target] = await tx.query<{ id: number }>(
      sql`SELECT id FROM model_version WHERE modelId = ${model.nodeId} AND number = ${input.version} AND deletedAt IS NULL`,
    );
    if (!target) throw notFound(`model version ${model.name}/${input.version}`, "version");
    await this.point(tx, model, alias, from, target.id);
    const body = { alias, from, to: input.version };
    this.journal.record(tx, actor, { type: "alias.set", subject: model.nodeId, body, isImported });
    return alias;
  }

  private async point(tx: Transaction, model: Model, name: string, from: number | null, versionId: number) {
    const updatedAt = this.clock();
    if (from !== null) {
      await tx.run(
        sql`UPDATE alias SET versionId = ${versionId}, updatedAt = ${updatedAt} WHERE modelId = ${model.nodeId} AND name = ${name}`,
      );
      return;
    }
    const [held] = await tx.query<{ total: number }>(
      sql`SELECT COUNT(*) AS total FROM alias WHERE modelId = ${model.nodeId}`,
    );
    if (Number(held?.total) >= mostAliases)
      throw overLimit(`alias: at most ${mostAliases} on one model`, "alias");
    await tx.insert(Alias, [{ modelId: model.nodeId, name, versionId, updatedAt }]);
  }

  /** The number an alias points to; null where there is none. */
  private async pointsTo(tx: Transaction, model: Model, alias: string): Promise<number | null> {
    const [row] = await tx.query<{ number: number }>(
      sql`SELECT v.number FROM alias a JOIN model_version v ON v.id = a.versionId
          WHERE a.modelId = ${model.nodeId} AND a.name = ${alias}`,
    );
    return row?.number ?? null;
  }
}

function aliasOf(came: string): string {
  const alias = nameOf("alias", came);
  if (/[/@]/.test(alias)) throw invalid("alias", "a name without / and @", came);
  if (alias.toLowerCase() === "latest")
    throw invalid("alias", "another name than latest, which is computed", came);
  return alias;
}

/** Throws CONFLICT where the alias does not point where the caller expects; 0 expects none. */
function mustPointTo(
  model: Model,
  alias: string,
  now: number | null,
  expected: number | null | undefined,
): void {
  if (expected == null || expected === (now ?? 0)) return;
  const where = now === null ? "does not exist" : `points to ${now}`;
  const wanted = expected === 0 ? "it was expected not to exist" : `${expected} was expected`;
  throw conflict(`alias ${model.name}@${alias} ${where}; ${wanted}`, "expectedVersion");
}
