import { ArgsType, Field, ID, InputType, Int } from "type-graphql";
import { EventCursor } from "../kernel/scalars.ts";

@InputType({ description: "Conditions on events; all given ones must hold." })
export class EventFilter {
  @Field(() => [String], {
    nullable: true,
    description: "One of these types, such as stage.changed; 1–50 of them.",
  })
  types?: string[] | null;

  @Field(() => String, {
    nullable: true,
    description: "About this model or one of its versions. A living model's name, or any model's id.",
  })
  model?: string | null;

  @Field(() => ID, { nullable: true, description: "About exactly this: a model, a version, a run, …" })
  subject?: string | null;

  @Field(() => ID, { nullable: true, description: "Done by this actor." })
  actor?: string | null;
}

/** Paging arguments of the journal: its edges' cursors are EventCursors. */
@ArgsType()
export class EventPageArgs {
  @Field(() => EventCursor, {
    nullable: true,
    description: 'Only what came after this; from the beginning where not given, or "start".',
  })
  after?: string | null;

  @Field(() => Int, { nullable: true, description: "How many, 1–100; 20 where not given." })
  first?: number | null;
}
