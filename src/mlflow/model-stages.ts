import { z } from "zod";
import { StemmaError } from "../kernel/errors.ts";
import { formatId } from "../kernel/ids.ts";
import type { Request } from "../kernel/request.ts";
import { type PromotionService, TransitionRefused } from "../promotion/promotion.service.ts";
import type { ReviewService } from "../promotion/review.service.ts";
import { approvalsCheck } from "../promotion/transition.rules.ts";
import type { TransitionRequestLoaders } from "../promotion/transition-request.loaders.ts";
import { isOpenRequest } from "../promotion/transition-request.query.ts";
import type { Verdict } from "../promotion/verdict.entity.ts";
import type { VerdictSight } from "../promotion/verdict-sight.ts";
import type { Stage } from "../registry/stage.entity.ts";
import type { StageLoaders } from "../registry/stage.loaders.ts";
import type { ModelVersion } from "../registry/version.entity.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { badParameter, MlflowError } from "./mlflow-error.ts";
import { flag, listOf, requiredText } from "./parameters.ts";
import { listOrNothing } from "./registered-model.mapping.ts";
import type { RegistryViews } from "./registry-views.ts";

const toMove = z.object({
  name: requiredText,
  version: requiredText,
  stage: requiredText,
  archive_existing_versions: flag,
});
const ofStages = z.object({ name: requiredText, stages: listOf(z.string()) });

/** The verbs of promotion, and what tells of their refusals. */
export interface Promotions {
  service: PromotionService;
  reviews: ReviewService;
  requests: TransitionRequestLoaders;
  verdicts: VerdictSight;
}

/** Moves between stages, as the policies have it; and the latest version of each stage. */
export class ModelStages {
  constructor(
    private readonly views: RegistryViews,
    private readonly stages: StageLoaders,
    private readonly promotion: Promotions,
  ) {}

  endpoints(): Endpoint[] {
    return [
      endpoint("POST", "model-versions/transition-stage", toMove, (request, given) =>
        this.move(request, given),
      ),
      endpoint(["POST", "GET"], "registered-models/get-latest-versions", ofStages, (request, given) =>
        this.latest(request, given),
      ),
    ];
  }

  private async latest(request: Request, { name, stages: told }: z.output<typeof ofStages>): Promise<object> {
    const wanted = await Promise.all(told.map((stage) => this.views.stage(request, stage)));
    const names = new Set(wanted.map((stage) => stage.name));
    const model = await this.views.model(request, name);
    const latest = await this.stages.latestOfEach(request, model.nodeId);
    const shown = latest.filter(({ stage }) => names.size === 0 || names.has(stage));
    return {
      model_versions: listOrNothing(
        await Promise.all(shown.map((version) => this.views.shownVersion(request, version))),
      ),
    };
  }

  private async move(request: Request, given: z.output<typeof toMove>): Promise<object> {
    const stage = await this.views.stage(request, given.stage);
    const archiveExisting = given.archive_existing_versions ?? false;
    if (archiveExisting) await this.mustBeActive(request, stage, given.stage);
    const version = await this.views.version(request, given.name, given.version);
    const wish = { version: version.id, to: stage.name, archiveExisting };
    try {
      await this.promotion.service.transition(request.actor, wish);
    } catch (error) {
      throw await this.refusal(request, version, wish, error);
    }
    return this.views.changedVersion(request, version.nodeId);
  }

  /** The first stage and the retired one are for those that are not in use: nothing makes room there. */
  private async mustBeActive(request: Request, stage: Stage, told: string): Promise<void> {
    const active = (await this.stages.all(request)).filter(
      ({ position, isRetired }) => position > 0 && !isRetired,
    );
    if (active.some(({ name }) => name === stage.name)) return;
    const names = active.map(({ name }) => `'${name}'`).join(", ");
    throw badParameter(
      `Model version transition cannot archive existing model versions because '${told}' is not an Active stage. Valid stages are [${names}]`,
    );
  }

  /** Where only others can say yes, they are asked: the refusal names the request, new or open already. */
  private async refusal(
    request: Request,
    version: ModelVersion,
    wish: { version: string; to: string; archiveExisting: boolean },
    error: unknown,
  ): Promise<unknown> {
    const isForbidden = error instanceof StemmaError && error.code === "FORBIDDEN";
    if (!(error instanceof TransitionRefused) && !isForbidden) return error;
    const why = isForbidden ? error.message : await this.told(request, error as TransitionRefused);
    const isHelped = isForbidden || lacksApprovals((error as TransitionRefused).verdict);
    const asked = isHelped ? await this.asked(request, version, wish) : null;
    return new MlflowError("PERMISSION_DENIED", asked ? `${why}; ${asked}` : why);
  }

  private async told(request: Request, error: TransitionRefused): Promise<string> {
    const { userErrors } = await this.promotion.verdicts.refusal(request, error);
    return userErrors[0]!.message;
  }

  private async asked(
    request: Request,
    version: ModelVersion,
    wish: { version: string; to: string; archiveExisting: boolean },
  ): Promise<string | null> {
    const { reviews } = this.promotion;
    const open = await this.openRequest(request, version, wish.to);
    if (open) return `transition request ${open} asks for that already, and waits for approvals`;
    try {
      const { verdict } = await reviews.request(request.actor, { ...wish, dryRun: true });
      if (!verdict?.policyRevision || !lacksApprovals(verdict)) return null;
      const filed = await reviews.request(request.actor, wish);
      const id = formatId("TRANSITION_REQUEST", filed.request!);
      return `transition request ${id} was filed: with the approvals the version is moved`;
    } catch (error) {
      // Somebody else has filed it meanwhile; or nobody's approval would help, or they may not even ask.
      if (!(error instanceof StemmaError)) throw error;
      request.forget();
      const rival = await this.openRequest(request, version, wish.to);
      return rival && `transition request ${rival} asks for that already, and waits for approvals`;
    }
  }

  private async openRequest(request: Request, { nodeId }: ModelVersion, to: string): Promise<string | null> {
    const all = await this.promotion.requests.ofVersion(request, nodeId);
    return all.find((one) => isOpenRequest(one) && !one.isAfterReview && one.to === to)?.id ?? null;
  }
}

function lacksApprovals({ checks }: Verdict): boolean {
  return checks.some(({ name, passed }) => name === approvalsCheck && !passed);
}
