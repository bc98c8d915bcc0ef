import { z } from "zod";
import { StemmaError } from "../kernel/errors.ts";
import { formatId } from "../kernel/ids.ts";
import type { Request } from "../kernel/request.ts";
import type { AliasService } from "../registry/alias.service.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { mustBeAlias, mustBeFreeAlias } from "./names.rules.ts";
import { requiredText } from "./parameters.ts";
import type { RegistryViews } from "./registry-views.ts";

const path = "registered-models/alias";
const named = z.object({ name: requiredText, alias: requiredText });
const toSet = named.extend({ version: requiredText });

/** `registered-models/alias`. */
export class RegistryAliases {
  constructor(
    private readonly views: RegistryViews,
    private readonly service: AliasService,
  ) {}

  endpoints(): Endpoint[] {
    return [
      endpoint("POST", path, toSet, (request, given) => this.set(request, given)),
      endpoint("DELETE", path, named, (request, given) => this.delete(request, given)),
      endpoint("GET", path, named, async (request, { name, alias }) => {
        mustBeAlias(alias);
        const version = await this.views.aliased(request, name, alias);
        return { model_version: await this.views.shownVersion(request, version) };
      }),
    ];
  }

  private async set(request: Request, { name, alias, version }: z.output<typeof toSet>): Promise<object> {
    mustBeFreeAlias(alias);
    const { modelId, number } = await this.views.version(request, name, version);
    const input = { model: formatId("MODEL", modelId), alias, version: number };
    await this.service.set(request.actor, input);
    return {};
  }

  /** One that is not there is no error. */
  private async delete(request: Request, { name, alias }: z.output<typeof named>): Promise<object> {
    mustBeAlias(alias);
    const { id } = await this.views.model(request, name);
    try {
      await this.service.delete(request.actor, { model: id, alias });
    } catch (error) {
      const isGone =
        error instanceof StemmaError && error.code === "NOT_FOUND" && error.inputPath?.[0] === "alias";
      if (!isGone) throw error;
    }
    return {};
  }
}
