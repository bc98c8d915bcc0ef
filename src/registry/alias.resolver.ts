import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from "type-graphql";
import { answer } from "../kernel/payload.ts";
import type { Request } from "../kernel/request.ts";
import { Alias } from "./alias.entity.ts";
import {
  AliasPayload,
  DeleteAliasInput,
  SetAliasInput,
  SetWeightedAliasesInput,
  WeightedAliasesPayload,
} from "./alias.inputs.ts";
import type { AliasLoaders } from "./alias.loaders.ts";
import type { AliasOutcome, AliasService } from "./alias.service.ts";
import type { ModelLoaders } from "./model.loaders.ts";
import { ModelVersion } from "./version.entity.ts";
import type { VersionLoaders } from "./version.loaders.ts";

const inputText = { description: "See the input type." };

@Resolver(() => Alias)
export class AliasResolver {
  constructor(
    private readonly aliases: AliasLoaders,
    private readonly models: ModelLoaders,
    private readonly versions: VersionLoaders,
    private readonly service: AliasService,
  ) {}

  @FieldResolver(() => ModelVersion, { description: "The version it points to." })
  modelVersion(@Root() alias: Alias, @Ctx() request: Request): Promise<ModelVersion | null> {
    return this.versions.byId(request, alias.versionId);
  }

  @Mutation(() => AliasPayload, { description: "Points an alias to a version, as one compare-and-set." })
  setAlias(
    @Ctx() request: Request,
    @Arg("input", () => SetAliasInput, inputText) input: SetAliasInput,
  ): Promise<AliasPayload> {
    return this.answer(request, () => this.service.set(request.actor, input));
  }

  @Mutation(() => AliasPayload, { description: "Deletes an alias." })
  deleteAlias(
    @Ctx() request: Request,
    @Arg("input", () => DeleteAliasInput, inputText) input: DeleteAliasInput,
  ): Promise<AliasPayload> {
    return this.answer(request, () => this.service.delete(request.actor, input));
  }

  @Mutation(() => WeightedAliasesPayload, {
    description:
      "Gives aliases shares of 100, such as champion 90 and challenger 10, and moves them, all at once.",
  })
  setWeightedAliases(
    @Ctx() request: Request,
    @Arg("input", () => SetWeightedAliasesInput, inputText) input: SetWeightedAliasesInput,
  ): Promise<WeightedAliasesPayload> {
    return answer<WeightedAliasesPayload>({ aliases: [], model: null }, async () => {
      const { model } = await this.service.setWeighted(request.actor, input);
      return {
        aliases: await this.aliases.weightedOf(request, model),
        model: await this.models.byId(request, model),
      };
    });
  }

  private answer(request: Request, act: () => Promise<AliasOutcome>): Promise<AliasPayload> {
    return answer<AliasPayload>({ alias: null, model: null }, async () => {
      const { model, alias } = await act();
      const aliases = await this.aliases.ofModel(request, model);
      return {
        model: await this.models.byId(request, model),
        alias: aliases.find(({ name }) => name === alias) ?? null,
      };
    });
  }
}
