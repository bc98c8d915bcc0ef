import { Args, Ctx, FieldResolver, Query, Resolver, Root } from "type-graphql";
import type { Request } from "../kernel/request.ts";
import { ModelVersion } from "../registry/version.entity.ts";
import { Lineage, LineagePath } from "./lineage.entity.ts";
import { LineageArgs, PathArgs, WalkArgs } from "./lineage.inputs.ts";
import type { LineageQuery } from "./lineage.query.ts";
import type { PathQuery } from "./path.query.ts";

@Resolver(() => ModelVersion)
export class LineageResolver {
  constructor(
    private readonly lineages: LineageQuery,
    private readonly paths: PathQuery,
  ) {}

  @Query(() => Lineage, { description: "What something came from, or what came of it, page by page." })
  lineage(@Ctx() request: Request, @Args(() => LineageArgs) args: LineageArgs): Promise<Lineage> {
    return this.lineages.ask(request, args);
  }

  @Query(() => LineagePath, {
    nullable: true,
    description:
      "A shortest way between two nodes: along the data flow, or against it where there is none along it; null where there is neither. Always the same one of several.",
  })
  lineagePath(@Ctx() request: Request, @Args(() => PathArgs) args: PathArgs): Promise<LineagePath | null> {
    return this.paths.ask(request, args);
  }

  @FieldResolver(() => Lineage, { name: "lineage", description: "What it came from, or what came of it." })
  ofVersion(
    @Root() version: ModelVersion,
    @Ctx() request: Request,
    @Args(() => WalkArgs) args: WalkArgs,
  ): Promise<Lineage> {
    return this.lineages.from(request, [{ id: version.nodeId, kind: "MODEL_VERSION" }], args);
  }
}
