import type { ImportBatch } from "../../client/import-batch.ts";

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

/** Counts what is in the batches. A run or logged model continued in the next batch counts once. */
export async function countBatches(batches: AsyncIterable<ImportBatch>): Promise<SourceCounts> {
  const counts: SourceCounts = {
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
  const datasets = new Set<string>();
  let lastRun = "";
  let lastLoggedModel = "";
  for await (const batch of batches) {
    counts.experiments += batch.experiments?.length ?? 0;
    counts.commits += batch.commits?.length ?? 0;
    for (const run of batch.runs ?? []) {
      if (run.runId !== lastRun) {
        counts.runs++;
        if (run.deletedAt !== undefined) counts.deletedRuns++;
      }
      lastRun = run.runId;
      counts.params += run.params?.length ?? 0;
      counts.metrics += run.metrics?.length ?? 0;
      counts.inputs += run.inputs?.length ?? 0;
      counts.outputs += run.outputs?.length ?? 0;
      for (const { name, digest } of [...(run.inputs ?? []), ...(run.outputs ?? [])])
        datasets.add(JSON.stringify([name, digest]));
    }
    for (const loggedModel of batch.loggedModels ?? []) {
      if (loggedModel.modelId !== lastLoggedModel) counts.loggedModels++;
      lastLoggedModel = loggedModel.modelId;
    }
    counts.models += batch.models?.length ?? 0;
    for (const version of batch.versions ?? []) {
      counts.versions++;
      if (version.deletedAt !== undefined) counts.deletedVersions++;
      counts.stays += version.stays?.length ?? 0;
    }
    counts.aliases += batch.aliases?.length ?? 0;
  }
  counts.datasets = datasets.size;
  return counts;
}
