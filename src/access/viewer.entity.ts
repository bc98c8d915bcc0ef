import { Field, Int, ObjectType } from "type-graphql";
import { DateTime } from "../kernel/scalars.ts";

@ObjectType({
  description: "What an actor may still spend, in points of cost; it comes back as time goes by.",
  simpleResolvers: true,
})
export class RateLimit {
  @Field(() => Int, { description: "The most it can have saved up." })
  limit!: number;

  @Field(() => Int, { description: "What is left after this request, rounded down." })
  remaining!: number;

  @Field(() => DateTime, { description: "When all of it is there again, if nothing is spent till then." })
  resetAt!: number;
}

@ObjectType({ description: "Who is asking.", simpleResolvers: true })
export class Viewer {
  @Field(() => [String], { description: "The groups it is in, as its identity provider says." })
  groups!: readonly string[];

  @Field(() => RateLimit, {
    nullable: true,
    description: "What it may still spend; null where there is no such limit.",
  })
  rateLimit!: RateLimit | null;
}
