import { Arg, Ctx, Mutation, Resolver } from "type-graphql";
import { answer } from "../kernel/payload.ts";
import type { Request } from "../kernel/request.ts";
import type { ModelVersion } from "../registry/version.entity.ts";
import type { VersionLoaders } from "../registry/version.loaders.ts";
import { type PromotionService, type TransitionOutcome, TransitionRefused } from "./promotion.service.ts";
import type { StageChangeLoaders } from "./stage-change.loaders.ts";
import { TransitionModelVersionInput, TransitionModelVersionPayload } from "./transition.inputs.ts";
import type { VerdictSight } from "./verdict-sight.ts";

const nothing = { modelVersion: null, stageChange: null, archived: [], verdict: null };

@Resolver()
export class PromotionResolver {
  constructor(
    private readonly service: PromotionService,
    private readonly versions: VersionLoaders,
    private readonly changes: StageChangeLoaders,
    private readonly verdicts: VerdictSight,
  ) {}

  @Mutation(() => TransitionModelVersionPayload, {
    description: "Moves a version to another stage. Moving to where it stands succeeds and records nothing.",
  })
  transitionModelVersion(
    @Ctx() request: Request,
    @Arg("input", () => TransitionModelVersionInput, { description: "See the input type." })
    input: TransitionModelVersionInput,
  ): Promise<TransitionModelVersionPayload> {
    return answer<TransitionModelVersionPayload>(nothing, async () => {
      try {
        return await this.told(request, await this.service.transition(request.actor, input));
      } catch (error) {
        if (!(error instanceof TransitionRefused)) throw error;
        return { ...nothing, ...(await this.verdicts.refusal(request, error)) };
      }
    });
  }

  private async told(request: Request, { version, archived, change, verdict }: TransitionOutcome) {
    const found = await Promise.all(archived.map((id) => this.versions.byId(request, id)));
    const modelVersion = await this.versions.byId(request, version);
    return {
      modelVersion,
      stageChange: change === null ? null : await this.changes.bySeq(request, change),
      archived: found.filter((other): other is ModelVersion => other !== null),
      // A repeated request answers what is on record, to who may read it now.
      verdict: await this.verdicts.shown(request, version, verdict),
    };
  }
}
