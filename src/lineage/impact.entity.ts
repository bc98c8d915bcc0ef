import { Field, Int, ObjectType } from "type-graphql";
import { PartialReason } from "../graph/traversal.ts";
import { PageInfo } from "../kernel/connection.ts";
import type { KnownWalk } from "./walks.ts";

@ObjectType({ description: "A model version that something reached.", simpleResolvers: true })
export class Impact {
  versionId!: number;
  walk!: KnownWalk;

  @Field(() => Int, { description: "How many edges it is away from the nearest of what was asked for." })
  degree!: number;
}

@ObjectType({ description: "One impact of a list, with its cursor.", simpleResolvers: true })
export class ImpactEdge {
  @Field(() => String, { description: "Place in the list, for after." })
  cursor!: string;

  @Field(() => Impact, { description: "The impact itself." })
  node!: Impact;
}

@ObjectType({
  description: "One page of the model versions that something reached, nearest first, ties by id.",
})
export class ImpactConnection {
  @Field(() => [ImpactEdge], { description: "The page, with a cursor for each entry.", simple: true })
  edges!: ImpactEdge[];

  @Field(() => [Impact], { description: "The page, without cursors.", simple: true })
  nodes!: Impact[];

  @Field(() => PageInfo, { description: "Where this page lies.", simple: true })
  pageInfo!: PageInfo;

  @Field(() => Boolean, {
    description: "Whether more may have been reached than all pages together hold.",
    simple: true,
  })
  isPartial!: boolean;

  @Field(() => PartialReason, { nullable: true, description: "Why, where it is partial.", simple: true })
  partialReason!: PartialReason | null;

  count!: () => Promise<number>;

  @Field(() => Int, { description: "Length of the whole list; counted only when selected." })
  totalCount(): Promise<number> {
    return this.count();
  }
}
