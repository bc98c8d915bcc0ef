import { z } from "zod";
import type { Request } from "../kernel/request.ts";
import type { ModelService } from "../registry/model.service.ts";
import type { VersionService } from "../registry/version.service.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { keyOf, registryTagOf } from "./keys.rules.ts";
import { emptiableText, requiredText } from "./parameters.ts";
import type { RegistryViews } from "./registry-views.ts";

const model = { name: requiredText };
const version = { ...model, version: requiredText };
const key = { key: requiredText };
const tag = { ...key, value: emptiableText };

/** Tags of models and of their versions. */
export class RegistryTags {
  constructor(
    private readonly views: RegistryViews,
    private readonly models: ModelService,
    private readonly versions: VersionService,
  ) {}

  endpoints(): Endpoint[] {
    return [
      endpoint("POST", "registered-models/set-tag", z.object({ ...model, ...tag }), (request, given) =>
        this.ofModel(request, given.name, { set: [registryTagOf(given.key, given.value ?? "")] }),
      ),
      endpoint("DELETE", "registered-models/delete-tag", z.object({ ...model, ...key }), (request, given) =>
        this.ofModel(request, given.name, { delete: [keyOf("key", given.key)] }),
      ),
      endpoint("POST", "model-versions/set-tag", z.object({ ...version, ...tag }), (request, given) =>
        this.ofVersion(request, given, { set: [registryTagOf(given.key, given.value ?? "")] }),
      ),
      endpoint("DELETE", "model-versions/delete-tag", z.object({ ...version, ...key }), (request, given) =>
        this.ofVersion(request, given, { delete: [keyOf("key", given.key)] }),
      ),
    ];
  }

  private async ofModel(request: Request, name: string, changes: Changes): Promise<object> {
    const { id } = await this.views.model(request, name);
    await this.models.setTags(request.actor, { model: id, ...changes });
    return {};
  }

  private async ofVersion(
    request: Request,
    { name, version: number }: { name: string; version: string },
    changes: Changes,
  ): Promise<object> {
    const { id } = await this.views.version(request, name, number);
    await this.versions.setTags(request.actor, { version: id, ...changes });
    return {};
  }
}

interface Changes {
  set?: { key: string; value: string }[];
  delete?: string[];
}
