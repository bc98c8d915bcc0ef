import { z } from "zod";
import type { Repetition } from "../kernel/repetition.ts";
import type { Request } from "../kernel/request.ts";
import type { LoggedModel } from "../tracking/logged-model.entity.ts";
import type { LoggedModelService } from "../tracking/logged-model.service.ts";
import { type Endpoint, endpoint, makingEndpoint } from "./endpoint.ts";
import { experimentNumbered, mustBeActive } from "./experiments.ts";
import { paramOf, runTagOf } from "./keys.rules.ts";
import { loggedModelOf, modelRunTag, modelTypeTag, statuses, statusWords } from "./logged-model.mapping.ts";
import { loggedModelFilterOf, loggedModelOrderOf } from "./logged-model-search.mapping.ts";
import { absent, badParameter } from "./mlflow-error.ts";
import { mostResults, nextTokenOf, resultsWanted, sliceFrom } from "./pages.ts";
import { flag, listOf, missingParameter, oneOf, requiredText, tags, text, whole } from "./parameters.ts";
import { listOrNothing } from "./registered-model.mapping.ts";
import { inventedName } from "./run-names.ts";
import type { RunReads } from "./run-reads.ts";
import { absentModel, ofModel } from "./run-refusals.ts";

const usualResults = 100;
const made = z.object({
  experiment_id: requiredText,
  name: text,
  model_type: text,
  source_run_id: text,
  params: tags,
  tags,
});
const one = z.object({ model_id: requiredText });
const sought = z.object({
  experiment_ids: listOf(requiredText),
  filter: text,
  datasets: listOf(z.object({ dataset_name: requiredText })),
  max_results: whole,
  order_by: listOf(z.object({ field_name: requiredText, ascending: flag, dataset_name: text })),
  page_token: text,
});
const forbidden = ["/", ":", ".", "%", '"', "'"];

/** `logged-models…`: models as runs left them. */
export class LoggedModels {
  constructor(
    private readonly reads: RunReads,
    private readonly service: LoggedModelService,
  ) {}

  endpoints(): Endpoint[] {
    const at = "logged-models/:model_id";
    const finalized = one.extend({ status: oneOf(statusWords) });
    return [
      makingEndpoint("loggedModel", "logged-models", made, (request, given, repetition) =>
        this.create(request, given, repetition),
      ),
      endpoint("POST", "logged-models/search", sought, (request, given) => this.search(request, given)),
      endpoint("GET", at, one.extend({ allow_deleted: flag }), async (request, given) =>
        this.answer(request, await this.find(request, given.model_id, given.allow_deleted)),
      ),
      endpoint("PATCH", at, finalized, (request, given) => this.finalize(request, given)),
      endpoint("DELETE", at, one, async (request, { model_id: modelId }) => {
        await ofModel(modelId, () => this.service.delete(request.actor, { modelId }));
        return {};
      }),
      endpoint("PATCH", `${at}/tags`, one.extend({ tags }), (request, given) =>
        this.update(request, given.model_id, { setTags: tagsGiven(given.tags) }),
      ),
      endpoint("DELETE", `${at}/tags/:tag_key`, one.extend({ tag_key: requiredText }), (request, given) =>
        this.untag(request, given),
      ),
      endpoint("POST", `${at}/params`, one.extend({ params: tags }), (request, given) =>
        this.update(request, given.model_id, { params: paramsGiven(given.params) }),
      ),
    ];
  }

  private async create(
    request: Request,
    given: z.output<typeof made>,
    repetition?: Repetition,
  ): Promise<object> {
    const { name, model_type: type, source_run_id: runId } = given;
    if (name && forbidden.some((character) => name.includes(character))) {
      const told = `Invalid model name ('${name.slice(0, 200)}') provided. Model name must be a non-empty string`;
      const listed = forbidden.map((one) => (one === "'" ? `"'"` : `'${one}'`)).join(", ");
      throw badParameter(`${told} and cannot contain the following characters: (${listed})`);
    }
    const { experiments, runs } = this.reads.loaders;
    const experiment = await experimentNumbered(experiments, request, given.experiment_id);
    mustBeActive(experiment);
    const run = runId ? await runs.byRunId(request, runId) : null;
    const more = [
      ...(type ? [{ key: modelTypeTag, value: type }] : []),
      // MLflow takes any text for a run.
      ...(runId && !run ? [{ key: modelRunTag, value: runId }] : []),
    ];
    const { loggedModel } = await this.service.create(request.actor, {
      experiment: experiment.id,
      name: name ?? inventedName(),
      status: "PENDING",
      params: paramsGiven(given.params),
      tags: [...tagsGiven(given.tags), ...more],
      ...(run ? { runId: run.runId } : {}),
      repetition,
    });
    return this.now(request, loggedModel);
  }

  private async finalize(
    request: Request,
    { model_id: modelId, status }: { model_id: string; status?: (typeof statusWords)[number] },
  ): Promise<object> {
    if (status === undefined) {
      throw missingParameter("status");
    }
    const own = statuses[statusWords.indexOf(status)]!;
    const { loggedModel } = await ofModel(modelId, () =>
      this.service.update(request.actor, { modelId, status: own }),
    );
    return this.now(request, loggedModel);
  }

  private async update(
    request: Request,
    modelId: string,
    changes: Omit<Parameters<LoggedModelService["update"]>[1], "modelId">,
  ): Promise<object> {
    await ofModel(modelId, () => this.service.update(request.actor, { modelId, ...changes }));
    return {};
  }

  private async untag(
    request: Request,
    { model_id: modelId, tag_key: key }: { model_id: string; tag_key: string },
  ): Promise<object> {
    const model = await this.find(request, modelId);
    const held = await this.reads.loaders.facts.tags(request, model.nodeId);
    if (!held.some((tag) => tag.key === key))
      throw absent(`No tag with key '${key}' found for model with ID '${modelId}'.`);
    return this.update(request, modelId, { deleteTags: [key] });
  }

  private async search(request: Request, given: z.output<typeof sought>): Promise<object> {
    if (given.experiment_ids.length === 0) {
      throw missingParameter("experiment_ids");
    }
    const wanted = resultsWanted(given.max_results || usualResults, mostResults);
    const slice = sliceFrom(wanted, given.page_token);
    const filter = loggedModelFilterOf(given.filter, given.experiment_ids, given.datasets);
    const order = loggedModelOrderOf(given.order_by);
    const page = await this.reads.loaders.loggedModels.page(request, filter, order, slice);
    const models = await Promise.all(page.nodes.map((model) => this.shown(request, model)));
    return { models: listOrNothing(models), next_page_token: nextTokenOf(page) };
  }

  /** Throws RESOURCE_DOES_NOT_EXIST. */
  private async find(request: Request, modelId: string, mayBeDeleted = false): Promise<LoggedModel> {
    const model = await this.reads.loaders.loggedModels.byModelId(request, modelId);
    if (!model || (model.deletedAt !== null && !mayBeDeleted)) throw absentModel(modelId);
    return model;
  }

  private async now(request: Request, node: number): Promise<object> {
    request.forget();
    return this.answer(request, (await this.reads.loaders.loggedModels.byId(request, node))!);
  }

  private async answer(request: Request, model: LoggedModel): Promise<object> {
    return { model: await this.shown(request, model) };
  }

  private async shown(request: Request, model: LoggedModel): Promise<object> {
    const { facts, runs, experiments } = this.reads.loaders;
    const { nodeId, runId, experimentId } = model;
    const [experiment, run, params, metrics, tags, used] = await Promise.all([
      experiments.byId(request, experimentId),
      runId === null ? null : runs.byId(request, runId),
      facts.params(request, nodeId),
      facts.metrics(request, nodeId),
      facts.tags(request, nodeId),
      runId === null ? [] : this.reads.usedBy(request, runId),
    ]);
    return loggedModelOf({
      model,
      experiment: experiment!,
      runId: run?.runId ?? null,
      params,
      metrics,
      tags,
      used,
    });
  }
}

type Given = z.output<typeof tags>;

/** Of several of one key the last counts. */
function tagsGiven(given: Given) {
  const told = given.map(({ key, value = "" }, at) => runTagOf(`tags[${at}].`, key, value));
  return [...new Map(told.map((tag) => [tag.key, tag])).values()];
}

function paramsGiven(given: Given) {
  return given.map(({ key, value = "" }, at) => paramOf(`params[${at}].`, key, value));
}
