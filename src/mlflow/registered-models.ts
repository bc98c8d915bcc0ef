import { z } from "zod";
import type { Request } from "../kernel/request.ts";
import type { AliasLoaders } from "../registry/alias.loaders.ts";
import type { Model } from "../registry/model.entity.ts";
import type { ModelLoaders } from "../registry/model.loaders.ts";
import type { ModelService } from "../registry/model.service.ts";
import type { VersionLoaders } from "../registry/version.loaders.ts";
import type { FactLoaders } from "../tracking/fact.loaders.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { absent, MlflowError } from "./mlflow-error.ts";
import { emptiableText, requiredText, tags } from "./parameters.ts";
import { registeredModelOf } from "./registered-model.mapping.ts";

const named = z.object({ name: requiredText });

/** What is read to show a registered model. */
export interface ModelReads {
  models: ModelLoaders;
  versions: VersionLoaders;
  aliases: AliasLoaders;
  facts: FactLoaders;
}

/** `registered-models/…`: Stemma's models by their names. */
export class RegisteredModels {
  constructor(
    private readonly reads: ModelReads,
    private readonly service: ModelService,
  ) {}

  endpoints(): Endpoint[] {
    return [
      endpoint(
        "POST",
        "registered-models/create",
        named.extend({ tags, description: emptiableText }),
        (request, given) => this.create(request, given),
      ),
      endpoint("GET", "registered-models/get", named, async (request, { name }) =>
        this.answer(request, await this.find(request, name)),
      ),
      endpoint(
        ["PATCH", "POST"],
        "registered-models/update",
        named.extend({ description: emptiableText }),
        async (request, { name, description }) => {
          const model = await this.find(request, name);
          if (description !== undefined)
            await this.service.update(request.actor, { model: model.id, description });
          return this.changed(request, model.nodeId);
        },
      ),
    ];
  }

  private async create(
    request: Request,
    {
      name,
      description,
      tags: given,
    }: { name: string; description?: string; tags: { key: string; value?: string }[] },
  ): Promise<object> {
    if (await this.reads.models.byName(request, name)) {
      throw new MlflowError("RESOURCE_ALREADY_EXISTS", `Registered Model (name=${name}) already exists.`);
    }
    const input = { name, description, tags: given.map(({ key, value = "" }) => ({ key, value })) };
    const { model } = await this.service.create(request.actor, input);
    return this.changed(request, model);
  }

  /** As it is now. */
  private async changed(request: Request, node: number): Promise<object> {
    request.forget();
    return this.answer(request, (await this.reads.models.byId(request, node))!);
  }

  private async answer(request: Request, model: Model): Promise<object> {
    const { facts, aliases, versions } = this.reads;
    const [tags, named] = await Promise.all([
      facts.tags(request, model.nodeId),
      aliases.ofModel(request, model.nodeId),
    ]);
    const numbered = await Promise.all(
      named.map(async ({ name, versionId }) => ({
        alias: name,
        number: (await versions.byId(request, versionId))?.number ?? 0,
      })),
    );
    return { registered_model: registeredModelOf({ model, tags, aliases: numbered, latest: [] }) };
  }

  /** Throws RESOURCE_DOES_NOT_EXIST. */
  private async find(request: Request, name: string): Promise<Model> {
    const model = await this.reads.models.byName(request, name);
    if (!model) throw absent(`Registered Model with name=${name} not found`);
    return model;
  }
}
