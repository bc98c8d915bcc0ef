import { ArgsType, Field, Int } from "type-graphql";
import { invalid } from "./errors.ts";

const mostAtOnce = 1_000;
const usualPage = 100;

/** Pages of files go by their paths: these are unique, and never change. */
@ArgsType()
export class PathArgs {
  @Field(() => Int, {
    nullable: true,
    defaultValue: usualPage,
    description: "How many, 1–1,000; 100 where not given.",
  })
  first?: number | null;

  @Field(() => String, { nullable: true, description: "Only those after this path." })
  after?: string | null;
}

export interface PathPage {
  first: number;
  after: string | null;
}

/** Throws INVALID that names the argument. */
export function pathPageOf({ first, after }: PathArgs): PathPage {
  const count = first ?? usualPage;
  if (!(count >= 1 && count <= mostAtOnce)) throw invalid("first", `1–${mostAtOnce}`, count);
  return { first: count, after: after ?? null };
}
