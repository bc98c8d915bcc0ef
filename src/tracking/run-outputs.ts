import type { Transaction } from "../db/transaction.ts";
import { EdgeType } from "../graph/graph.entity.ts";
import type { EdgeDraft, Graph } from "../graph/graph.ts";
import type { Journal } from "../journal/journal.ts";
import { listOrDigest } from "../journal/listing.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { notFound, overLimit } from "../kernel/errors.ts";
import { formatId } from "../kernel/ids.ts";
import type { DatasetVersion } from "./dataset.entity.ts";
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

/** A dataset version that a run made. */
export interface Made {
  run: Run;
  version: DatasetVersion;
  role: string;
}

/** Joins runs of imported history to the data they made. */
export class RunOutputs {
  constructor(
    private readonly journal: Journal,
    private readonly graph: Graph,
    private readonly datasets: DatasetService,
    private readonly clock: Clock,
  ) {}

  /** What the runs made, found or made known; before anything locks the graph. Throws FORBIDDEN for data that the actor may not import. */
  async ensure(tx: Transaction, actor: Actor, makers: readonly Maker[]): Promise<Made[]> {
    const made = makers.flatMap(({ run, told: { at, outputs } }) => {
      if (outputs.length > mostOutputs) {
        const field = `${at}.outputs`;
        throw overLimit(`${field}: at most ${mostOutputs} at once; got ${outputs.length}`, field);
      }
      return outputs.map((use, index) => ({ run, use, field: `${at}.outputs.${index}` }));
    });
    const versions = await this.datasets.ensureVersions(
      tx,
      actor,
      made.map(({ run, use }) => ({ ...use, within: run.experimentId, occurredAt: this.timeOf(run) })),
      { isImported: true, fieldOf: (index) => made[index]!.field },
    );
    const places = versions.map(({ datasetId: container }, index) => {
      const { use, field } = made[index]!;
      return { container, absent: () => notFound(`dataset ${use.name}`, `${field}.name`) };
    });
    await mustWithin(tx, actor, "history:import", places);
    return made.map(({ run, use, field }, index) => {
      return { run, version: versions[index]!, role: roleOf(`${field}.role`, use.role) };
    });
  }

  /**
   * Answers the runs that were joined to something new; one event for each dataset version that gained a maker. Throws
   * CONFLICT where a run would be made from what it made.
   */
  async join(tx: Transaction, actor: Actor, made: readonly Made[]): Promise<Run[]> {
    const drafts = made.map(({ run, version, role }): EdgeDraft => {
      return { src: run.nodeId, dst: version.nodeId, type: EdgeType.PRODUCED, role };
    });
    const edges = await this.graph.propose(tx, drafts);
    const runs = new Map(made.map(({ run }) => [run.nodeId, run]));
    const containers = new Map(made.map(({ version }) => [version.nodeId, version.datasetId]));
    for (const [subject, own] of grouped(edges, ({ dst }) => dst)) {
      const told = own.map(({ src, type, role }) => [formatId("RUN", src), type, role]);
      const recorded = this.journal.record(tx, actor, {
        type: "lineage.recorded",
        subject,
        container: containers.get(subject)!,
        body: listOrDigest("edges", told),
        isImported: true,
        occurredAt: Math.min(...own.map(({ src }) => this.timeOf(runs.get(src)!))),
      });
      this.graph.add(tx, recorded, own);
    }
    return [...new Set(edges.map(({ src }) => runs.get(src)!))];
  }

  /** When what the run made is known to have been there. */
  private timeOf({ startedAt, endedAt }: Run): number {
    return endedAt ?? startedAt ?? this.clock();
  }
}
