import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from "type-graphql";
import { ForwardArgs } from "../kernel/page.ts";
import type { Request } from "../kernel/request.ts";
import { ModelVersion } from "../registry/version.entity.ts";
import type { VersionLoaders } from "../registry/version.loaders.ts";
import { Impact, ImpactConnection } from "./impact.entity.ts";
import type { ImpactQuery } from "./impact.query.ts";
import { LineagePath } from "./lineage.entity.ts";

@Resolver(() => Impact)
export class ImpactResolver {
  constructor(
    private readonly impacts: ImpactQuery,
    private readonly versions: VersionLoaders,
  ) {}

  @Query(() => ImpactConnection, {
    description: "The model versions downstream of any of these, nearest first; deleted ones are left out.",
  })
  impact(
    @Ctx() request: Request,
    @Arg("of", () => [ID], {
      description:
        "1–100 ids of datasets, dataset versions, commits, runs, versions…; a container stands for its members.",
    })
    of: string[],
    @Args(() => ForwardArgs) page: ForwardArgs,
    @Arg("stages", () => [String], {
      nullable: true,
      description: "Only versions that are in one of these stages now.",
    })
    stages?: string[] | null,
  ): Promise<ImpactConnection> {
    return this.impacts.ask(request, of, stages ?? null, page);
  }

  @FieldResolver(() => ModelVersion, { description: "The version that was reached." })
  modelVersion(@Root() impact: Impact, @Ctx() request: Request): Promise<ModelVersion | null> {
    return this.versions.byId(request, impact.versionId);
  }

  @FieldResolver(() => LineagePath, { description: "One shortest way to it from what was asked for." })
  path(@Root() impact: Impact, @Ctx() request: Request): Promise<LineagePath> {
    return this.impacts.pathTo(request, impact);
  }
}
