import { Field, Int, ObjectType } from "type-graphql";
import { Json } from "../kernel/scalars.ts";

/**
 * Node numbers of what a gate's finding was taken from, other than the version itself and its siblings: of what it found,
 * and of what it asked for. Whoever may not read all of them is not told. Null: it is only for who reads everything.
 */
export interface RestsOn {
  actual: readonly number[] | null;
  expected: readonly number[] | null;
}

@ObjectType({ description: "One condition of a transition, as judged.", simpleResolvers: true })
export class Check {
  @Field(() => String, { description: "Which condition." })
  name!: string;

  @Field(() => Boolean, { description: "Whether it holds." })
  passed!: boolean;

  @Field(() => String, { description: "The finding, for people." })
  says!: string;

  @Field(() => Json, {
    nullable: true,
    description: "What was asked for; null where the caller may not read it.",
  })
  expected!: unknown;

  @Field(() => Json, {
    nullable: true,
    description: "What was found; null where the caller may not read it.",
  })
  actual!: unknown;

  /** Kept with a gate's check in the journal, never shown. Verdicts judged before it was kept have none. */
  restsOn?: RestsOn;
}

@ObjectType({ description: "Whether a transition is allowed, why, and what it does.", simpleResolvers: true })
export class Verdict {
  @Field(() => Boolean, { description: "True where every check passed." })
  allowed!: boolean;

  @Field(() => [Check], { description: "Every condition that was judged." })
  checks!: Check[];

  @Field(() => [String], {
    description: "Each move it makes, or would make; beyond 20 archived versions, their number.",
  })
  effects!: string[];

  @Field(() => Int, {
    nullable: true,
    description:
      "Revision of the policy it was judged by, 0 where none is set; null for a move to where it stands.",
  })
  policyRevision!: number | null;
}
