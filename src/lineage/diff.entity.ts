import { Field, ID, ObjectType } from "type-graphql";
import { PartialReason } from "../graph/traversal.ts";
import { EventCursor } from "../kernel/scalars.ts";
import { LineageNode } from "./lineage.entity.ts";

@ObjectType({
  description:
    "Two members of one container, the one upstream of the left version only, the other of the right.",
  simpleResolvers: true,
})
export class LineageChange {
  @Field(() => ID, { description: "The container: the dataset of two dataset versions, say." })
  container!: string;

  @Field(() => String, { description: "Its name." })
  containerLabel!: string;

  @Field(() => LineageNode, { description: "Its member upstream of the left version." })
  left!: LineageNode;

  @Field(() => LineageNode, { description: "Its member upstream of the right version." })
  right!: LineageNode;
}

@ObjectType({ description: "How what two versions came from differs.", simpleResolvers: true })
export class LineageDiff {
  @Field(() => [LineageNode], {
    description:
      "Upstream of the right version only, nearest first; at most 10,000. Without those in `changed`.",
  })
  added!: LineageNode[];

  @Field(() => [LineageNode], {
    description:
      "Upstream of the left version only, nearest first; at most 10,000. Without those in `changed`.",
  })
  removed!: LineageNode[];

  @Field(() => [LineageChange], {
    description: "Members of one container that took each other's place, paired nearest with nearest.",
  })
  changed!: LineageChange[];

  @Field(() => Boolean, { description: "Whether one of the two has more upstream than was compared." })
  isPartial!: boolean;

  @Field(() => PartialReason, { nullable: true, description: "Why, where it is partial." })
  partialReason!: PartialReason | null;

  @Field(() => EventCursor, { description: "The place in the journal that both were looked at." })
  snapshot!: string;
}
