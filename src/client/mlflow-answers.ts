// What MLflow's REST API answers, as far as it is read here. A field that says nothing is left out there, and null here.
import { z } from "zod";

/** Whole numbers come as numbers or as texts. */
const text = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((value) => (value === null || value === undefined ? null : String(value)));
const needed = z.union([z.string(), z.number()]).transform(String);
const listOf = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((list): z.output<T>[] => list ?? []);
const pair = z.object({ key: z.string(), value: z.string().default("") });
const pairs = listOf(pair);
const next_page_token = text;

/** An id that may stand in a filter, in quotes. */
const id = needed.refine((value) => /^[\w-]{1,64}$/.test(value), "expected an id");

export const nothing = z.unknown();

export const experiment = z.object({
  experiment_id: id,
  name: z.string(),
  lifecycle_stage: text,
  creation_time: text,
  last_update_time: text,
  artifact_location: text,
  tags: pairs,
});
export const experimentsPage = z.object({ experiments: listOf(experiment), next_page_token });

export const metric = z.object({
  key: z.string(),
  value: z.union([z.number(), z.string()]).default(0),
  timestamp: text,
  step: text,
  run_id: text,
  dataset_name: text,
});
export const historyPage = z.object({ metrics: listOf(metric), next_page_token });

const datasetInput = z.object({
  tags: pairs,
  dataset: z.object({
    name: z.string(),
    digest: z.string(),
    source_type: text,
    source: text,
    schema: text,
    profile: text,
  }),
});
const modelLink = z.object({ model_id: id });

export const run = z.object({
  info: z.object({
    run_id: id,
    experiment_id: id,
    run_name: text,
    user_id: text,
    status: text,
    start_time: text,
    end_time: text,
    lifecycle_stage: text,
    artifact_uri: text,
  }),
  data: z
    .object({ metrics: listOf(metric), params: pairs, tags: pairs })
    .default({ metrics: [], params: [], tags: [] }),
  inputs: z
    .object({ dataset_inputs: listOf(datasetInput), model_inputs: listOf(modelLink) })
    .default({ dataset_inputs: [], model_inputs: [] }),
  outputs: z.object({ model_outputs: listOf(modelLink) }).default({ model_outputs: [] }),
});
export const runsPage = z.object({ runs: listOf(run), next_page_token });
export const oneRun = z.object({ run });

export const loggedModel = z.object({
  info: z.object({
    model_id: id,
    experiment_id: id,
    name: text,
    creation_timestamp_ms: text,
    last_updated_timestamp_ms: text,
    status: text,
    model_type: text,
    source_run_id: text,
    artifact_uri: text,
    tags: pairs,
  }),
  data: z.object({ params: pairs, metrics: listOf(metric) }).default({ params: [], metrics: [] }),
});
export const loggedModelsPage = z.object({ models: listOf(loggedModel), next_page_token });
export const oneLoggedModel = z.object({ model: loggedModel });

export const registeredModel = z.object({
  name: z.string(),
  description: text,
  creation_timestamp: text,
  last_updated_timestamp: text,
  tags: pairs,
  aliases: listOf(z.object({ alias: z.string(), version: needed })),
});
export const registeredModelsPage = z.object({ registered_models: listOf(registeredModel), next_page_token });
export const oneRegisteredModel = z.object({ registered_model: registeredModel });

export const modelVersion = z.object({
  name: z.string(),
  version: needed,
  creation_timestamp: text,
  last_updated_timestamp: text,
  description: text,
  user_id: text,
  current_stage: text,
  source: text,
  run_id: text,
  run_link: text,
  status: text,
  status_message: text,
  model_id: text,
  tags: pairs,
});
export const versionsPage = z.object({ model_versions: listOf(modelVersion), next_page_token });
export const oneVersion = z.object({ model_version: modelVersion });

export const downloadUri = z.object({ artifact_uri: z.string() });
export const fileList = z.object({
  files: listOf(z.object({ path: z.string(), is_dir: z.boolean().default(false), file_size: text })),
  next_page_token,
});

export type MlflowExperiment = z.output<typeof experiment>;
export type MlflowMetric = z.output<typeof metric>;
export type MlflowRun = z.output<typeof run>;
export type MlflowLoggedModel = z.output<typeof loggedModel>;
export type MlflowModel = z.output<typeof registeredModel>;
export type MlflowVersion = z.output<typeof modelVersion>;
