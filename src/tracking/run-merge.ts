import { sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Journal } from "../journal/journal.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { factDigestsOf } from "./fact-digest.ts";
import type { Facts } from "./facts.ts";
import type { Run } from "./run.entity.ts";
import { runOfRow } from "./run.query.ts";
import { inputsBody, instant, isOpen } from "./run.rules.ts";
import type { Naming, RunGraph } from "./run-graph.ts";
import { fillsOf, type ToldRun } from "./run-import.rules.ts";

/** A run that is here, as it was locked, and what history tells of it. */
export interface KnownRun {
  run: Run;
  told: ToldRun;
}

/** Adds to runs what imported history knows and the registry does not, in bulk. */
export class RunMerge {
  constructor(
    private readonly journal: Journal,
    private readonly graph: RunGraph,
    private readonly facts: Facts,
    private readonly clock: Clock,
  ) {}

  /** Answers the runs that gained something. One that gained nothing has no event; nor has telemetry of an open one. */
  async merge(tx: Transaction, actor: Actor, known: readonly KnownRun[], naming: Naming): Promise<Run[]> {
    if (known.length === 0) return [];
    const added = await this.facts.merge(tx, new Map(known.map(({ run, told }) => [run.nodeId, told.given])));
    const users = known.map(({ run, told }) => ({ run, datasets: told.datasets }));
    const edges = await this.graph.consume(tx, actor, users, naming);
    const changes = known.map(({ run, told }) => ({ run, told, fills: fillsOf(run, told.facts) }));
    const gained = changes.filter(
      ({ run: { nodeId }, fills }) =>
        added.get(nodeId)! > 0 || edges.has(nodeId) || Object.keys(fills).length > 0,
    );
    const told = gained.filter(
      ({ run, fills }) => !isOpen(run) || edges.has(run.nodeId) || Object.keys(fills).length > 0,
    );
    const digests = await factDigestsOf(
      tx,
      told.map(({ run }) => run.nodeId),
    );
    for (const { run, fills } of told) {
      const { nodeId, runId, experimentId } = run;
      if (Object.keys(fills).length > 0) await this.update(tx, runOfRow({ ...run, ...fills }));
      const { name, entryPoint, startedAt, endedAt, ...others } = fills;
      const own = edges.get(nodeId) ?? [];
      const recorded = this.journal.record(tx, actor, {
        type: fills.status === undefined ? "run.edited" : "run.finished",
        subject: nodeId,
        container: experimentId,
        body: {
          runId,
          ...(others.status === undefined ? {} : { status: others.status }),
          ...(startedAt === undefined ? {} : { startedAt: instant(startedAt) }),
          ...(endedAt === undefined ? {} : { endedAt: instant(endedAt) }),
          ...inputsBody(own),
          ...digests.get(nodeId),
        },
        texts: { name, entryPoint },
        attributedTo: others.attributedTo ?? null,
        isImported: true,
        occurredAt: endedAt ?? run.endedAt ?? startedAt ?? run.startedAt ?? this.clock(),
      });
      this.graph.add(tx, recorded, own);
    }
    await this.graph.infer(
      tx,
      actor,
      gained.map(({ run, told: { given } }) => ({ run, given })),
      naming,
    );
    return gained.map(({ run }) => run);
  }

  private async update(tx: Transaction, run: Run): Promise<void> {
    const { nodeId, name, entryPoint, attributedTo, status, startedAt, endedAt } = run;
    await tx.run(
      sql`UPDATE run SET name = ${name}, entryPoint = ${entryPoint}, attributedTo = ${attributedTo}, status = ${status},
          startedAt = ${startedAt}, endedAt = ${endedAt}, updatedAt = ${this.clock()} WHERE id = ${nodeId}`,
    );
  }
}
