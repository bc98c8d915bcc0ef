import type { Transaction } from "../db/transaction.ts";
import { EdgeType } from "../graph/graph.entity.ts";
import type { EdgeDraft, Graph } from "../graph/graph.ts";
import type { Journal } from "../journal/journal.ts";
import { listOrDigest } from "../journal/listing.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { notFound, overLimit } from "../kernel/errors.ts";
import { formatId } from "../kernel/ids.ts";
import { roleOf } from "./dataset.rules.ts";
import type { DatasetService } from "./dataset.service.ts";
import { grouped } from "./grouping.ts";
import { mustWithin } from "./guarding.ts";
import type { Run } from "./run.entity.ts";
import type { ToldRun } from "./run-import.rules.ts";

const mostOutputs = 100;

/** A run that is here, and what history tells of it. */
interface Maker {
  run: Run;
  told: ToldRun;
}

/** Joins runs of imported history to the data they made. */
export class RunOutputs {
  constructor(
    private readonly journal: Journal,
    private readonly graph: Graph,
    private readonly datasets: DatasetService,
    private readonly clock: Clock,
  ) {}

  /**
   * Answers the runs that were joined to something new; one event for each dataset version that gained a maker. Throws
   * FORBIDDEN for data that the actor may not import, CONFLICT where a run would be made from what it made.
   */
  async join(tx: Transaction, actor: Actor, makers: readonly Maker[]): Promise<Run[]> {
    const made = makers.flatMap(({ run, told: { at, outputs } }) => {
      if (outputs.length > mostOutputs) {
        const field = `${at}.outputs`;
        throw overLimit(`${field}: at most ${mostOutputs} at once; got ${outputs.length}`, field);
      }
      return outputs.map((use, index) => {
        const field = `${at}.outputs.${index}`;
        return { run, use, field, role: roleOf(`${field}.role`, use.role), at: this.timeOf(run) };
      });
    });
    if (made.length === 0) return [];
    const versions = await this.datasets.ensureVersions(
      tx,
      actor,
      made.map(({ run, use, at }) => ({ ...use, within: run.experimentId, occurredAt: at })),
      { isImported: true, fieldOf: (index) => made[index]!.field },
    );
    const places = versions.map(({ datasetId: container }, index) => {
      const { use, field } = made[index]!;
      return { container, absent: () => notFound(`dataset ${use.name}`, `${field}.name`) };
    });
    await mustWithin(tx, actor, "history:import", places);
    const drafts = made.map(({ run, role }, index): EdgeDraft => {
      return { src: run.nodeId, dst: versions[index]!.nodeId, type: EdgeType.PRODUCED, role };
    });
    const edges = await this.graph.propose(tx, drafts);
    const byNode = new Map(makers.map(({ run }) => [run.nodeId, run]));
    const containers = new Map(versions.map(({ nodeId, datasetId }) => [nodeId, datasetId]));
    for (const [subject, own] of grouped(edges, ({ dst }) => dst)) {
      const recorded = this.journal.record(tx, actor, {
        type: "lineage.recorded",
        subject,
        container: containers.get(subject)!,
        body: listOrDigest(
          "edges",
          own.map(({ src, type, role }) => [formatId("RUN", src), type, role]),
        ),
        isImported: true,
        occurredAt: Math.min(...own.map(({ src }) => this.timeOf(byNode.get(src)!))),
      });
      this.graph.add(tx, recorded, own);
    }
    return [...new Set(edges.map(({ src }) => byNode.get(src)!))];
  }

  /** When what the run made is known to have been there. */
  private timeOf({ startedAt, endedAt }: Run): number {
    return endedAt ?? startedAt ?? this.clock();
  }
}
