import { nfc } from "../kernel/names.ts";
import type { Request } from "../kernel/request.ts";
import type { AliasLoaders } from "../registry/alias.loaders.ts";
import type { Model } from "../registry/model.entity.ts";
import type { ModelLoaders } from "../registry/model.loaders.ts";
import type { Stage } from "../registry/stage.entity.ts";
import type { StageLoaders } from "../registry/stage.loaders.ts";
import { stageCalled } from "../registry/stage.query.ts";
import type { ModelVersion } from "../registry/version.entity.ts";
import type { VersionLoaders } from "../registry/version.loaders.ts";
import type { Tag } from "../tracking/fact.entity.ts";
import type { FactLoaders } from "../tracking/fact.loaders.ts";
import type { LoggedModelLoaders } from "../tracking/logged-model.loaders.ts";
import type { RunLoaders } from "../tracking/run.loaders.ts";
import { absent, badParameter } from "./mlflow-error.ts";
import { modelVersionOf } from "./model-version.mapping.ts";
import { versionNumberOf } from "./names.rules.ts";
import { registeredModelOf } from "./registered-model.mapping.ts";

/** What is read to show models and versions. */
export interface RegistryReads {
  models: ModelLoaders;
  versions: VersionLoaders;
  aliases: AliasLoaders;
  stages: StageLoaders;
  facts: FactLoaders;
  runs: RunLoaders;
  loggedModels: LoggedModelLoaders;
}

/** Finds models and versions by the names MLflow gives them, and shows them as it does. A page takes a fixed number of statements. */
export class RegistryViews {
  constructor(private readonly reads: RegistryReads) {}

  /** Throws RESOURCE_DOES_NOT_EXIST. */
  async model(request: Request, name: string): Promise<Model> {
    const model = await this.reads.models.byName(request, name);
    if (!model) throw absent(`Registered Model with name=${name} not found`);
    return model;
  }

  /** By model and number. Throws RESOURCE_DOES_NOT_EXIST; INVALID_PARAMETER_VALUE for what is no number. */
  async version(request: Request, told: string, came: string): Promise<ModelVersion> {
    const number = versionNumberOf(came);
    const model = nfc(told);
    const version = await this.reads.versions.named(request, { by: "number", model, number });
    // MySQL finds "fraud" for "fraud ", too.
    const found = version && (await this.reads.models.byId(request, version.modelId));
    if (found?.name !== model) throw absent(`Model Version (name=${told}, version=${number}) not found`);
    return version!;
  }

  /** By node number; null where the actor may not read it. */
  versionById(request: Request, node: number): Promise<ModelVersion | null> {
    return this.reads.versions.byId(request, node);
  }

  modelOf(request: Request, { modelId }: ModelVersion): Promise<Model | null> {
    return this.reads.models.byId(request, modelId);
  }

  /** Throws RESOURCE_DOES_NOT_EXIST where it has no version, for latest; INVALID_PARAMETER_VALUE for no alias of it. */
  async versionByAlias(request: Request, model: Model, alias: string): Promise<ModelVersion> {
    if (alias.toLowerCase() === "latest") return this.latest(request, model);
    const named = (await this.reads.aliases.ofModel(request, model.nodeId)).find(
      ({ name }) => name === alias,
    );
    const version = named ? await this.reads.versions.byId(request, named.versionId) : null;
    if (!version) throw badParameter(`Registered model alias ${alias} not found.`);
    return version;
  }

  /** The same by its model's name: one look where both are there. Of an alias that `mustBeAlias` has let pass. */
  async aliased(request: Request, told: string, alias: string): Promise<ModelVersion> {
    const name = nfc(told);
    const version = await this.reads.versions.named(request, { by: "alias", model: name, alias });
    // MySQL finds "fraud" for "fraud ", too.
    if (version && (await this.modelOf(request, version))?.name === name) return version;
    return this.versionByAlias(request, await this.model(request, told), alias);
  }

  /** As the end of `models:/name/…` tells it: a number, latest or a stage. */
  async versionOrLatest(request: Request, model: Model, told: string): Promise<ModelVersion> {
    if (/^[0-9]+$/.test(told)) return this.version(request, model.name, told);
    if (told.toLowerCase() === "latest") return this.latest(request, model);
    const stage = await this.stage(request, told);
    const latest = await this.reads.stages.latestOfEach(request, model.nodeId);
    const version = latest.find((one) => one.stage === stage.name);
    if (!version) {
      throw absent(`No versions of model with name '${model.name}' and stage '${stage.name}' found`);
    }
    return version;
  }

  /** In any case. Throws INVALID_PARAMETER_VALUE. */
  async stage(request: Request, told: string): Promise<Stage> {
    const stages = await this.reads.stages.all(request);
    const stage = stageCalled(stages, told);
    if (stage) return stage;
    const names = stages.map(({ name }) => name).join(", ");
    throw badParameter(`Invalid Model Version stage: ${told.slice(0, 200)}. Value must be one of ${names}.`);
  }

  private async latest(request: Request, { nodeId, name }: Model): Promise<ModelVersion> {
    const version = await this.reads.versions.latest(request, nodeId);
    if (!version) throw absent(`Latest version not found for model ${name}.`);
    return version;
  }

  async shownModel(request: Request, model: Model): Promise<object> {
    const { facts, aliases, stages, versions } = this.reads;
    const [tags, named, latest] = await Promise.all([
      facts.tags(request, model.nodeId),
      aliases.ofModel(request, model.nodeId),
      stages.latestOfEach(request, model.nodeId),
    ]);
    const numbered = named.map(async ({ name, versionId }) => ({
      alias: name,
      number: (await versions.byId(request, versionId))?.number ?? 0,
    }));
    // Side by side, so that a model without aliases is no step ahead of the others of its page.
    const [pointing, shown] = await Promise.all([
      Promise.all(numbered),
      Promise.all(latest.map((version) => this.shownVersion(request, version))),
    ]);
    return registeredModelOf({ model, tags, aliases: pointing, latest: shown });
  }

  async shownVersion(request: Request, version: ModelVersion): Promise<object> {
    const { models, aliases, runs, loggedModels } = this.reads;
    const [model, tags, named, run, loggedModel] = await Promise.all([
      models.byId(request, version.modelId),
      this.tagsOf(request, version),
      aliases.ofVersion(request, version),
      version.runId === null ? null : runs.byId(request, version.runId),
      version.loggedModelId === null ? null : loggedModels.byId(request, version.loggedModelId),
    ]);
    return modelVersionOf({
      version,
      model: model?.name ?? "",
      tags,
      aliases: named.map(({ name }) => name),
      runId: run?.runId ?? null,
      loggedModelId: loggedModel?.modelId ?? null,
    });
  }

  tagsOf(request: Request, { nodeId }: ModelVersion): Promise<Tag[]> {
    return this.reads.facts.tags(request, nodeId);
  }

  /** A model as it is after a change. */
  async changedModel(request: Request, node: number): Promise<object> {
    request.forget();
    const model = await this.reads.models.byId(request, node);
    if (!model) throw absent("No such registered model");
    return { registered_model: await this.shownModel(request, model) };
  }

  /** A version as it is after a change. */
  async changedVersion(request: Request, node: number): Promise<object> {
    request.forget();
    const version = await this.reads.versions.byId(request, node);
    if (!version) throw absent("No such model version");
    return { model_version: await this.shownVersion(request, version) };
  }
}
