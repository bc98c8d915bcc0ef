import { type UserError, userErrorOf } from "../kernel/payload.ts";
import type { Request } from "../kernel/request.ts";
import type { Evidence } from "../registry/evidence.ts";
import type { ModelVersion } from "../registry/version.entity.ts";
import type { VersionLoaders } from "../registry/version.loaders.ts";
import type { TransitionRefused } from "./promotion.service.ts";
import type { Verdict } from "./verdict.entity.ts";
import { refusalIn, withoutFindings } from "./verdict.rules.ts";

/** A refusal as its caller may know it. */
export interface ToldRefusal {
  modelVersion: ModelVersion | null;
  verdict: Verdict | null;
  userErrors: UserError[];
}

/** Verdicts as far as each may know them: what gates found in a run is for those who may read the run. */
export class VerdictSight {
  constructor(
    private readonly versions: VersionLoaders,
    private readonly evidence: Evidence,
  ) {}

  /** Null to who may not read the version. */
  async shown(request: Request, versionId: number, verdict: Verdict | null): Promise<Verdict | null> {
    const version = await this.versions.byId(request, versionId);
    if (!version || !verdict) return null;
    const isHidden = version.runId !== null && (await this.evidence.run(request, version)) === null;
    return isHidden ? withoutFindings(verdict) : verdict;
  }

  async refusal(request: Request, error: TransitionRefused): Promise<ToldRefusal> {
    const modelVersion = await this.versions.byId(request, error.version);
    const verdict = await this.shown(request, error.version, error.verdict);
    const message = verdict ? refusalIn(verdict) : "refused";
    return { modelVersion, verdict, userErrors: [{ ...userErrorOf(error), message }] };
  }
}
