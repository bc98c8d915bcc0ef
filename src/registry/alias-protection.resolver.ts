import { Arg, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from "type-graphql";
import { answer } from "../kernel/payload.ts";
import type { Request } from "../kernel/request.ts";
import { Alias } from "./alias.entity.ts";
import { AliasProtection } from "./alias-protection.entity.ts";
import { AliasProtectionPayload, ProtectAliasInput, UnprotectAliasInput } from "./alias-protection.inputs.ts";
import type { AliasProtectionLoaders } from "./alias-protection.loaders.ts";
import { stagesOf } from "./alias-protection.rules.ts";
import type { AliasProtectionOutcome, AliasProtectionService } from "./alias-protection.service.ts";
import type { StageLoaders } from "./stage.loaders.ts";

const inputText = { description: "See the input type." };

@Resolver(() => AliasProtection)
export class AliasProtectionResolver {
  constructor(
    private readonly loaders: AliasProtectionLoaders,
    private readonly stageLoaders: StageLoaders,
    private readonly service: AliasProtectionService,
  ) {}

  @Query(() => [AliasProtection], {
    description:
      "Protections of aliases that hold, by alias: those on patterns that cover what the caller may read; at most 1,000.",
  })
  aliasProtections(
    @Ctx() request: Request,
    @Arg("model", () => String, { nullable: true, description: "Only those that cover this model's name." })
    model?: string | null,
  ): Promise<AliasProtection[]> {
    return this.loaders.list(request, model ?? null);
  }

  @FieldResolver(() => [String], { description: "Stages it may point into; empty where that is any." })
  async stages(@Root() protection: AliasProtection, @Ctx() request: Request): Promise<string[]> {
    return stagesOf(protection, await this.stageLoaders.all(request));
  }

  @Mutation(() => AliasProtectionPayload, {
    description: "Protects an alias, or changes how; needs alias:protect all over the pattern.",
  })
  protectAlias(
    @Ctx() request: Request,
    @Arg("input", () => ProtectAliasInput, inputText) input: ProtectAliasInput,
  ): Promise<AliasProtectionPayload> {
    return this.answer(request, () => this.service.protect(request.actor, input));
  }

  @Mutation(() => AliasProtectionPayload, {
    description: "Ends a protection; needs alias:protect all over its pattern.",
  })
  unprotectAlias(
    @Ctx() request: Request,
    @Arg("input", () => UnprotectAliasInput, inputText) input: UnprotectAliasInput,
  ): Promise<AliasProtectionPayload> {
    return this.answer(request, () => this.service.unprotect(request.actor, input));
  }

  private answer(
    request: Request,
    act: () => Promise<AliasProtectionOutcome>,
  ): Promise<AliasProtectionPayload> {
    return answer<AliasProtectionPayload>({ aliasProtection: null }, async () => {
      const { protection } = await act();
      return { aliasProtection: await this.loaders.byId(request, protection) };
    });
  }
}

@Resolver(() => Alias)
export class AliasGuardResolver {
  constructor(private readonly loaders: AliasProtectionLoaders) {}

  @FieldResolver(() => Boolean, {
    description: "Whether moving and deleting it takes alias:protect, see aliasProtections.",
  })
  isProtected(@Root() alias: Alias, @Ctx() request: Request): Promise<boolean> {
    return this.loaders.isProtected(request, alias);
  }
}
