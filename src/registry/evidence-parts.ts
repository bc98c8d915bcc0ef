import type { Request } from "../kernel/request.ts";
import type { Commit } from "../tracking/commit.entity.ts";
import type { DatasetUse } from "../tracking/dataset.entity.ts";
import type { Metric, Param } from "../tracking/fact.entity.ts";
import type { FactLoaders } from "../tracking/fact.loaders.ts";
import { seriesKey } from "../tracking/fact.rules.ts";
import type { Run } from "../tracking/run.entity.ts";
import type { ModelVersion } from "./version.entity.ts";

/** How what a version came from is looked at: as far as the reader may see, or regardless of who reads. */
export interface Sight<Use extends DatasetUse> {
  /** Whether nothing is hidden from it, so that it need not be looked at to know that it may be. */
  isWhole(request: Request): boolean;
  run(request: Request, id: number): Promise<Run | null>;
  commit(request: Request, id: number): Promise<Commit | null>;
  usesOf(request: Request, node: number): Promise<Use[]>;
}

/** The parts of a version's evidence that one sight reaches: its own facts, then its run's where that is in sight. */
export class EvidenceParts<Use extends DatasetUse = DatasetUse> {
  constructor(
    private readonly sight: Sight<Use>,
    private readonly facts: FactLoaders,
  ) {}

  async run(request: Request, { runId }: ModelVersion): Promise<Run | null> {
    return runId === null ? null : this.sight.run(request, runId);
  }

  /** The commit it was registered with, else its run's. */
  async commit(request: Request, version: ModelVersion): Promise<Commit | null> {
    const id = version.commitId ?? (await this.run(request, version))?.commitId ?? null;
    return id === null ? null : this.sight.commit(request, id);
  }

  /** The data it was registered with and the data its run consumed, each use once; an inferred one only where none is declared. */
  async uses(request: Request, version: ModelVersion): Promise<Use[]> {
    const run = await this.runNode(request, version);
    const nodes = run === null ? [version.nodeId] : [version.nodeId, run];
    const uses = (await Promise.all(nodes.map((node) => this.sight.usesOf(request, node)))).flat();
    const declared = new Set(uses.flatMap((use) => (use.isInferred ? [] : [use.datasetVersionId])));
    const sound = uses.filter((use) => !use.isInferred || !declared.has(use.datasetVersionId));
    return [...new Map(sound.map((use) => [`${use.datasetVersionId} ${use.role}`, use])).values()];
  }

  /** Params by key: its own before its run's. */
  async params(request: Request, version: ModelVersion): Promise<Param[]> {
    return this.ownBeforeRuns(
      request,
      version,
      (node) => this.facts.params(request, node),
      (param) => param.key,
    );
  }

  /** Latest metrics by series: its own before its run's. */
  async metrics(request: Request, version: ModelVersion): Promise<Metric[]> {
    return this.ownBeforeRuns(request, version, (node) => this.facts.metrics(request, node), seriesKey);
  }

  private async ownBeforeRuns<T>(
    request: Request,
    version: ModelVersion,
    load: (node: number) => Promise<T[]>,
    keyOf: (fact: T) => string,
  ): Promise<T[]> {
    const run = await this.runNode(request, version);
    if (run === null) return load(version.nodeId);
    const [own, runs] = await Promise.all([load(version.nodeId), load(run)]);
    return [...new Map([...runs, ...own].map((fact) => [keyOf(fact), fact])).values()];
  }

  /** Null where it has none in sight: what belongs to a hidden run is hidden, too. */
  private async runNode(request: Request, version: ModelVersion): Promise<number | null> {
    if (this.sight.isWhole(request)) return version.runId;
    return (await this.run(request, version))?.nodeId ?? null;
  }
}
