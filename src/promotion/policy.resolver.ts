import { Arg, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from "type-graphql";
import { answer } from "../kernel/payload.ts";
import type { Request } from "../kernel/request.ts";
import { Model } from "../registry/model.entity.ts";
import type { StageLoaders } from "../registry/stage.loaders.ts";
import { stageNamed } from "../registry/stage.query.ts";
import { Policy } from "./policy.entity.ts";
import { DeletePolicyInput, PolicyPayload, SetPolicyInput } from "./policy.inputs.ts";
import type { PolicyLoaders } from "./policy.loaders.ts";
import { openFor, policyOfRow } from "./policy.query.ts";
import { mayReadPolicy } from "./policy.rules.ts";
import type { PolicyOutcome, PolicyService } from "./policy.service.ts";

const inputText = { description: "See the input type." };

@Resolver(() => Policy)
export class PolicyResolver {
  constructor(
    private readonly loaders: PolicyLoaders,
    private readonly stages: StageLoaders,
    private readonly service: PolicyService,
  ) {}

  @Query(() => [Policy], {
    description:
      "The policies that are set, by stage and pattern; at most 1,000. Elsewhere everything is open.",
  })
  async policies(
    @Ctx() request: Request,
    @Arg("stage", () => String, { nullable: true, description: "Only for this stage, in any case." })
    stage?: string,
  ): Promise<Policy[]> {
    const all = await this.loaders.all(request);
    if (stage == null) return all;
    const { name } = stageNamed(await this.stages.all(request), stage, "stage");
    return all.filter((policy) => policy.stage === name);
  }

  @FieldResolver(() => Boolean, {
    description:
      "Whether the caller may set and take it back: that takes policy:write all over it, and over each wider one of its stage.",
  })
  viewerCanSet(@Root() policy: Policy, @Ctx() request: Request): Promise<boolean> {
    return this.loaders.maySet(request, policy);
  }

  @Mutation(() => PolicyPayload, {
    description:
      "Sets the policy of a model or a pattern for a stage; needs policy:write all over it. Approvals given under an earlier one are stale from then on.",
  })
  setPolicy(
    @Ctx() request: Request,
    @Arg("input", () => SetPolicyInput, inputText) input: SetPolicyInput,
  ): Promise<PolicyPayload> {
    return this.answer(request, () => this.service.set(request.actor, input));
  }

  @Mutation(() => PolicyPayload, {
    description: "Takes a policy back, so that a wider one holds; needs policy:write all over its pattern.",
  })
  deletePolicy(
    @Ctx() request: Request,
    @Arg("input", () => DeletePolicyInput, inputText) input: DeletePolicyInput,
  ): Promise<PolicyPayload> {
    return this.answer(request, () => this.service.delete(request.actor, input));
  }

  private answer(request: Request, act: () => Promise<PolicyOutcome>): Promise<PolicyPayload> {
    return answer<PolicyPayload>({ policy: null }, async () => {
      const { pattern, stage, draft } = await act();
      if (draft) return { policy: policyOfRow(draft) };
      const all = await this.loaders.all(request);
      const set = all.find((policy) => policy.pattern === pattern && policy.stage === stage);
      return { policy: set ?? (mayReadPolicy(request.actor, pattern) ? openFor(stage) : null) };
    });
  }
}

@Resolver(() => Model)
export class ModelPolicyResolver {
  constructor(
    private readonly loaders: PolicyLoaders,
    private readonly stages: StageLoaders,
  ) {}

  @FieldResolver(() => Policy, { description: "What it takes for its versions to enter a stage, and why." })
  async policy(
    @Root() model: Model,
    @Ctx() request: Request,
    @Arg("stage", () => String, { description: "In any case." }) stage: string,
  ): Promise<Policy> {
    const { name } = stageNamed(await this.stages.all(request), stage, "stage");
    return this.loaders.holding(request, model.name, name);
  }
}
