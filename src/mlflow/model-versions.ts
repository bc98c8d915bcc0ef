import { z } from "zod";
import type { Repetition } from "../kernel/repetition.ts";
import type { Request } from "../kernel/request.ts";
import type { RegistrationService } from "../registry/registration.service.ts";
import type { VersionLoaders } from "../registry/version.loaders.ts";
import type { VersionService } from "../registry/version.service.ts";
import { type Endpoint, endpoint, makingEndpoint } from "./endpoint.ts";
import { downloadUriOf } from "./model-version.mapping.ts";
import { nextTokenOf, pageBy, resultsWanted, sliceFrom } from "./pages.ts";
import { emptiableText, listOf, requiredText, tags, text, wholeUpTo } from "./parameters.ts";
import { listOrNothing } from "./registered-model.mapping.ts";
import { isPrompt, versionFilterOf, versionOrdersOf } from "./registry-search.mapping.ts";
import { registryTagsOf } from "./registry-tags.mapping.ts";
import type { RegistryViews } from "./registry-views.ts";
import { mustBeOwnProxy } from "./source.rules.ts";
import type { VersionOrigins } from "./version-origins.ts";

const numbered = z.object({ name: requiredText, version: requiredText });
const toCreate = z.object({
  name: requiredText,
  source: requiredText,
  run_id: text,
  model_id: text,
  run_link: text,
  description: emptiableText,
  tags,
});
const toDescribe = numbered.extend({ description: emptiableText });
const mostVersions = 200_000;
/** Who asks for more gets a token for the rest: a page is held in memory, whole. */
const mostOfPage = 10_000;
const toSearch = z.object({
  filter: text,
  max_results: wholeUpTo(mostVersions),
  order_by: listOf(z.string()),
  page_token: text,
});

/** What of a version is shown. */
const fields: ReadonlySet<string> = new Set(
  "modelId number stage status statusMessage description source runId loggedModelId createdAt updatedAt".split(
    " ",
  ),
);

/** `model-versions/…`: Stemma's model versions by model and number. */
export class ModelVersions {
  constructor(
    private readonly views: RegistryViews,
    private readonly origins: VersionOrigins,
    private readonly versions: VersionLoaders,
    private readonly service: VersionService,
    private readonly registration: RegistrationService,
  ) {}

  endpoints(): Endpoint[] {
    return [
      makingEndpoint("version", "model-versions/create", toCreate, (request, given, repetition) =>
        this.create(request, given, repetition),
      ),
      endpoint("GET", "model-versions/get", numbered, async (request, { name, version }) => {
        const found = await this.views.version(request, name, version);
        return { model_version: await this.views.shownVersion(request, found) };
      }),
      endpoint(["PATCH", "POST"], "model-versions/update", toDescribe, (request, given) =>
        this.describe(request, given),
      ),
      endpoint("DELETE", "model-versions/delete", numbered, async (request, { name, version }) => {
        const { id } = await this.views.version(request, name, version);
        await this.service.delete(request.actor, { version: id });
        return {};
      }),
      endpoint("GET", "model-versions/search", toSearch, (request, given) => this.search(request, given)),
      endpoint("GET", "model-versions/get-download-uri", numbered, async (request, { name, version }) => {
        const found = await this.views.version(request, name, version);
        const uri = downloadUriOf(found, await this.views.tagsOf(request, found));
        return { artifact_uri: mustBeOwnProxy(uri) };
      }),
    ];
  }

  private async create(
    request: Request,
    given: z.output<typeof toCreate>,
    repetition?: Repetition,
  ): Promise<object> {
    const tags = registryTagsOf(given.tags);
    const model = await this.views.model(request, given.name);
    const { kept, ...origin } = await this.origins.of(request, { ...given, isPrompt: isPrompt(tags) });
    const told = tags.filter(({ key }) => !kept.some((tag) => tag.key === key));
    const input = {
      model: model.id,
      description: given.description,
      ...origin,
      tags: [...told, ...kept],
      repetition,
    };
    const { version } = await this.registration.register(request.actor, input);
    return this.views.changedVersion(request, version);
  }

  private async describe(
    request: Request,
    { name, version, description }: z.output<typeof toDescribe>,
  ): Promise<object> {
    const { id, nodeId } = await this.views.version(request, name, version);
    if (description !== undefined) await this.service.update(request.actor, { version: id, description });
    return this.views.changedVersion(request, nodeId);
  }

  private async search(
    request: Request,
    { filter, max_results = mostOfPage, order_by, page_token }: z.output<typeof toSearch>,
  ): Promise<object> {
    const [order, ...ties] = versionOrdersOf(order_by);
    const wanted = Math.min(resultsWanted(max_results, mostVersions), mostOfPage);
    const wish = { filter: versionFilterOf(filter), order, ties, fields };
    const slice = sliceFrom(wanted, page_token);
    const page = await pageBy(() => this.versions.page(request, wish, slice));
    const shown = await Promise.all(page.nodes.map((version) => this.views.shownVersion(request, version)));
    return { model_versions: listOrNothing(shown), next_page_token: nextTokenOf(page) };
  }
}
