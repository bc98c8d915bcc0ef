import { Arg, Ctx, Mutation, Resolver } from "type-graphql";
import { answer } from "../kernel/payload.ts";
import type { Request } from "../kernel/request.ts";
import type { Model } from "./model.entity.ts";
import type { ModelLoaders } from "./model.loaders.ts";
import { TransferOwnershipInput, TransferOwnershipPayload } from "./ownership.inputs.ts";
import type { OwnershipService } from "./ownership.service.ts";

@Resolver()
export class OwnershipResolver {
  constructor(
    private readonly service: OwnershipService,
    private readonly loaders: ModelLoaders,
  ) {}

  @Mutation(() => TransferOwnershipPayload, {
    description: "Hands models over to another owner: one, or those of somebody who leaves.",
  })
  transferOwnership(
    @Ctx() request: Request,
    @Arg("input", () => TransferOwnershipInput, { description: "See the input type." })
    input: TransferOwnershipInput,
  ): Promise<TransferOwnershipPayload> {
    return answer<TransferOwnershipPayload>({ models: [], remaining: 0 }, async () => {
      const { models, remaining } = await this.service.transfer(request.actor, input);
      const found = await Promise.all(models.map((id) => this.loaders.byId(request, id)));
      return { models: found.filter((model): model is Model => model !== null), remaining };
    });
  }
}
