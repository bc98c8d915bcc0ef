import { Field, Int, ObjectType } from "type-graphql";
import { BigInt64, DateTime } from "../kernel/scalars.ts";

@ObjectType({ description: "Stored bytes that are alike to a collection.", simpleResolvers: true })
export class CollectedBytes {
  @Field(() => Int, { description: "How many stored objects." })
  count!: number;

  @Field(() => BigInt64, { description: "How many bytes they have together." })
  sizeBytes!: number;
}

@ObjectType({
  description:
    "What a collection would do to stored bytes that nothing refers to. Objects that no record names, such as what an interrupted upload left, are swept beside it and not counted here.",
  simpleResolvers: true,
})
export class BlobCollection {
  @Field(() => DateTime, { description: "As of when." })
  at!: number;

  @Field(() => Int, { description: "How long bytes are kept after the last reference to them is gone." })
  graceSeconds!: number;

  @Field(() => CollectedBytes, {
    description: "Nothing refers to them: they would be condemned, to wait for the grace.",
  })
  unreferenced!: CollectedBytes;

  @Field(() => CollectedBytes, { description: "Condemned, and waiting: who refers to them saves them." })
  condemned!: CollectedBytes;

  @Field(() => CollectedBytes, {
    description: "They would be deleted: the grace is over, or their deletion was interrupted.",
  })
  due!: CollectedBytes;
}
