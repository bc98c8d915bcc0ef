import type { KeyValue } from "../../client/import-batch.ts";
import type { ModelFacts } from "../../formats/mlmodel.ts";

/**
 * MLflow's own records as both of its stores hold them, before any decision. Texts are as stored; whole numbers and
 * instants (epoch milliseconds) are texts too, so that nothing is lost on the way; `null` is what is not there.
 */
type Text = string | null;

export interface RawExperiment {
  experimentId: string;
  name: string;
  lifecycleStage: Text;
  createdAt: Text;
  updatedAt: Text;
  tags: KeyValue[];
}

/** What is needed of every run before the first is read: its place in the order, and its commit. */
export interface RawRunHead {
  runId: string;
  experimentId: string;
  startTime: Text;
  parentRunId: Text;
  /** Value of `mlflow.source.git.commit`, or of the old column. */
  commit: Text;
  repository: Text;
  branch: Text;
}

export interface RawMetric {
  key: string;
  /** As Python writes it (`0.5`, `nan`, `-inf`), or a number. */
  value: string | number;
  step: Text;
  at: Text;
  datasetName: Text;
}

export interface RawDatasetUse {
  name: string;
  digest: string;
  source: Text;
  schema: Text;
  profile: Text;
  role: Text;
}

export interface RawRun {
  runId: string;
  name: Text;
  /** A number (file stores) or a word (databases). */
  status: Text;
  startTime: Text;
  endTime: Text;
  lifecycleStage: Text;
  deletedTime: Text;
  userId: Text;
  entryPoint: Text;
  params: KeyValue[];
  tags: KeyValue[];
  inputs: RawDatasetUse[];
  /** Ids of logged models the run read. */
  inputModels: string[];
  /** To be read before the next run is asked for. */
  metrics: AsyncIterable<RawMetric> | Iterable<RawMetric>;
}

export interface RawLoggedModel {
  modelId: string;
  experimentId: string;
  name: Text;
  /** A number in both stores. */
  status: Text;
  createdAt: Text;
  updatedAt: Text;
  lifecycleStage: Text;
  modelType: Text;
  runId: Text;
  params: KeyValue[];
  tags: KeyValue[];
  metrics: AsyncIterable<RawMetric> | Iterable<RawMetric>;
}

export interface RawModel {
  name: string;
  description: Text;
  createdAt: Text;
  updatedAt: Text;
  tags: KeyValue[];
  /** Alias and the number it points to. */
  aliases: [alias: string, version: string][];
}

export interface RawVersion {
  model: string;
  version: string;
  createdAt: Text;
  updatedAt: Text;
  description: Text;
  userId: Text;
  stage: Text;
  source: Text;
  runId: Text;
  runLink: Text;
  status: Text;
  statusMessage: Text;
  storageLocation: Text;
  modelId: Text;
  tags: KeyValue[];
}

/** One reading of an MLflow store; every list comes in an order of its own that never changes. */
export interface MlflowStore {
  experiments(): Promise<RawExperiment[]>;
  runHeads(): AsyncIterable<RawRunHead>;
  /** The runs of the heads given, in that order. */
  runs(order: readonly RawRunHead[]): AsyncIterable<RawRun>;
  loggedModels(): AsyncIterable<RawLoggedModel>;
  models(): Promise<RawModel[]>;
  /** Versions of a model by number. */
  versions(model: string): Promise<RawVersion[]>;
  modelFacts(version: RawVersion): Promise<ModelFacts>;
  close(): void;
}
