import { z } from "zod";
import type { Request } from "../kernel/request.ts";
import type { DatasetUseInput } from "../tracking/dataset.inputs.ts";
import type { LoggedModelService } from "../tracking/logged-model.service.ts";
import type { Run } from "../tracking/run.entity.ts";
import type { RunService } from "../tracking/run.service.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { badParameter } from "./mlflow-error.ts";
import { emptiableText, listOf, requiredText, text, whole } from "./parameters.ts";
import { withoutCredentials } from "./repository.rules.ts";
import { contextTag, inputModelsTag, modelsNamedIn, userTag } from "./run.mapping.ts";
import type { RunReads } from "./run-reads.ts";
import { absentModel, ofModel, ofRun } from "./run-refusals.ts";
import { ofOneRun, runIdIn } from "./runs.ts";

const datasetInput = z.object({
  dataset: z.object({
    name: requiredText,
    digest: requiredText,
    source_type: text,
    source: text,
    schema: text,
    profile: text,
  }),
  tags: listOf(z.object({ key: requiredText, value: emptiableText })),
});
const models = listOf(z.object({ model_id: requiredText }));
const inputs = ofOneRun.extend({ datasets: listOf(datasetInput), models });
const outputs = ofOneRun.extend({ models: listOf(z.object({ model_id: requiredText, step: whole })) });
const historyTag = "mlflow.log-model.history";
const mandatory = ["artifact_path", "flavors", "utc_time_created", "run_id"];

/** `runs/log-inputs`, `outputs`, `log-model`: what a run used and what it made. */
export class RunLinks {
  constructor(
    private readonly reads: RunReads,
    private readonly service: RunService,
    private readonly models: LoggedModelService,
  ) {}

  endpoints(): Endpoint[] {
    return [
      endpoint("POST", "runs/log-inputs", inputs, (request, given) => this.logInputs(request, given)),
      endpoint("POST", "runs/outputs", outputs, (request, given) => this.logOutputs(request, given)),
      endpoint("POST", "runs/log-model", ofOneRun.extend({ model_json: requiredText }), (request, given) =>
        this.logModel(request, given),
      ),
    ];
  }

  private async logInputs(request: Request, given: z.output<typeof inputs>): Promise<object> {
    const runId = runIdIn(given);
    const tags =
      given.models.length > 0
        ? [
            await this.extended(
              request,
              runId,
              inputModelsTag,
              given.models.map(({ model_id }) => model_id),
            ),
          ]
        : [];
    const datasets = given.datasets.map(datasetUseOf);
    await ofRun(runId, () => this.service.log(request.actor, { runId, datasets, tags }));
    return {};
  }

  /** A logged model knows its run from the start; that it is there, that run's, and of which step is left to say. */
  private async logOutputs(request: Request, given: z.output<typeof outputs>): Promise<object> {
    const runId = runIdIn(given);
    const run = await this.reads.find(request, runId);
    for (const { model_id: modelId, step } of given.models) {
      const model = await this.reads.loaders.loggedModels.byModelId(request, modelId);
      if (!model || model.deletedAt !== null) throw absentModel(modelId);
      if (model.runId !== run.nodeId) {
        throw badParameter(
          `Logged model '${modelId}' was not made by the run ${runId}; name it as source_run_id`,
        );
      }
      if (step !== undefined && step !== (model.step ?? 0))
        await ofModel(modelId, () => this.models.update(request.actor, { modelId, step }));
    }
    return {};
  }

  /** The log of MLflow's clients before they knew logged models. */
  private async logModel(
    request: Request,
    given: { run_id?: string; run_uuid?: string; model_json: string },
  ): Promise<object> {
    const runId = runIdIn(given);
    const model = modelIn(given.model_json);
    const missing = mandatory.filter((key) => !(key in model));
    if (missing.length > 0) {
      throw badParameter(
        `Model json is missing mandatory fields: {${missing.map((key) => `'${key}'`).join(", ")}}`,
      );
    }
    const kept = ["run_id", "artifact_path", "utc_time_created", "model_uuid"];
    const told = Object.fromEntries(Object.entries(model).filter(([key]) => kept.includes(key)));
    const tag = await this.extended(request, runId, historyTag, [
      { ...told, flavors: flavorsOf(model.flavors) },
    ]);
    await ofRun(runId, () => this.service.log(request.actor, { runId, tags: [tag] }));
    return {};
  }

  /** A tag that holds a list, with more at its end. */
  private async extended(request: Request, runId: string, key: string, more: readonly unknown[]) {
    const run: Run = await this.reads.find(request, runId);
    const held = (await this.reads.loaders.facts.tags(request, run.nodeId)).find((tag) => tag.key === key);
    const before = key === inputModelsTag ? modelsNamedIn(held?.value) : listIn(held?.value);
    const all = [...before, ...more.filter((one) => !before.includes(one))];
    return { key, value: JSON.stringify(all) };
  }
}

/** A dataset of MLflow in the role its context names. */
function datasetUseOf({ dataset, tags }: z.output<typeof datasetInput>): DatasetUseInput {
  const { name, digest, source, schema, profile } = dataset;
  return {
    name,
    digest,
    role: tags.find(({ key }) => key === contextTag)?.value ?? "",
    ...(source ? { source: sourceOf(source) } : {}),
    ...(schema ? { schema: jsonOf(schema) } : {}),
    ...(profile ? { profile: jsonOf(profile) } : {}),
  };
}

/** Without credentials; and MLflow writes the run's tags, the user's name among them, into the source of data made in code. */
function sourceOf(given: string): string {
  const json = given.includes(userTag) ? jsonOf(given) : null;
  const tags = (json as { tags?: Record<string, unknown> } | null)?.tags;
  if (typeof tags !== "object" || tags === null) return withoutCredentials(given);
  const { [userTag]: _, ...others } = tags;
  return withoutCredentials(JSON.stringify({ ...(json as object), tags: others }));
}

/** JSON where the text is JSON, the text itself where it is not. */
function jsonOf(given: string): unknown {
  try {
    return JSON.parse(given) ?? given;
  } catch {
    return given;
  }
}

function listIn(given: string | undefined): unknown[] {
  const json = given === undefined ? [] : jsonOf(given);
  return Array.isArray(json) ? json : [];
}

function modelIn(given: string): Record<string, unknown> {
  const json = jsonOf(given);
  if (typeof json === "object" && json !== null && !Array.isArray(json))
    return json as Record<string, unknown>;
  throw badParameter(`Malformed model info. \n ${given.slice(0, 200)} \n is not a valid JSON.`);
}

function flavorsOf(flavors: unknown): object {
  if (typeof flavors !== "object" || flavors === null) return {};
  const withoutConfig = (value: unknown) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    const { config: _, ...others } = value as Record<string, unknown>;
    return others;
  };
  return Object.fromEntries(Object.entries(flavors).map(([name, value]) => [name, withoutConfig(value)]));
}
