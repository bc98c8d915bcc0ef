import { among, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Journal } from "../journal/journal.ts";
import { listOrDigest } from "../journal/listing.ts";
import type { Verbs } from "../journal/verbs.ts";
import type { Actor } from "../kernel/actor.ts";
import { canonical } from "../kernel/canonical.ts";
import type { Clock } from "../kernel/clock.ts";
import { conflict, overLimit } from "../kernel/errors.ts";
import { everywhere } from "../kernel/scope.ts";
import { Stage, StageName, type StageSet } from "./stage.entity.ts";
import type { DefineStagesInput } from "./stage.inputs.ts";
import { lockStageSet, readAllStages } from "./stage.query.ts";
import {
  changesTo,
  definitionsOf,
  emptyFor,
  mustBeEmpty,
  type StageChanges,
  type StageDefinition,
  stageKey,
} from "./stage.rules.ts";

/** What the definition of stages answers. */
export type StagesOutcome = { revision: number };

const mostFormer = 500;

/** What rooms above have to say of stages that go away under their names, and of the first one; a throw refuses it. */
export type StageGuard = (tx: Transaction, gone: readonly string[], first: string) => Promise<void>;

/** The verb about stages. */
export class StageService {
  private readonly guards: StageGuard[] = [];

  constructor(
    private readonly verbs: Verbs,
    private readonly journal: Journal,
    private readonly clock: Clock,
  ) {}

  guardChanges(guard: StageGuard): void {
    this.guards.push(guard);
  }

  /**
   * Defines all stages at once. Whoever puts a version into a stage holds the set of them until commit, so while
   * this has locked it nobody does: what is counted here stays true.
   */
  define(actor: Actor, input: DefineStagesInput): Promise<StagesOutcome> {
    return this.verbs.run(actor, "defineStages", input, async (tx) => {
      actor.mustAllOver("stage:define", everywhere);
      const after = definitionsOf(input);
      const set = await lockStageSet(tx);
      mustBeAt(set, input.expectedRevision);
      const known = await readAllStages(tx);
      const before = known.filter(({ removedAt }) => removedAt === null);
      if (isSame(before, after)) return { revision: set.revision };
      const changes = changesTo(before, after);
      await this.mustBeEmpty(tx, emptyFor(before, after, changes));
      const gone = [...changes.removed, ...changes.renamed.map(({ from }) => from)];
      for (const guard of this.guards) await guard(tx, gone, after[0]!.name);
      await this.write(tx, known, after, changes);
      const revision = set.revision + 1;
      await tx.run(
        sql`UPDATE stage_set SET revision = ${revision}, updatedAt = ${this.clock()} WHERE id = ${set.nodeId}`,
      );
      const body = { revision, ...listOrDigest("stages", after), ...changes };
      this.journal.record(tx, actor, { type: "stages.defined", subject: set.nodeId, body });
      return { revision };
    });
  }

  /** Versions of deleted models count, as these can be restored; deleted versions never come back. */
  private async mustBeEmpty(tx: Transaction, reasons: ReadonlyMap<string, string>): Promise<void> {
    if (reasons.size === 0) return;
    const rows = await tx.query<{ stage: string; total: number }>(
      sql`SELECT v.stage, COUNT(*) AS total FROM model_version v
          WHERE ${among(sql`v.stage`, [...reasons.keys()])} AND v.deletedAt IS NULL GROUP BY v.stage`,
    );
    const standing = new Map(rows.map(({ stage, total }) => [stage, Number(total)]));
    for (const [name, why] of reasons) mustBeEmpty(name, standing.get(name) ?? 0, why);
  }

  private async write(
    tx: Transaction,
    known: readonly Stage[],
    after: readonly StageDefinition[],
    { renamed, removed }: StageChanges,
  ): Promise<void> {
    const former = new Set(known.filter(({ removedAt }) => removedAt !== null).map(({ name }) => name));
    for (const { name } of after) former.delete(name);
    if (former.size + removed.length > mostFormer) {
      throw overLimit(`stages: at most ${mostFormer} that are no more`, "stages");
    }
    for (const { from, to } of renamed) {
      await tx.run(sql`UPDATE model_version SET stage = ${to} WHERE stage = ${from}`);
      await tx.run(sql`UPDATE stage_change SET stage = ${to} WHERE stage = ${from}`);
    }
    const replaced = [...renamed.map(({ from }) => from), ...after.map(({ name }) => name)];
    await tx.run(sql`DELETE FROM stage WHERE ${among(sql`name`, replaced)}`);
    if (removed.length > 0) {
      await tx.run(sql`UPDATE stage SET removedAt = ${this.clock()} WHERE ${among(sql`name`, removed)}`);
    }
    await tx.insert(
      Stage,
      after.map((stage) => ({ ...stage, removedAt: null })),
    );
    const names = after.flatMap(({ name: stage, synonyms }) =>
      [stage, ...synonyms].map((word) => ({ nameKey: stageKey(word), stage })),
    );
    await tx.run(sql`DELETE FROM stage_name`);
    await tx.insert(StageName, names);
  }
}

function isSame(before: readonly Stage[], after: readonly StageDefinition[]): boolean {
  const told = before.map(({ removedAt: _, ...stage }) => stage);
  return canonical(told) === canonical(after);
}

/** Throws CONFLICT where the caller has seen another revision. */
function mustBeAt({ revision }: StageSet, expected: number | null | undefined): void {
  if (expected == null || expected === revision) return;
  throw conflict(`the stages are at revision ${revision}, not ${expected}`, "expectedRevision");
}
