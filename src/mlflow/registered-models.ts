import { z } from "zod";
import { StemmaError } from "../kernel/errors.ts";
import type { Repetition } from "../kernel/repetition.ts";
import type { Request } from "../kernel/request.ts";
import type { ModelLoaders } from "../registry/model.loaders.ts";
import type { ModelService } from "../registry/model.service.ts";
import { type Endpoint, endpoint, makingEndpoint } from "./endpoint.ts";
import { MlflowError } from "./mlflow-error.ts";
import { mustBeModelName } from "./names.rules.ts";
import { nextTokenOf, pageBy, resultsWanted, sliceFrom } from "./pages.ts";
import { emptiableText, listOf, requiredText, tags, text, wholeUpTo } from "./parameters.ts";
import { listOrNothing } from "./registered-model.mapping.ts";
import { modelFilterOf, modelOrdersOf } from "./registry-search.mapping.ts";
import { registryTagsOf } from "./registry-tags.mapping.ts";
import type { RegistryViews } from "./registry-views.ts";

const named = z.object({ name: requiredText });
const toCreate = named.extend({ tags, description: emptiableText });
const toDescribe = named.extend({ description: emptiableText });
const toRename = named.extend({ new_name: requiredText });
const mostModels = 1_000;
const toSearch = z.object({
  filter: text,
  max_results: wholeUpTo(mostModels),
  order_by: listOf(z.string()),
  page_token: text,
});

/** `registered-models/…`: Stemma's models by their names. */
export class RegisteredModels {
  constructor(
    private readonly views: RegistryViews,
    private readonly models: ModelLoaders,
    private readonly service: ModelService,
  ) {}

  endpoints(): Endpoint[] {
    return [
      makingEndpoint("model", "registered-models/create", toCreate, (request, given, repetition) =>
        this.create(request, given, repetition),
      ),
      endpoint("GET", "registered-models/get", named, async (request, { name }) => {
        const model = await this.views.model(request, name);
        return { registered_model: await this.views.shownModel(request, model) };
      }),
      endpoint(["PATCH", "POST"], "registered-models/update", toDescribe, (request, given) =>
        this.describe(request, given),
      ),
      endpoint("POST", "registered-models/rename", toRename, (request, given) => this.rename(request, given)),
      endpoint("DELETE", "registered-models/delete", named, async (request, { name }) => {
        const { id } = await this.views.model(request, name);
        await this.service.delete(request.actor, { model: id });
        return {};
      }),
      endpoint("GET", "registered-models/search", toSearch, (request, given) => this.search(request, given)),
    ];
  }

  private async create(
    request: Request,
    { name, description, tags: given }: z.output<typeof toCreate>,
    repetition?: Repetition,
  ): Promise<object> {
    mustBeModelName(name);
    const input = { name, description, tags: registryTagsOf(given), repetition };
    const { model } = await orExists(name, this.service.create(request.actor, input));
    return this.views.changedModel(request, model);
  }

  private async describe(
    request: Request,
    { name, description }: z.output<typeof toDescribe>,
  ): Promise<object> {
    const { id, nodeId } = await this.views.model(request, name);
    if (description !== undefined) await this.service.update(request.actor, { model: id, description });
    return this.views.changedModel(request, nodeId);
  }

  private async rename(
    request: Request,
    { name, new_name: next }: z.output<typeof toRename>,
  ): Promise<object> {
    mustBeModelName(next, "new_name");
    const { id } = await this.views.model(request, name);
    const { model } = await orExists(next, this.service.rename(request.actor, { model: id, name: next }));
    return this.views.changedModel(request, model);
  }

  private async search(
    request: Request,
    { filter, max_results = 100, order_by, page_token }: z.output<typeof toSearch>,
  ): Promise<object> {
    const [order, ...ties] = modelOrdersOf(order_by);
    const slice = sliceFrom(resultsWanted(max_results, mostModels), page_token);
    const wish = { filter: modelFilterOf(filter), order, ties };
    const page = await pageBy(() => this.models.page(request, wish, slice));
    const shown = await Promise.all(page.nodes.map((model) => this.views.shownModel(request, model)));
    return { registered_models: listOrNothing(shown), next_page_token: nextTokenOf(page) };
  }
}

/** In MLflow's words where the name is taken: its client takes those for the model being there. */
async function orExists<T>(name: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof StemmaError) || error.code !== "ALREADY_EXISTS") throw error;
    throw new MlflowError("RESOURCE_ALREADY_EXISTS", `Registered Model (name=${name}) already exists.`);
  }
}
