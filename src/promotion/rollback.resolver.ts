import { Arg, Ctx, Mutation, Resolver } from "type-graphql";
import { answer } from "../kernel/payload.ts";
import type { Request } from "../kernel/request.ts";
import type { VersionLoaders } from "../registry/version.loaders.ts";
import { TransitionRefused } from "./promotion.service.ts";
import { RollbackInput, RollbackPayload } from "./rollback.inputs.ts";
import type { RollbackOutcome, RollbackService } from "./rollback.service.ts";
import type { StageChangeLoaders } from "./stage-change.loaders.ts";
import type { VerdictSight } from "./verdict-sight.ts";

const nothing = { modelVersion: null, archived: [], stageChanges: [], verdict: null };

@Resolver()
export class RollbackResolver {
  constructor(
    private readonly service: RollbackService,
    private readonly versions: VersionLoaders,
    private readonly changes: StageChangeLoaders,
    private readonly verdicts: VerdictSight,
  ) {}

  @Mutation(() => RollbackPayload, {
    description:
      "Takes the failed version out of a stage, gives its place back to one that stood there before, and moves the aliases that the policy names, all at once. Gates are not asked again of a version that has passed the policy that holds now, or came while none was set, by an ordinary move and under the name that the model has had ever since; any other is judged as if it came for the first time.",
  })
  rollback(
    @Ctx() request: Request,
    @Arg("input", () => RollbackInput, { description: "See the input type." }) input: RollbackInput,
  ): Promise<RollbackPayload> {
    return answer<RollbackPayload>(nothing, async () => {
      try {
        return await this.told(request, await this.service.rollback(request.actor, input));
      } catch (error) {
        if (!(error instanceof TransitionRefused)) throw error;
        return { ...nothing, ...(await this.verdicts.refusal(request, error)) };
      }
    });
  }

  private async told(request: Request, { version, archived, changes, verdict }: RollbackOutcome) {
    const modelVersion = await this.versions.byId(request, version);
    const others = await Promise.all(archived.map((id) => this.versions.byId(request, id)));
    const moved = await Promise.all(changes.map((seq) => this.changes.bySeq(request, seq)));
    return {
      modelVersion,
      archived: others.filter((other) => other !== null),
      stageChanges: moved.filter((change) => change !== null),
      verdict: await this.verdicts.shown(request, version, verdict),
    };
  }
}
