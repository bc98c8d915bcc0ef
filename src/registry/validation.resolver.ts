import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from "type-graphql";
import { ActorRow } from "../access/actor.entity.ts";
import type { ActorLoaders } from "../access/actor.loaders.ts";
import { answer } from "../kernel/payload.ts";
import type { Request } from "../kernel/request.ts";
import { Validation } from "./validation.entity.ts";
import { RecordValidationInput, RecordValidationPayload } from "./validation.inputs.ts";
import type { ValidationLoaders } from "./validation.loaders.ts";
import type { ValidationService } from "./validation.service.ts";
import { ModelVersion } from "./version.entity.ts";
import type { VersionLoaders } from "./version.loaders.ts";

@Resolver(() => Validation)
export class ValidationResolver {
  constructor(
    private readonly service: ValidationService,
    private readonly loaders: ValidationLoaders,
    private readonly versions: VersionLoaders,
    private readonly actors: ActorLoaders,
  ) {}

  @FieldResolver(() => ModelVersion, { description: "The version that was validated." })
  modelVersion(@Root() validation: Validation, @Ctx() request: Request): Promise<ModelVersion | null> {
    return this.versions.byId(request, validation.versionId);
  }

  @FieldResolver(() => ActorRow, { description: "Who recorded it." })
  createdBy(@Root() validation: Validation, @Ctx() request: Request): Promise<ActorRow | null> {
    return this.actors.byId(request, validation.createdById);
  }

  @Mutation(() => RecordValidationPayload, {
    description: "Records that a third party has validated a version; needs validation:record.",
  })
  recordValidation(
    @Ctx() request: Request,
    @Arg("input", () => RecordValidationInput, { description: "See the input type." })
    input: RecordValidationInput,
  ): Promise<RecordValidationPayload> {
    return answer<RecordValidationPayload>({ validation: null }, async () => {
      const { validation } = await this.service.record(request.actor, input);
      return { validation: await this.loaders.byId(request, validation) };
    });
  }
}

@Resolver(() => ModelVersion)
export class VersionValidationsResolver {
  constructor(private readonly loaders: ValidationLoaders) {}

  @FieldResolver(() => [Validation], {
    description: "Validations by third parties, the oldest first, expired ones, too; at most 1,000.",
  })
  validations(@Root() version: ModelVersion, @Ctx() request: Request): Promise<Validation[]> {
    return this.loaders.ofVersion(request, version);
  }
}
