import { canonical, sha256 } from "../kernel/canonical.ts";
import type { Request } from "../kernel/request.ts";
import type { Commit } from "../tracking/commit.entity.ts";
import type { CommitLoaders } from "../tracking/commit.loaders.ts";
import type { DatasetUse } from "../tracking/dataset.entity.ts";
import type { DatasetLoaders } from "../tracking/dataset.loaders.ts";
import type { Metric, Param } from "../tracking/fact.entity.ts";
import type { FactLoaders } from "../tracking/fact.loaders.ts";
import { seriesKey } from "../tracking/fact.rules.ts";
import type { Run } from "../tracking/run.entity.ts";
import type { RunLoaders } from "../tracking/run.loaders.ts";
import type { ModelLoaders } from "./model.loaders.ts";
import type { Completeness, ModelVersion } from "./version.entity.ts";
import { completenessOf } from "./version.rules.ts";

/** All that a decision about a version rests on: its own facts, then its run's. */
export class Evidence {
  constructor(
    private readonly models: ModelLoaders,
    private readonly facts: FactLoaders,
    private readonly runs: RunLoaders,
    private readonly commits: CommitLoaders,
    private readonly datasets: DatasetLoaders,
  ) {}

  async run(request: Request, { runId }: ModelVersion): Promise<Run | null> {
    return runId === null ? null : this.runs.byId(request, runId);
  }

  /** The commit it was registered with, else its run's. */
  async commit(request: Request, version: ModelVersion): Promise<Commit | null> {
    const id = version.commitId ?? (await this.run(request, version))?.commitId ?? null;
    return id === null ? null : this.commits.byId(request, id);
  }

  /** The data it was registered with and the data its run consumed, each use once. */
  async uses(request: Request, version: ModelVersion): Promise<DatasetUse[]> {
    const nodes = version.runId === null ? [version.nodeId] : [version.nodeId, version.runId];
    const uses = (await Promise.all(nodes.map((node) => this.datasets.usesOf(request, node)))).flat();
    return [...new Map(uses.map((use) => [`${use.datasetVersionId} ${use.role}`, use])).values()];
  }

  /** Params by key: its own before its run's. */
  async params(request: Request, version: ModelVersion): Promise<Param[]> {
    return this.ownBeforeRuns(
      version,
      (node) => this.facts.params(request, node),
      (param) => param.key,
    );
  }

  /** Latest metrics by series: its own before its run's. */
  async metrics(request: Request, version: ModelVersion): Promise<Metric[]> {
    return this.ownBeforeRuns(version, (node) => this.facts.metrics(request, node), seriesKey);
  }

  async completeness(request: Request, version: ModelVersion): Promise<Completeness> {
    const [model, commit, uses, params, metrics] = await Promise.all([
      this.models.byId(request, version.modelId),
      this.commit(request, version),
      this.uses(request, version),
      this.params(request, version),
      this.metrics(request, version),
    ]);
    return completenessOf({
      code: commit !== null,
      dataset: uses.length > 0,
      params: params.length > 0,
      metrics: metrics.length > 0,
      owner: Boolean(model?.owner),
      documentation: Boolean(version.description),
    });
  }

  /** SHA-256 over the canonical JSON of it all: what an approval is bound to. */
  async digest(request: Request, version: ModelVersion): Promise<string> {
    const [run, commit, uses, params, metrics] = await Promise.all([
      this.run(request, version),
      this.commit(request, version),
      this.uses(request, version),
      this.params(request, version),
      this.metrics(request, version),
    ]);
    const { source, image, signature } = version;
    const evidence = {
      bundle: null,
      card: null,
      commit: commit && { repository: commit.repository, sha: commit.sha },
      datasets: (await Promise.all(uses.map((use) => this.nameOfUse(request, use)))).sort(),
      image: image && { digest: image.digest, uri: image.uri },
      metrics: metrics
        .map((metric) => [seriesKey(metric), metric.step, metric.at, metric.special ?? metric.value])
        .sort(),
      params: params.map(({ key, value }) => [key, value]).sort(),
      run: run?.runId ?? null,
      signature,
      source,
    };
    return sha256(canonical(evidence));
  }

  /** By name and digest, which mean the same in every registry. */
  private async nameOfUse(request: Request, { datasetVersionId, role }: DatasetUse): Promise<string> {
    const version = await this.datasets.versionById(request, datasetVersionId);
    const dataset = version && (await this.datasets.byId(request, version.datasetId));
    return JSON.stringify([dataset?.name, version?.digest, role]);
  }

  private async ownBeforeRuns<T>(
    { nodeId, runId }: ModelVersion,
    load: (node: number) => Promise<T[]>,
    keyOf: (fact: T) => string,
  ): Promise<T[]> {
    if (runId === null) return load(nodeId);
    const [own, runs] = await Promise.all([load(nodeId), load(runId)]);
    return [...new Map([...runs, ...own].map((fact) => [keyOf(fact), fact])).values()];
  }
}
