import type { ImportBatch, ImportedRun } from "../../client/import-batch.ts";

/** What a source holds, counted over exactly the batches it gives. */
export interface SourceCounts {
  experiments: number;
  commits: number;
  /** All runs, the deleted ones too. */
  runs: number;
  deletedRuns: number;
  /** Params of runs; those of logged models are not among them. */
  params: number;
  /** Metric points of runs; those of logged models are not among them. */
  metrics: number;
  /** Uses of a dataset by a run. */
  inputs: number;
  /** Dataset versions made by a run, counted for each that made them. */
  outputs: number;
  /** Distinct (name, digest) among the inputs and outputs. */
  datasets: number;
  loggedModels: number;
  models: number;
  /** All versions, the deleted ones too. */
  versions: number;
  deletedVersions: number;
  /** Stays of versions in stages, where the store tells of them. */
  stays: number;
  aliases: number;
}

/** A foreign store, opened for reading. Nothing is ever written to it. */
export interface Source {
  /** Goes into `ImportBatch.source`, e.g. `mlflow:mlruns`. Holds no folder of this machine. */
  readonly name: string;
  /** Reads the whole store once. */
  counts(): Promise<SourceCounts>;
  /**
   * Bounded batches in dependency order. The same store gives the same batches, so an import that broke off can
   * be taken up at any batch. May be called again; each call reads anew.
   */
  batches(): AsyncIterable<ImportBatch>;
  /** Whether each reading is felt by somebody else: then it is read once only, and counted on the way. */
  readonly isLive?: boolean;
  /** What could not be taken over as it stands; complete once `batches` or `counts` has run to its end. */
  readonly warnings: readonly string[];
}

export interface SourceOptions {
  /** Repository of commits for which the store names none. */
  repository?: string;
}

/** A store that cannot be read; the message is one line for a person. */
export class SourceError extends Error {
  override readonly name = "SourceError";
}

/** Counts what is in the batches. */
export async function countBatches(batches: AsyncIterable<ImportBatch>): Promise<SourceCounts> {
  const counter = new BatchCounter();
  for await (const batch of batches) counter.add(batch);
  return counter.counts;
}

/** Counts batches as they pass. A run or logged model continued in the next batch counts once. */
export class BatchCounter {
  readonly counts: SourceCounts = {
    experiments: 0,
    commits: 0,
    runs: 0,
    deletedRuns: 0,
    params: 0,
    metrics: 0,
    inputs: 0,
    outputs: 0,
    datasets: 0,
    loggedModels: 0,
    models: 0,
    versions: 0,
    deletedVersions: 0,
    stays: 0,
    aliases: 0,
  };
  private readonly datasets = new Set<string>();
  private lastRun = "";
  private lastLoggedModel = "";

  add(batch: ImportBatch): void {
    const { counts } = this;
    counts.experiments += batch.experiments?.length ?? 0;
    counts.commits += batch.commits?.length ?? 0;
    for (const run of batch.runs ?? []) this.addRun(run);
    for (const { modelId } of batch.loggedModels ?? []) {
      if (modelId !== this.lastLoggedModel) counts.loggedModels++;
      this.lastLoggedModel = modelId;
    }
    counts.models += batch.models?.length ?? 0;
    for (const version of batch.versions ?? []) {
      counts.versions++;
      if (version.deletedAt !== undefined) counts.deletedVersions++;
      counts.stays += version.stays?.length ?? 0;
    }
    counts.aliases += batch.aliases?.length ?? 0;
  }

  private addRun({ runId, deletedAt, params, metrics, inputs = [], outputs = [] }: ImportedRun): void {
    const { counts } = this;
    if (runId !== this.lastRun) {
      counts.runs++;
      if (deletedAt !== undefined) counts.deletedRuns++;
    }
    this.lastRun = runId;
    counts.params += params?.length ?? 0;
    counts.metrics += metrics?.length ?? 0;
    counts.inputs += inputs.length;
    counts.outputs += outputs.length;
    for (const { name, digest } of [...inputs, ...outputs]) this.datasets.add(JSON.stringify([name, digest]));
    counts.datasets = this.datasets.size;
  }
}
