import { Arg, Ctx, Int, Query, Resolver } from "type-graphql";
import type { Request } from "../kernel/request.ts";
import { VersionRef } from "../kernel/scalars.ts";
import { LineageDiff } from "./diff.entity.ts";
import type { DiffQuery } from "./diff.query.ts";

@Resolver()
export class DiffResolver {
  constructor(private readonly differences: DiffQuery) {}

  @Query(() => LineageDiff, { description: "How what two versions came from differs." })
  lineageDiff(
    @Ctx() request: Request,
    @Arg("left", () => VersionRef, { description: "The version to compare with." }) left: string,
    @Arg("right", () => VersionRef, { description: "The version to compare." }) right: string,
    @Arg("depth", () => Int, {
      nullable: true,
      description: "How many edges upstream to look; all where not given.",
    })
    depth?: number | null,
  ): Promise<LineageDiff> {
    return this.differences.ask(request, left, right, depth ?? null);
  }
}
