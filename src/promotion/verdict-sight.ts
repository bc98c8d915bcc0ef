import type { GraphLoaders } from "../graph/graph.loaders.ts";
import { type UserError, userErrorOf } from "../kernel/payload.ts";
import type { Request } from "../kernel/request.ts";
import type { ModelVersion } from "../registry/version.entity.ts";
import type { VersionLoaders } from "../registry/version.loaders.ts";
import type { TransitionRefused } from "./promotion.service.ts";
import type { Verdict } from "./verdict.entity.ts";
import { asFarAs, refusalIn, restingOn } from "./verdict.rules.ts";

/** A refusal as its caller may know it. */
export interface ToldRefusal {
  modelVersion: ModelVersion | null;
  verdict: Verdict | null;
  userErrors: UserError[];
}

/** Verdicts as far as each may know them: what gates found is for those who may read what they found it in. */
export class VerdictSight {
  constructor(
    private readonly versions: VersionLoaders,
    private readonly nodes: GraphLoaders,
  ) {}

  /** Null to who may not read the version. */
  async shown(request: Request, versionId: number, verdict: Verdict | null): Promise<Verdict | null> {
    const version = await this.versions.byId(request, versionId);
    if (!version || !verdict) return null;
    if (request.actor.readsEverything) return verdict;
    const seen = await Promise.all(restingOn(verdict).map((node) => this.nodes.node(request, node)));
    const readable = new Set(seen.flatMap((node) => (node?.isReadable ? [node.id] : [])));
    return asFarAs((node) => readable.has(node), verdict);
  }

  async refusal(request: Request, error: TransitionRefused): Promise<ToldRefusal> {
    const modelVersion = await this.versions.byId(request, error.version);
    const verdict = await this.shown(request, error.version, error.verdict);
    const message = verdict ? refusalIn(verdict) : "refused";
    return { modelVersion, verdict, userErrors: [{ ...userErrorOf(error), message }] };
  }
}
