import type { Transaction } from "../db/transaction.ts";
import { EdgeType } from "../graph/graph.entity.ts";
import type { Journal } from "../journal/journal.ts";
import type { Actor } from "../kernel/actor.ts";
import { formatId } from "../kernel/ids.ts";
import { tagsBody } from "./fact.rules.ts";
import { factDigestsOf } from "./fact-digest.ts";
import type { Facts, GivenFacts } from "./facts.ts";
import type { Run } from "./run.entity.ts";
import { inputsBody, instant, isOpen } from "./run.rules.ts";
import type { Naming, NewRun, RunGraph } from "./run-graph.ts";

/** A run to make, with what it has to tell. */
export interface ArrivingRun extends NewRun {
  given: GivenFacts;
}

/** Makes runs within a transaction, in bulk: rows, facts, edges, and one event each. */
export class RunArrival {
  constructor(
    private readonly journal: Journal,
    private readonly graph: RunGraph,
    private readonly facts: Facts,
  ) {}

  /** `known` gives the node numbers of parents that are there already; ids are checked and free. */
  async arrive(
    tx: Transaction,
    actor: Actor,
    arriving: readonly ArrivingRun[],
    known: ReadonlyMap<string, number>,
    naming: Naming = {},
  ): Promise<Run[]> {
    const { runs, edges } = await this.graph.create(tx, actor, arriving, known, naming);
    await this.facts.merge(tx, new Map(runs.map(({ nodeId }, at) => [nodeId, arriving[at]!.given])));
    const closed = runs.filter((run) => !isOpen(run)).map(({ nodeId }) => nodeId);
    const digests = await factDigestsOf(tx, closed);
    for (const [at, run] of runs.entries()) {
      const { nodeId, name, entryPoint, attributedTo } = run;
      const own = edges.get(nodeId) ?? [];
      const tags = tagsBody(arriving[at]!.given.tags ?? new Map());
      const { isImported = false } = naming;
      const recorded = this.journal.record(tx, actor, {
        type: "run.created",
        subject: nodeId,
        container: run.experimentId,
        body: {
          ...whatIs(run),
          ...inputsBody(own.filter(({ type }) => type === EdgeType.CONSUMED)),
          ...tags.body,
          ...digests.get(nodeId),
        },
        texts: { ...tags.texts, name, entryPoint },
        attributedTo,
        isImported,
        ...(isImported ? { occurredAt: run.startedAt ?? run.endedAt ?? run.createdAt } : {}),
      });
      this.graph.add(tx, recorded, own);
    }
    await this.graph.infer(
      tx,
      actor,
      runs.map((run, at) => ({ run, given: arriving[at]!.given })),
      naming,
    );
    return runs;
  }
}

function whatIs(run: Run): Record<string, unknown> {
  const { runId, status, startedAt, endedAt, deletedAt, nestedIn, commitId } = run;
  return {
    runId,
    experiment: formatId("EXPERIMENT", run.experimentId),
    status,
    startedAt: instant(startedAt),
    ...(endedAt === null ? {} : { endedAt: instant(endedAt) }),
    ...(deletedAt === null ? {} : { deletedAt: instant(deletedAt) }),
    ...(nestedIn === null ? {} : { parent: formatId("RUN", nestedIn) }),
    ...(commitId === null ? {} : { commit: formatId("COMMIT", commitId) }),
  };
}
