import type { Request } from "../kernel/request.ts";
import type { ModelVersion } from "../registry/version.entity.ts";
import type { RegisterModelVersionInput } from "../registry/version.inputs.ts";
import type { ExperimentLoaders } from "../tracking/experiment.loaders.ts";
import type { LoggedFileLoaders } from "../tracking/logged-file.loaders.ts";
import type { LoggedModel } from "../tracking/logged-model.entity.ts";
import type { LoggedModelLoaders } from "../tracking/logged-model.loaders.ts";
import type { RunLoaders } from "../tracking/run.loaders.ts";
import { absent, badParameter } from "./mlflow-error.ts";
import { downloadUriOf, keptTags } from "./model-version.mapping.ts";
import type { RegistryViews } from "./registry-views.ts";
import { mustBePromptSource, type Source, sourceOf, unfitSource } from "./source.rules.ts";

/** What is told of where a new version comes from. */
export interface ToldOrigin {
  source: string;
  run_id?: string | undefined;
  model_id?: string | undefined;
  run_link?: string | undefined;
  isPrompt: boolean;
}

export type Origin = Pick<
  RegisterModelVersionInput,
  "source" | "runId" | "loggedModelId" | "parents" | "bundleFrom" | "framework" | "format" | "signature"
> & {
  /** What there is no field for. */
  kept: { key: string; value: string }[];
};

/** Finds what a new version's source, run and logged model name, by what the database knows of them. */
export class VersionOrigins {
  constructor(
    private readonly views: RegistryViews,
    private readonly runs: RunLoaders,
    private readonly loggedModels: LoggedModelLoaders,
    private readonly experiments: ExperimentLoaders,
    private readonly files: LoggedFileLoaders,
  ) {}

  /** A run that is not here is kept as told. Throws INVALID_PARAMETER_VALUE, RESOURCE_DOES_NOT_EXIST. */
  async of(request: Request, told: ToldOrigin): Promise<Origin> {
    const origin = await this.bySource(request, told);
    return told.run_link
      ? { ...origin, kept: [...origin.kept, { key: keptTags.runLink, value: told.run_link }] }
      : origin;
  }

  private async bySource(request: Request, told: ToldOrigin): Promise<Origin> {
    const { source, run_id, model_id } = told;
    if (told.isPrompt) {
      mustBePromptSource(source);
      return this.madeBy(request, source, run_id);
    }
    const named = sourceOf(source);
    switch (named.is) {
      case "run":
        if (run_id !== undefined && run_id !== named.runId) throw unfitSource(source, "run_id");
        return this.fromRun(request, { ...told, run_id: named.runId }, named);
      case "runFiles":
        return this.fromRun(request, told, named);
      case "loggedModel":
        if (model_id !== undefined && model_id !== named.modelId) throw unfitSource(source, "model_id");
        return this.fromLoggedModel(request, told, { ...named, path: "" });
      case "loggedModelFiles":
        return this.fromLoggedModelFiles(request, told, named);
      case "version":
        return this.copyOf(request, told, await this.versionAt(request, named));
      case "versionFiles":
        return this.copyOf(request, told, await this.versionWith(request, named.version));
      case "elsewhere":
        return this.withModel(request, await this.madeBy(request, source, run_id), model_id);
    }
  }

  private async madeBy(request: Request, source: string, runId: string | undefined): Promise<Origin> {
    if (runId === undefined) return { source, kept: [] };
    const run = await this.runs.byRunId(request, runId);
    return run ? { source, runId, kept: [] } : { source, kept: [{ key: keptTags.runId, value: runId }] };
  }

  private async withModel(request: Request, origin: Origin, modelId: string | undefined): Promise<Origin> {
    if (modelId === undefined) return origin;
    const { modelId: loggedModelId } = await this.loggedModel(request, modelId);
    return { ...origin, loggedModelId };
  }

  /** With the files it has there now. Of a run that is told by the place of its files alone, nobody need know. */
  private async fromRun(
    request: Request,
    { source, run_id, model_id }: ToldOrigin,
    { runId, path, experimentId }: { runId: string; path: string; experimentId?: string },
  ): Promise<Origin> {
    const run = await this.within(request, await this.runs.byRunId(request, runId), experimentId);
    const maker = run_id ?? (run ? runId : undefined);
    const origin = await this.withModel(request, await this.madeBy(request, source, maker), model_id);
    const isThere = run !== null && (await this.files.isAny(run.nodeId, path));
    return isThere ? { ...origin, bundleFrom: { runId, path } } : origin;
  }

  private async fromLoggedModel(
    request: Request,
    { source, run_id }: ToldOrigin,
    { modelId, path }: { modelId: string; path: string },
  ): Promise<Origin> {
    const model = await this.loggedModel(request, modelId);
    const origin = { ...(await this.madeBy(request, source, run_id)), loggedModelId: modelId };
    const isThere = await this.files.isAny(model.nodeId, path);
    return isThere ? { ...origin, bundleFrom: { loggedModelId: modelId, path } } : origin;
  }

  /** One that is not here is no more than a place where files are said to lie. */
  private async fromLoggedModelFiles(
    request: Request,
    told: ToldOrigin,
    named: { modelId: string; path: string; experimentId: string },
  ): Promise<Origin> {
    const found = await this.loggedModels.byModelId(request, named.modelId);
    const isHere = await this.within(request, found, named.experimentId);
    if (isHere && (told.model_id ?? named.modelId) === named.modelId)
      return this.fromLoggedModel(request, told, named);
    return this.withModel(request, await this.madeBy(request, told.source, told.run_id), told.model_id);
  }

  /** Made by what that one was made by, derived from it, and of the same kind. */
  private async copyOf(
    request: Request,
    { run_id, model_id, source: told }: ToldOrigin,
    { version, model }: { version: ModelVersion; model: string },
  ): Promise<Origin> {
    const tags = await this.views.tagsOf(request, version);
    const keptAs = (key: string) => tags.find((tag) => tag.key === key)?.value;
    const run = version.runId === null ? null : await this.runs.byId(request, version.runId);
    const logged =
      version.loggedModelId === null ? null : await this.loggedModels.byId(request, version.loggedModelId);
    const runId = run?.runId ?? keptAs(keptTags.runId);
    if (
      (run_id !== undefined && run_id !== runId) ||
      (model_id !== undefined && model_id !== logged?.modelId)
    ) {
      throw badParameter(
        `Invalid model version source: '${told}'. The run_id and model_id request parameters must match the referenced model version.`,
      );
    }
    const made = await this.madeBy(request, `models:/${model}/${version.number}`, runId);
    const parents = [{ version: version.id, relation: "copy" }];
    const origin = { ...made, loggedModelId: logged?.modelId ?? null, parents };
    if (version.digest !== null) return { ...origin, bundleFrom: { version: version.id } };
    const { framework, format, signature } = version;
    const location = { key: keptTags.storageLocation, value: downloadUriOf(version, tags) };
    return { ...origin, framework, format, signature, kept: [...origin.kept, location] };
  }

  /** Null where the path names another experiment than it belongs to. */
  private async within<T extends { experimentId: number }>(
    request: Request,
    owner: T | null,
    experimentId: string | undefined,
  ): Promise<T | null> {
    if (owner === null || experimentId === undefined) return owner;
    const experiment = await this.experiments.byId(request, owner.experimentId);
    return experiment?.experimentId === experimentId ? owner : null;
  }

  private async versionAt(request: Request, named: Extract<Source, { is: "version" }>) {
    const model = await this.views.model(request, named.model);
    const { alias, version } = named;
    const found = await (alias !== null
      ? this.views.versionByAlias(request, model, alias)
      : this.views.versionOrLatest(request, model, version!));
    return { version: found, model: model.name };
  }

  private async versionWith(request: Request, node: number) {
    const version = await this.views.versionById(request, node);
    const model = version && (await this.views.modelOf(request, version));
    if (!version || !model) throw absent("No such model version");
    return { version, model: model.name };
  }

  private async loggedModel(request: Request, modelId: string): Promise<LoggedModel> {
    const found = await this.loggedModels.byModelId(request, modelId);
    if (!found) throw absent(`Logged model with ID '${modelId.slice(0, 200)}' not found.`);
    return found;
  }
}
