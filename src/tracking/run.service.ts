import { readable } from "../db/readable.ts";
import { every, type Sql, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { EdgeDraft } from "../graph/graph.ts";
import type { Journal } from "../journal/journal.ts";
import type { Verbs } from "../journal/verbs.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { conflict, notFound } from "../kernel/errors.ts";
import type { Permission } from "../kernel/permission.ts";
import { type EventParts, metricsOf, paramsOf, tagChangesOf, tagsBody, tagsOf } from "./fact.rules.ts";
import { factDigestsOf } from "./fact-digest.ts";
import type { Facts } from "./facts.ts";
import { mustWithin } from "./guarding.ts";
import type { Run } from "./run.entity.ts";
import type {
  DeleteRunInput,
  FinishRunInput,
  LogRunInput,
  RestoreRunInput,
  SetRunTagsInput,
  UpdateRunInput,
} from "./run.inputs.ts";
import { runColumns, runNamed, runOfRow } from "./run.query.ts";
import { courseOf, endOf, inputsBody, instant, isOpen, runTexts } from "./run.rules.ts";
import type { RunGraph } from "./run-graph.ts";

export type RunOutcome = { run: number };

/** Verbs about runs that are there; making one is `run-creation.service.ts`. */
export class RunService {
  constructor(
    private readonly verbs: Verbs,
    private readonly journal: Journal,
    private readonly graph: RunGraph,
    private readonly facts: Facts,
    private readonly clock: Clock,
  ) {}

  /** While the run is open, params, metrics and tags are telemetry: only new data it uses makes an event. */
  log(actor: Actor, input: LogRunInput): Promise<RunOutcome> {
    return this.verbs.run(actor, "logRun", input, async (tx) => {
      const params = paramsOf(input.params);
      const metrics = metricsOf(input.metrics, this.clock());
      const tags = tagsOf(input.tags);
      const run = await this.lockLiving(tx, actor, input.runId);
      const { nodeId } = run;
      const added = [
        await this.facts.addParams(tx, nodeId, params),
        await this.facts.addMetrics(tx, nodeId, metrics),
      ];
      const isTagged = await this.facts.setTags(tx, nodeId, tags);
      const edges = await this.graph.consume(tx, actor, [{ run, datasets: input.datasets }]);
      const inputs = edges.get(nodeId) ?? [];
      if (!isOpen(run)) {
        const isEdited = added.some((count) => count > 0) || isTagged || inputs.length > 0;
        if (isEdited) await this.edited(tx, actor, run, inputs, isTagged ? tagsBody(tags) : undefined);
      } else if (inputs.length > 0) {
        const body = { runId: run.runId, ...inputsBody(inputs) };
        this.record(tx, actor, run, "run.inputs_recorded", body, inputs);
      }
      await this.graph.infer(tx, actor, [{ run, given: { params, tags } }]);
      return { run: nodeId };
    });
  }

  /** Ends a run: one event, with a digest of all that it logged. Ending it the same way again changes nothing. */
  finish(actor: Actor, input: FinishRunInput): Promise<RunOutcome> {
    return this.verbs.run(actor, "finishRun", input, async (tx) => {
      const run = await this.lockLiving(tx, actor, input.runId);
      const { nodeId, runId } = run;
      const now = this.clock();
      const endedAt = endOf(run, input, now);
      if (!isOpen(run)) return { run: nodeId };
      const startedAt = run.startedAt ?? endedAt;
      await tx.run(
        sql`UPDATE run SET status = ${input.status}, startedAt = ${startedAt}, endedAt = ${endedAt}, updatedAt = ${now}
            WHERE id = ${nodeId}`,
      );
      const digest = (await factDigestsOf(tx, [nodeId])).get(nodeId);
      const body = { runId, status: input.status, endedAt: instant(endedAt), ...digest };
      this.record(tx, actor, run, "run.finished", body);
      return { run: nodeId };
    });
  }

  /** Names it anew, ends it, or takes it up again: one event, for the weightiest of these. */
  update(actor: Actor, input: UpdateRunInput): Promise<RunOutcome> {
    return this.verbs.run(actor, "updateRun", input, async (tx) => {
      const told = runTexts(input);
      const run = await this.lockLiving(tx, actor, input.runId);
      const { nodeId, runId } = run;
      const now = this.clock();
      const texts = {
        name: told.name ?? run.name,
        attributedTo: told.attributedTo ?? run.attributedTo,
      };
      const course = courseOf(run, input, now);
      const next = { ...texts, ...course };
      const changed = (Object.keys(next) as (keyof typeof next)[]).filter((key) => next[key] !== run[key]);
      if (changed.length === 0) return { run: nodeId };
      const { name, attributedTo, status, startedAt, endedAt } = next;
      await tx.run(
        sql`UPDATE run SET name = ${name}, attributedTo = ${attributedTo}, status = ${status}, startedAt = ${startedAt},
            endedAt = ${endedAt}, updatedAt = ${now} WHERE id = ${nodeId}`,
      );
      if (name !== run.name) await this.graph.rename(tx, nodeId, name ?? runId);
      const ends = !isOpen(next) && (next.status !== run.status || next.endedAt !== run.endedAt);
      const type = ends ? "run.finished" : isOpen(next) && !isOpen(run) ? "run.reopened" : "run.updated";
      const digest = ends ? (await factDigestsOf(tx, [nodeId])).get(nodeId) : {};
      const body = { runId, status, ...(ends ? { endedAt: instant(endedAt) } : {}), ...digest };
      const isTold = changed.some((key) => key === "name" || key === "attributedTo");
      this.record(tx, actor, run, type, body, [], isTold ? texts : {});
      return { run: nodeId };
    });
  }

  setTags(actor: Actor, input: SetRunTagsInput): Promise<RunOutcome> {
    return this.verbs.run(actor, "setRunTags", input, async (tx) => {
      const tags = tagChangesOf(input.set, input.delete, "set");
      const run = await this.lockLiving(tx, actor, input.runId);
      const isTagged = await this.facts.setTags(tx, run.nodeId, tags);
      if (isTagged && !isOpen(run)) await this.edited(tx, actor, run, [], tagsBody(tags));
      await this.graph.infer(tx, actor, [{ run, given: { tags } }]);
      return { run: run.nodeId };
    });
  }

  delete(actor: Actor, input: DeleteRunInput): Promise<RunOutcome> {
    return this.verbs.run(actor, "deleteRun", input, async (tx) => {
      const run = await this.lock(tx, actor, "run:delete", input.runId);
      if (run.deletedAt === null) await this.setDeleted(tx, actor, run, this.clock());
      return { run: run.nodeId };
    });
  }

  restore(actor: Actor, input: RestoreRunInput): Promise<RunOutcome> {
    return this.verbs.run(actor, "restoreRun", input, async (tx) => {
      const run = await this.lock(tx, actor, "run:delete", input.runId);
      if (run.deletedAt !== null) await this.setDeleted(tx, actor, run, null);
      return { run: run.nodeId };
    });
  }

  /** By run id or node id, deleted or not; null where there is none that the actor may read. */
  find(tx: Transaction, actor: Actor, run: string): Promise<Run | null> {
    return this.where(tx, [runNamed(run), ...readable(actor, sql`r.experimentId`)]);
  }

  /** The same, whoever asks: to tell whether a run id is taken. */
  findUnguarded(tx: Transaction, run: string): Promise<Run | null> {
    return this.where(tx, [runNamed(run)]);
  }

  private async where(tx: Transaction, conditions: readonly Sql[]): Promise<Run | null> {
    const [row] = await tx.query<object>(sql`SELECT ${runColumns} FROM run r WHERE ${every(conditions)}`);
    return row ? runOfRow(row) : null;
  }

  /** Locks a run, deleted or not, by run id or node id: changes of its facts queue up here. Throws NOT_FOUND. */
  private async lock(tx: Transaction, actor: Actor, permission: Permission, run: string): Promise<Run> {
    const absent = () => notFound(`run ${run}`, "runId");
    const [row] = await tx.lock<object>(sql`SELECT ${runColumns} FROM run r WHERE ${runNamed(run)}`);
    if (!row) throw absent();
    const locked = runOfRow(row);
    await mustWithin(tx, actor, permission, [{ container: locked.experimentId, absent }]);
    return locked;
  }

  private async lockLiving(tx: Transaction, actor: Actor, run: string): Promise<Run> {
    const locked = await this.lock(tx, actor, "run:write", run);
    if (locked.deletedAt === null) return locked;
    throw conflict(`run ${locked.runId} is deleted; restore it first`, "runId");
  }

  private async edited(
    tx: Transaction,
    actor: Actor,
    run: Run,
    inputs: EdgeDraft[],
    tags: EventParts = { body: {}, texts: {} },
  ): Promise<void> {
    const { nodeId, runId } = run;
    await tx.run(sql`UPDATE run SET updatedAt = ${this.clock()} WHERE id = ${nodeId}`);
    const digest = (await factDigestsOf(tx, [nodeId])).get(nodeId);
    const body = { runId, ...inputsBody(inputs), ...tags.body, ...digest };
    this.record(tx, actor, run, "run.edited", body, inputs, tags.texts);
  }

  private async setDeleted(tx: Transaction, actor: Actor, run: Run, deletedAt: number | null): Promise<void> {
    const { nodeId, runId } = run;
    await tx.run(
      sql`UPDATE run SET deletedAt = ${deletedAt}, updatedAt = ${this.clock()} WHERE id = ${nodeId}`,
    );
    this.record(tx, actor, run, deletedAt === null ? "run.restored" : "run.deleted", { runId });
  }

  private record(
    tx: Transaction,
    actor: Actor,
    { nodeId, experimentId }: Run,
    type: string,
    body: Record<string, unknown>,
    edges: EdgeDraft[] = [],
    texts: Record<string, string | null> = {},
  ): void {
    const draft = { type, subject: nodeId, container: experimentId, body, texts };
    this.graph.add(tx, this.journal.record(tx, actor, draft), edges);
  }
}
