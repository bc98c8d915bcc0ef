import { invalid, StemmaError } from "../kernel/errors.ts";
import { formatId } from "../kernel/ids.ts";
import { textOf } from "../kernel/names.ts";
import type { Request } from "../kernel/request.ts";
import type { AliasLoaders } from "./alias.loaders.ts";
import { memberFor } from "./alias.rules.ts";
import type { Model } from "./model.entity.ts";
import type { ModelLoaders } from "./model.loaders.ts";
import type { StageLoaders } from "./stage.loaders.ts";
import type { ModelVersion } from "./version.entity.ts";
import type { VersionLoaders } from "./version.loaders.ts";
import { readRef } from "./version.rules.ts";

/** How a reference is to be resolved. */
export interface ResolveWish {
  ref: string;
  /** Refuses what is not in a live stage. */
  requireLive?: boolean | null;
  /** Stands for who is served. */
  stickyKey?: string | null;
}

/** What a reference stands for. */
export interface Resolved {
  modelVersion: ModelVersion;
  model: Model;
  /** Where its bytes are, as told, else models:/name/7. */
  uri: string;
  /** The alias it was found by. */
  alias: string | null;
}

/** A version, and the alias it was found by. */
interface Found {
  version: ModelVersion;
  alias: string | null;
}

const longestKey = 255;

function stickyKeyOf(came: string): string {
  if (came === "") throw invalid("stickyKey", `1–${longestKey} characters`, came);
  return textOf("stickyKey", came, longestKey);
}

/** What references stand for now; every door asks here. */
export class ResolveQuery {
  constructor(
    private readonly versions: VersionLoaders,
    private readonly models: ModelLoaders,
    private readonly stages: StageLoaders,
    private readonly aliases: AliasLoaders,
  ) {}

  /** Null where it names nothing that the actor may read. Throws INVALID, REFUSED_BY_POLICY. */
  async of(request: Request, { ref, requireLive, stickyKey }: ResolveWish): Promise<Resolved | null> {
    const key = stickyKey == null ? null : stickyKeyOf(stickyKey);
    const read = readRef(ref);
    if (requireLive && read.by === "latest") {
      throw invalid("ref", "a version, alias or stage: latest is never a way into production", ref);
    }
    const named = await this.versions.byRef(request, ref);
    if (!named) return null;
    const asked = { version: named, alias: read.by === "alias" ? read.alias : null };
    const { version, alias } = key === null ? asked : await this.drawn(request, asked, key);
    const model = await this.models.byId(request, version.modelId);
    if (requireLive) await this.mustBeLive(request, model!, version);
    const uri = version.source ?? `models:/${model?.name}/${version.number}`;
    return { modelVersion: version, model: model!, uri, alias };
  }

  /** The member of the weighted set that a key is given; what was asked for where that is no alias in one. */
  private async drawn(request: Request, asked: Found, key: string): Promise<Found> {
    if (asked.alias === null) return asked;
    const set = await this.aliases.weightedOf(request, asked.version.modelId);
    if (!set.some(({ name }) => name === asked.alias)) return asked;
    const member = memberFor(formatId("MODEL", asked.version.modelId), key, set);
    const version = member && (await this.versions.byId(request, member.versionId));
    return version ? { version, alias: member.name } : asked;
  }

  private async mustBeLive(request: Request, model: Model, version: ModelVersion): Promise<void> {
    const stage = (await this.stages.all(request)).find(({ name }) => name === version.stage);
    const isDeleted = model.deletedAt !== null || version.deletedAt !== null;
    if (stage?.isLive && !isDeleted) return;
    const why = isDeleted ? "deleted" : `in ${version.stage}, which is not live`;
    const message = `ref: ${model.name}/${version.number} is ${why}`;
    throw new StemmaError("REFUSED_BY_POLICY", message, ["ref"]);
  }
}
