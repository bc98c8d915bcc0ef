import { Arg, Ctx, Query, Resolver } from "type-graphql";
import type { Request } from "../kernel/request.ts";
import { VersionRef } from "../kernel/scalars.ts";
import { Comparison } from "./compare.entity.ts";
import type { CompareQuery } from "./compare.query.ts";
import { Reproduction, type ReproductionQuery } from "./reproduction.query.ts";

/** Questions about versions beside each other and over again. */
@Resolver()
export class CompareResolver {
  constructor(
    private readonly comparisons: CompareQuery,
    private readonly reproductions: ReproductionQuery,
  ) {}

  @Query(() => Comparison, { description: "2–20 versions side by side." })
  compareVersions(
    @Ctx() request: Request,
    @Arg("refs", () => [VersionRef], { description: "The versions, in the order of the cells." })
    refs: string[],
  ): Promise<Comparison> {
    return this.comparisons.compare(request, refs);
  }

  @Query(() => Reproduction, { description: "What it takes to make a version again, and what is missing." })
  reproduction(
    @Ctx() request: Request,
    @Arg("ref", () => VersionRef, { description: "Which version." }) ref: string,
  ): Promise<Reproduction> {
    return this.reproductions.of(request, ref);
  }
}
