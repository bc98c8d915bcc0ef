/**
 * One batch of history for the mutation `importHistory(input: { batch })`: what some other registry or
 * repository already knew. Everything is named by its natural key (run id, model name, sha, …), so a batch may
 * mention what an earlier batch brought, and sending the same batch twice changes nothing.
 * Instants are RFC 3339 strings in UTC.
 */
export interface ImportBatch {
  /** Where this past comes from, as a person would name it, e.g. `mlflow:mlruns`. */
  source: string;
  experiments?: ImportedExperiment[];
  commits?: ImportedCommit[];
  runs?: ImportedRun[];
  loggedModels?: ImportedLoggedModel[];
  models?: ImportedModel[];
  versions?: ImportedVersion[];
  aliases?: ImportedAlias[];
}

export interface KeyValue {
  key: string;
  value: string;
}

export interface ImportedExperiment {
  name: string;
  scope?: string;
  tags?: KeyValue[];
  createdAt?: string;
  /** Set where it was deleted in its old home. */
  deletedAt?: string;
}

export interface ImportedCommit {
  /** URL or other name of the repository; `""` where unknown. */
  repository?: string;
  sha: string;
  branch?: string;
  message?: string;
  committedAt?: string;
  attributedTo?: string;
  /** Shas in the same repository; parents not (yet) known are recorded as bare commits. */
  parents?: string[];
}

export interface CommitRef {
  repository?: string;
  sha: string;
  branch?: string;
}

/** A metric value; `special` replaces `value` for what JSON cannot hold. */
export interface ImportedMetric {
  key: string;
  value?: number;
  special?: "NAN" | "POSITIVE_INFINITY" | "NEGATIVE_INFINITY";
  /** Whole number, −(2^53−1) … 2^53−1. */
  step?: number;
  at: string;
  dataset?: string;
  split?: string;
  slice?: string;
}

export interface ImportedDatasetUse {
  name: string;
  digest: string;
  digestAlgorithm?: string;
  source?: string;
  /** train, validation, test, eval, … `""` where unknown. */
  role?: string;
  /** JSON values as read, e.g. MLflow's column schema and profile. */
  schema?: unknown;
  profile?: unknown;
}

export interface ImportedRun {
  runId: string;
  experiment: string;
  name?: string;
  status: "RUNNING" | "SCHEDULED" | "FINISHED" | "FAILED" | "KILLED";
  startedAt?: string;
  endedAt?: string;
  deletedAt?: string;
  attributedTo?: string;
  entryPoint?: string;
  parentRunId?: string;
  commit?: CommitRef;
  params?: KeyValue[];
  tags?: KeyValue[];
  /** A long history may be spread over several batches that name the same run. */
  metrics?: ImportedMetric[];
  inputs?: ImportedDatasetUse[];
  /** The data it made, at most 100. */
  outputs?: ImportedDatasetUse[];
}

export interface ImportedLoggedModel {
  /** As in MLflow 3: `m-` and 32 hex digits. */
  modelId: string;
  name?: string;
  /** Run that produced it. */
  runId?: string;
  experiment: string;
  status: string;
  createdAt?: string;
  deletedAt?: string;
  attributedTo?: string;
  params?: KeyValue[];
  metrics?: ImportedMetric[];
  tags?: KeyValue[];
}

export interface ImportedModel {
  name: string;
  description?: string;
  tags?: KeyValue[];
  createdAt?: string;
  updatedAt?: string;
  deletedAt?: string;
}

export interface ImportedStay {
  stage: string;
  from: string;
  /** Absent while the stay lasts. */
  until?: string;
  /** Why it came there. */
  comment?: string;
  /** Who brought it there, as claimed. */
  attributedTo?: string;
}

export interface ImportedVersion {
  model: string;
  number: number;
  /** Names this version in its old home, e.g. `mlflow:random_forest/2`; a number held under another one is CONFLICT. */
  externalId: string;
  runId?: string;
  loggedModelId?: string;
  source?: string;
  description?: string;
  semanticVersion?: string;
  framework?: string;
  format?: string;
  signature?: unknown;
  status?: "PENDING" | "READY" | "FAILED";
  statusMessage?: string;
  /** Where it stands now; `None` when absent. */
  stage?: string;
  /** Its stays so far, oldest first, where the old home kept them; the last one may last still. */
  stays?: ImportedStay[];
  tags?: KeyValue[];
  params?: KeyValue[];
  metrics?: ImportedMetric[];
  datasets?: ImportedDatasetUse[];
  commit?: CommitRef;
  createdAt?: string;
  updatedAt?: string;
  deletedAt?: string;
  attributedTo?: string;
}

export interface ImportedAlias {
  model: string;
  alias: string;
  version: number;
}
