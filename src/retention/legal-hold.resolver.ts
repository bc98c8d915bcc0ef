import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from "type-graphql";
import { ActorRow } from "../access/actor.entity.ts";
import type { ActorLoaders } from "../access/actor.loaders.ts";
import { instanceOf } from "../kernel/node.ts";
import { answer } from "../kernel/payload.ts";
import type { Request } from "../kernel/request.ts";
import { Model } from "../registry/model.entity.ts";
import type { ModelLoaders } from "../registry/model.loaders.ts";
import { ModelVersion } from "../registry/version.entity.ts";
import type { VersionLoaders } from "../registry/version.loaders.ts";
import { LegalHold } from "./legal-hold.entity.ts";
import type { LegalHoldService } from "./legal-hold.service.ts";
import { LegalHoldPayload, SetLegalHoldInput } from "./retention.inputs.ts";
import type { RetentionLoaders } from "./retention.loaders.ts";
import type { Hold } from "./retention.query.ts";

@Resolver(() => LegalHold)
export class LegalHoldResolver {
  constructor(
    private readonly service: LegalHoldService,
    private readonly models: ModelLoaders,
    private readonly versions: VersionLoaders,
    private readonly actors: ActorLoaders,
    private readonly loaders: RetentionLoaders,
  ) {}

  @FieldResolver(() => Boolean, {
    description:
      "Whether the object store, too, locks each stored file under it against removal by anybody (S3 Object Lock). It follows within a minute of the hold, or of a file. False where the store has no locks, or there are no files: the registry itself lets nothing go in any case.",
  })
  isLockedInStore(@Root() { subjectId }: LegalHold, @Ctx() request: Request): Promise<boolean> {
    return this.loaders.areLocked(request, subjectId);
  }

  @FieldResolver(() => ActorRow, { description: "Who set it." })
  setBy(@Root() hold: LegalHold, @Ctx() request: Request): Promise<ActorRow | null> {
    return this.actors.byId(request, hold.setById);
  }

  @Mutation(() => LegalHoldPayload, {
    description:
      "Puts a model with all its versions, or one version, under legal hold, or ends that; deleted ones by their id. Nothing that is held is let go, whatever a retention policy says. It needs retention:hold.",
  })
  setLegalHold(
    @Ctx() request: Request,
    @Arg("input", () => SetLegalHoldInput, { description: "See the input type." }) input: SetLegalHoldInput,
  ): Promise<LegalHoldPayload> {
    return answer<LegalHoldPayload>({ model: null, modelVersion: null }, async () => {
      const { model, version } = await this.service.set(request.actor, input);
      return {
        model: await this.models.byId(request, model),
        modelVersion: version === null ? null : await this.versions.byId(request, version),
      };
    });
  }
}

@Resolver(() => Model)
export class ModelHoldResolver {
  constructor(private readonly loaders: RetentionLoaders) {}

  @FieldResolver(() => LegalHold, {
    nullable: true,
    description: "On the model and all its versions; null where there is none.",
  })
  async legalHold(@Root() { nodeId }: Model, @Ctx() request: Request): Promise<LegalHold | null> {
    return told(await this.loaders.hold(request, nodeId), true);
  }
}

@Resolver(() => ModelVersion)
export class VersionHoldResolver {
  constructor(private readonly loaders: RetentionLoaders) {}

  @FieldResolver(() => LegalHold, {
    nullable: true,
    description: "On the version or, where there is none, on its model; null where it is not held.",
  })
  async legalHold(
    @Root() { nodeId, modelId }: ModelVersion,
    @Ctx() request: Request,
  ): Promise<LegalHold | null> {
    const [own, models] = await Promise.all(
      [nodeId, modelId].map((subject) => this.loaders.hold(request, subject)),
    );
    return told(own ?? null, false) ?? told(models ?? null, true);
  }
}

function told(hold: Hold | null, isOfModel: boolean): LegalHold | null {
  if (!hold) return null;
  return instanceOf(LegalHold, { ...hold, isOfModel });
}
