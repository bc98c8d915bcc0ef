import { Field, InputType, Int, ObjectType } from "type-graphql";
import { MutationInput, Payload } from "../kernel/payload.ts";
import { LoggedModel } from "./logged-model.entity.ts";
import { Run } from "./run.entity.ts";

@InputType({ description: "Files of a run or of a logged model to delete; name one of the two." })
export class DeleteLoggedFilesInput extends MutationInput {
  @Field(() => String, { nullable: true, description: "The run's id." })
  runId?: string | null;

  @Field(() => String, { nullable: true, description: "The logged model's id." })
  loggedModelId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Of one file, or of a folder, with all that is in it; all of them go where not given.",
  })
  path?: string | null;
}

@ObjectType({ description: "What became of a mutation of files of a run or logged model." })
export class LoggedFilesPayload extends Payload {
  @Field(() => Run, { nullable: true, description: "The run, where they are a run's.", simple: true })
  run!: Run | null;

  @Field(() => LoggedModel, {
    nullable: true,
    description: "The logged model, where they are a logged model's.",
    simple: true,
  })
  loggedModel!: LoggedModel | null;

  @Field(() => Int, { nullable: true, description: "How many were deleted.", simple: true })
  fileCount!: number | null;
}
