import type { DatasetUse, DatasetVersion } from "../tracking/dataset.entity.ts";
import type { Experiment } from "../tracking/experiment.entity.ts";
import { type Metric, type Param, SpecialValue, type Tag } from "../tracking/fact.entity.ts";
import type { KeyValueInput, MetricInput } from "../tracking/fact.inputs.ts";
import { isLater } from "../tracking/fact.rules.ts";
import type { LoggedModel } from "../tracking/logged-model.entity.ts";
import type { Run } from "../tracking/run.entity.ts";
import { runArtifactsOf } from "./artifact-path.rules.ts";
import { lifecycleOf } from "./experiment.mapping.ts";
import { listOrNothing } from "./registered-model.mapping.ts";

/** Tags of MLflow that are facts of a run here; they are never kept as tags. */
export const nameTag = "mlflow.runName";
export const userTag = "mlflow.user";
/** What a run used, as importers keep it. */
export const inputModelsTag = "mlflow.inputModels";
export const contextTag = "mlflow.data.context";

export interface UsedData {
  use: DatasetUse;
  name: string;
  version: DatasetVersion;
}

/** What MLflow's Run is made from. */
export interface RunFacts {
  run: Run;
  experiment: Experiment;
  params: readonly Param[];
  metrics: readonly Metric[];
  tags: readonly Tag[];
  used: readonly UsedData[];
  models: readonly LoggedModel[];
}

/** RunInfo of MLflow's protobuf. */
export function runInfoOf(run: Run, experiment: Experiment): object {
  const { runId, name, status, startedAt, endedAt, attributedTo } = run;
  const { experimentId } = experiment;
  return {
    run_id: runId,
    run_uuid: runId,
    run_name: name ?? "",
    experiment_id: experimentId,
    user_id: attributedTo ?? "",
    status,
    start_time: startedAt ?? undefined,
    end_time: endedAt ?? undefined,
    artifact_uri: runArtifactsOf(experimentId, runId),
    lifecycle_stage: lifecycleOf(run.deletedAt !== null || experiment.deletedAt !== null),
  };
}

/** Run of MLflow's protobuf. */
export function runOf({ run, experiment, params, metrics, tags, used, models }: RunFacts): object {
  const declared = used.filter(({ use }) => !use.isInferred);
  const inputModels = modelsNamedIn(tags.find(({ key }) => key === inputModelsTag)?.value);
  return {
    info: runInfoOf(run, experiment),
    data: {
      metrics: listOrNothing(latestOf(metrics).map((metric) => metricOf(metric, used))),
      params: listOrNothing(params.map(({ key, value }) => ({ key, value }))),
      tags: listOrNothing(tagsOf(run, tags)),
    },
    inputs: {
      dataset_inputs: listOrNothing(declared.map(datasetInputOf)),
      model_inputs: listOrNothing(inputModels.map((model_id) => ({ model_id }))),
    },
    outputs: {
      model_outputs: listOrNothing(
        models
          .filter(({ deletedAt }) => deletedAt === null)
          .map(({ modelId, step }) => ({ model_id: modelId, step: step ?? 0 })),
      ),
    },
  };
}

function tagsOf({ name, attributedTo }: Run, tags: readonly Tag[]): KeyValueInput[] {
  const facts: [string, string | null][] = [
    [nameTag, name],
    [userTag, attributedTo],
  ];
  const own = facts.flatMap(([key, value]) => (value === null ? [] : [{ key, value }]));
  const others = tags.filter(({ key }) => !own.some((fact) => fact.key === key) && key !== inputModelsTag);
  return [...others.map(({ key, value }) => ({ key, value })), ...own];
}

/** MLflow knows one latest value of a key, whatever it was measured on. */
function latestOf(metrics: readonly Metric[]): Metric[] {
  const latest = new Map<string, Metric>();
  for (const metric of metrics) {
    const other = latest.get(metric.key);
    if (!other || isLater(metric, other)) latest.set(metric.key, metric);
  }
  return [...latest.values()];
}

/**
 * Metric of MLflow's protobuf. The dataset it was measured on is told where the run has used one of that name: a client
 * refuses all of a run for a name without a digest.
 */
export function metricOf(metric: Metric, used: readonly UsedData[] = []): object {
  const { key, stored, storedSpecial, at, step, dataset } = metric;
  const data = used.find(({ name }) => name === dataset);
  return {
    key,
    value: storedSpecial === "" ? stored : words[storedSpecial],
    timestamp: at,
    step,
    dataset_name: data?.name,
    dataset_digest: data?.version.digest,
  };
}

const words: Record<SpecialValue, string> = {
  [SpecialValue.NAN]: "NaN",
  [SpecialValue.POSITIVE_INFINITY]: "Infinity",
  [SpecialValue.NEGATIVE_INFINITY]: "-Infinity",
};

/** How a number goes in, be it none that JSON can hold. */
export function storedValueOf(value: number): Pick<MetricInput, "value" | "special"> {
  if (Number.isNaN(value)) return { special: SpecialValue.NAN };
  if (Number.isFinite(value)) return { value };
  return { special: value > 0 ? SpecialValue.POSITIVE_INFINITY : SpecialValue.NEGATIVE_INFINITY };
}

function datasetInputOf({ use, name, version }: UsedData): object {
  const { digest, source, schema, profile } = version;
  return {
    tags: use.role === "" ? undefined : [{ key: contextTag, value: use.role }],
    dataset: {
      name,
      digest,
      source_type: sourceTypeOf(source),
      source: source ?? "",
      schema: textOf(schema),
      profile: textOf(profile),
    },
  };
}

function textOf(json: unknown): string | undefined {
  if (json === null || json === undefined) return undefined;
  return typeof json === "string" ? json : JSON.stringify(json);
}

/** How MLflow reads a source: its type is not kept, and can be told from the JSON that MLflow writes for each. */
export function sourceTypeOf(source: string | null): string {
  const told = source === null ? null : objectIn(source);
  if (!told) return "";
  if (typeof told.url === "string") return "http";
  if (typeof told.uri === "string") {
    const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(told.uri)?.[1]?.toLowerCase();
    return scheme === undefined || scheme === "file" ? "local" : scheme;
  }
  if ("tags" in told) return "code";
  if ("delta_table_name" in told) return "delta_table";
  if ("table_name" in told || "sql" in told) return "spark";
  return "path" in told && "config_name" in told ? "hugging_face" : "";
}

function objectIn(text: string): Record<string, unknown> | null {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === "object" && json !== null ? (json as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

export function modelsNamedIn(text: string | undefined): string[] {
  const listed: unknown = text === undefined ? null : objectIn(text);
  return Array.isArray(listed) ? listed.filter((one) => typeof one === "string") : [];
}
