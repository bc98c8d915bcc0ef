import { readable } from "../db/readable.ts";
import { among, chunksOf, every, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { notFound } from "../kernel/errors.ts";
import type { ExperimentService } from "./experiment.service.ts";
import { mustWithin } from "./guarding.ts";
import type { Run } from "./run.entity.ts";
import type { ImportedRunInput } from "./run.inputs.ts";
import { runColumns, runOfRow } from "./run.query.ts";
import type { RunArrival } from "./run-arrival.ts";
import { joined, mustDescend, type ToldRun, toldRun } from "./run-import.rules.ts";
import type { RunMerge } from "./run-merge.ts";
import type { RunOutputs } from "./run-outputs.ts";

const runsPerQuery = 400;

/** Takes over runs of history, many in a few statements. */
export class RunImport {
  constructor(
    private readonly experiments: ExperimentService,
    private readonly arrival: RunArrival,
    private readonly merge: RunMerge,
    private readonly outputs: RunOutputs,
    private readonly clock: Clock,
  ) {}

  /**
   * Makes the runs that are not here and adds to those that are; what is here stays as it is. Answers how many were new
   * or gained something: none the second time. `at` names the list in refusals. Throws NOT_FOUND for an experiment or a
   * parent that is neither here nor in the list, or that the actor may not read; FORBIDDEN where it may not import.
   */
  async importIn(
    tx: Transaction,
    actor: Actor,
    inputs: readonly ImportedRunInput[],
    at = "batch.runs",
  ): Promise<number> {
    const now = this.clock();
    const told = joined(inputs.map((input, index) => toldRun(`${at}.${index}`, input)));
    mustDescend(told);
    const here = await this.lock(tx, [...told.keys()]);
    const members = [...here.values()].map(({ runId, experimentId: container }) => {
      return { container, absent: () => notFound(`run ${runId}`, `${told.get(runId)!.at}.runId`) };
    });
    await mustWithin(tx, actor, "history:import", members);
    const naming = { isImported: true, prefixOf: (runId: string) => `${told.get(runId)!.at}.` };
    const fresh = [...told.values()].filter(({ runId }) => !here.has(runId));
    const arriving = await this.arriving(tx, actor, fresh, now);
    const parents = await this.parentsOf(tx, actor, fresh, here);
    const created = await this.arrival.arrive(tx, actor, arriving, parents, naming);
    const known = [...here].map(([runId, run]) => ({ run, told: told.get(runId)! }));
    const makers = [...created, ...here.values()].map((run) => ({ run, told: told.get(run.runId)! }));
    const made = await this.outputs.ensure(tx, actor, makers);
    const gained = await this.merge.merge(tx, actor, known, naming);
    const producing = await this.outputs.join(tx, actor, made);
    return new Set([...created, ...gained, ...producing].map(({ nodeId }) => nodeId)).size;
  }

  private async arriving(tx: Transaction, actor: Actor, fresh: readonly ToldRun[], now: number) {
    const experiments = await this.experiments.byNames(
      tx,
      fresh.map(({ experiment }) => experiment),
    );
    return fresh.map(({ facts, at, runId, experiment, ...others }) => {
      const found = experiments.get(experiment);
      const absent = () => notFound(`experiment ${experiment}`, `${at}.experiment`);
      if (!found) throw absent();
      actor.must("history:import", found.scope, absent);
      const ours = { runId, experimentId: found.nodeId, startedBy: null, createdAt: now, updatedAt: now };
      return { ...others, facts: { ...facts, ...ours } };
    });
  }

  /** In the order of their ids, so that two imports cannot lock the same runs crosswise. */
  private async lock(tx: Transaction, runIds: string[]): Promise<Map<string, Run>> {
    const here = new Map<string, Run>();
    for (const some of chunksOf(runIds.sort(), runsPerQuery)) {
      const rows = await tx.lock<object>(
        sql`SELECT ${runColumns} FROM run r WHERE ${among(sql`r.runId`, some)} ORDER BY r.runId`,
      );
      for (const run of rows.map(runOfRow)) here.set(run.runId, run);
    }
    return here;
  }

  /** Node numbers of the parents that are here, by run id. */
  private async parentsOf(
    tx: Transaction,
    actor: Actor,
    fresh: readonly ToldRun[],
    here: ReadonlyMap<string, Run>,
  ): Promise<Map<string, number>> {
    const parents = new Map([...here].map(([runId, { nodeId }]) => [runId, nodeId]));
    const isFresh = new Set(fresh.map(({ runId }) => runId));
    const elsewhere = fresh.filter(
      ({ parentRunId: parent }) => parent !== null && !parents.has(parent) && !isFresh.has(parent),
    );
    const wanted = [...new Set(elsewhere.map(({ parentRunId }) => parentRunId))];
    for (const some of chunksOf(wanted, runsPerQuery)) {
      const where = every([among(sql`r.runId`, some), ...readable(actor, sql`r.experimentId`)]);
      const rows = await tx.query<{ nodeId: number; runId: string }>(
        sql`SELECT r.id AS nodeId, r.runId FROM run r WHERE ${where}`,
      );
      for (const { nodeId, runId } of rows) parents.set(runId, nodeId);
    }
    const orphan = elsewhere.find(({ parentRunId }) => !parents.has(parentRunId!));
    if (orphan) throw notFound(`run ${orphan.parentRunId}`, `${orphan.at}.parentRunId`);
    return parents;
  }
}
