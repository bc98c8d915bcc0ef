import { sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Graph } from "../graph/graph.ts";
import type { Journal } from "../journal/journal.ts";
import type { Verbs } from "../journal/verbs.ts";
import type { Actor } from "../kernel/actor.ts";
import { canonical, sha256 } from "../kernel/canonical.ts";
import type { Clock } from "../kernel/clock.ts";
import { conflict, invalid, notFound, overLimit } from "../kernel/errors.ts";
import { patternOf, type ScopePattern } from "../kernel/scope.ts";
import { aliasOf } from "./alias.rules.ts";
import { AliasProtection } from "./alias-protection.entity.ts";
import type { ProtectAliasInput, UnprotectAliasInput } from "./alias-protection.inputs.ts";
import { findProtection } from "./alias-protection.query.ts";
import { lockStageSet, readStages, stageNamed } from "./stage.query.ts";

/** What a verb about one protection answers. */
export type AliasProtectionOutcome = { protection: number };

/** What is protected: an alias of all models of a pattern. */
interface Place {
  pattern: ScopePattern;
  alias: string;
  liveKey: string;
}

/** Its row. */
type Protection = Omit<AliasProtection, "id" | "nodeKind" | "model">;

const mostProtections = 1_000;
const mostStages = 30;

/** Verbs about protections of aliases. Whoever moves an alias holds what these lock, see `heldProtections`. */
export class AliasProtectionService {
  constructor(
    private readonly verbs: Verbs,
    private readonly journal: Journal,
    private readonly graph: Graph,
    private readonly clock: Clock,
  ) {}

  /** Aliases that point elsewhere already stay where they are: what they may not do is move there. */
  protect(actor: Actor, input: ProtectAliasInput): Promise<AliasProtectionOutcome> {
    return this.verbs.run(actor, "protectAlias", input, async (tx) => {
      const place = placeOf(actor, input);
      await lockStageSet(tx);
      const stagesText = JSON.stringify(await stagesOf(tx, input.stages ?? []));
      const known = await findProtection(tx, place.liveKey);
      mustBeAt(place, known, input.expectedRevision);
      if (known?.stagesText === stagesText) return { protection: known.nodeId };
      const protection = known
        ? await this.change(tx, known, stagesText)
        : await this.make(tx, place, stagesText);
      this.record(tx, actor, "alias.protected", protection);
      return { protection: protection.nodeId };
    });
  }

  unprotect(actor: Actor, input: UnprotectAliasInput): Promise<AliasProtectionOutcome> {
    return this.verbs.run(actor, "unprotectAlias", input, async (tx) => {
      const place = placeOf(actor, input);
      await lockStageSet(tx);
      const known = await findProtection(tx, place.liveKey);
      if (!known) throw notFound(`a protection of ${place.alias} on ${place.pattern}`, "alias");
      mustBeAt(place, known, input.expectedRevision);
      await tx.run(
        sql`UPDATE alias_protection SET liveKey = NULL, deletedAt = ${this.clock()} WHERE id = ${known.nodeId}`,
      );
      this.record(tx, actor, "alias.unprotected", known);
      return { protection: known.nodeId };
    });
  }

  private async change(tx: Transaction, known: AliasProtection, stagesText: string): Promise<Protection> {
    const next = { ...known, stagesText, revision: known.revision + 1, updatedAt: this.clock() };
    await tx.run(
      sql`UPDATE alias_protection SET stagesText = ${stagesText}, revision = ${next.revision},
          updatedAt = ${next.updatedAt} WHERE id = ${known.nodeId}`,
    );
    return next;
  }

  private async make(tx: Transaction, { pattern, alias, liveKey }: Place, stagesText: string) {
    const [live] = await tx.query<{ total: number }>(
      sql`SELECT COUNT(*) AS total FROM alias_protection WHERE deletedAt IS NULL`,
    );
    if (Number(live?.total) >= mostProtections) {
      throw overLimit(`alias: at most ${mostProtections} protections`, "alias");
    }
    const node = { kind: "ALIAS_PROTECTION" as const, label: `${pattern}@${alias}`, scope: pattern };
    const [nodeId] = await this.graph.createNodes(tx, [node]);
    const createdAt = this.clock();
    const times = { createdAt, updatedAt: createdAt, deletedAt: null };
    const row = { nodeId: nodeId!, pattern, alias, liveKey, stagesText, revision: 1, ...times };
    await tx.insertNew(AliasProtection, [row]);
    return row;
  }

  private record(
    tx: Transaction,
    actor: Actor,
    type: string,
    { nodeId, pattern, alias, stagesText, revision }: Protection,
  ): void {
    const body = { model: pattern, alias, stages: JSON.parse(stagesText), revision };
    this.journal.record(tx, actor, { type, subject: nodeId, body });
  }
}

/** Throws FORBIDDEN where the actor may not protect what this says. */
function placeOf(actor: Actor, input: Pick<ProtectAliasInput, "model" | "alias">): Place {
  const pattern = patternOf("model", input.model);
  actor.mustAllOver("alias:protect", pattern);
  const alias = aliasOf("alias", input.alias);
  return { pattern, alias, liveKey: sha256(canonical([pattern, alias])) };
}

/** The stages meant, each once, along the way. */
async function stagesOf(tx: Transaction, told: readonly string[]): Promise<string[]> {
  if (told.length > mostStages) throw invalid("stages", `at most ${mostStages}`, told.length);
  const stages = await readStages(tx);
  const wanted = new Set(told.map((name, index) => stageNamed(stages, name, `stages.${index}`)));
  return stages.filter((stage) => wanted.has(stage)).map(({ name }) => name);
}

/** Throws CONFLICT where the caller has seen another revision; 0 expects none. */
function mustBeAt(
  { pattern, alias }: Place,
  known: AliasProtection | null,
  expected: number | null | undefined,
): void {
  const revision = known?.revision ?? 0;
  if (expected == null || expected === revision) return;
  const where = known ? `is at revision ${revision}` : "does not exist";
  throw conflict(
    `the protection of ${alias} on ${pattern} ${where}; revision ${expected} was expected`,
    "expectedRevision",
  );
}
