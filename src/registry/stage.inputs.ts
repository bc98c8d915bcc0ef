import { Field, InputType, Int, ObjectType, registerEnumType } from "type-graphql";
import { MutationInput, Payload } from "../kernel/payload.ts";
import { Stage, StageSet } from "./stage.entity.ts";

/** Sets of stages that come with the registry. */
export enum StagePreset {
  NONE_STAGING_PRODUCTION_ARCHIVED = "NONE_STAGING_PRODUCTION_ARCHIVED",
  DEVELOPMENT_STAGING_PRODUCTION_ARCHIVED = "DEVELOPMENT_STAGING_PRODUCTION_ARCHIVED",
}

registerEnumType(StagePreset, {
  name: "StagePreset",
  description: "A set of stages that comes with the registry; every move is allowed.",
  valuesConfig: {
    NONE_STAGING_PRODUCTION_ARCHIVED: {
      description: "None, Staging, Production, Archived: what a registry begins with.",
    },
    DEVELOPMENT_STAGING_PRODUCTION_ARCHIVED: {
      description:
        "Development, Staging, Production, Archived; what stands in None stands in Development then.",
    },
  },
});

@InputType({ description: "A stage to define." })
export class StageInput {
  @Field(() => String, {
    description:
      "1–64 characters without / and @; nothing that a reference reads otherwise, such as 7, v1.0 or latest.",
  })
  name!: string;

  @Field(() => [String], {
    nullable: true,
    description:
      "Other names taken for it on input, in any case; at most 20, none that another stage answers to. With the name of a former stage, this one takes its place: its versions and past stays go by the new name.",
  })
  synonyms?: string[] | null;

  @Field(() => Boolean, { nullable: true, description: "Whether versions in it serve; no where not given." })
  isLive?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether archived versions go there: at most one stage, not a live one; no where not given.",
  })
  isRetired?: boolean | null;

  @Field(() => [String], {
    nullable: true,
    description: "Stages a version may move to from here; every other one where not given.",
  })
  allowedMoves?: string[] | null;
}

@InputType({ description: "All stages, in order; or a set that comes with the registry." })
export class DefineStagesInput extends MutationInput {
  @Field(() => [StageInput], {
    nullable: true,
    description:
      "1–30 stages along the way; the first, neither live nor retired, is where new versions stand.",
  })
  stages?: StageInput[] | null;

  @Field(() => StagePreset, { nullable: true, description: "In place of stages." })
  preset?: StagePreset | null;

  @Field(() => Int, {
    nullable: true,
    description: "Revision the stages must be at; unchecked where not given.",
  })
  expectedRevision?: number | null;
}

@ObjectType({ description: "What became of a definition of the stages." })
export class StagesPayload extends Payload {
  @Field(() => [Stage], { description: "The stages as they are now; empty where refused.", simple: true })
  stages!: Stage[];

  @Field(() => StageSet, { nullable: true, description: "All of them, with their revision.", simple: true })
  stageSet!: StageSet | null;
}
