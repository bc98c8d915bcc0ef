import { Field, InputType, ObjectType } from "type-graphql";
import { MutationInput, Payload } from "../kernel/payload.ts";
import { DateTime, VersionRef } from "../kernel/scalars.ts";
import { Validation } from "./validation.entity.ts";

@InputType({
  description:
    "A validation to record, with a report: its address, its digest, or both. Not by whoever registered the version or owns the model.",
})
export class RecordValidationInput extends MutationInput {
  @Field(() => VersionRef, { description: "The version that was validated; not latest." })
  version!: string;

  @Field(() => String, { description: "Who validated it; 1–255 characters." })
  validator!: string;

  @Field(() => String, { description: "For whom the validator did so; 1–255 characters." })
  organisation!: string;

  @Field(() => String, { nullable: true, description: "What was validated; at most 1,000 characters." })
  scope?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Where the report is: an address with https, s3, gs, az, azure, abfs, abfss, wasb, wasbs or file, without a password; at most 2,000 characters.",
  })
  reportUri?: string | null;

  @Field(() => String, { nullable: true, description: "sha256: and 64 hex digits, in small letters." })
  reportDigest?: string | null;

  @Field(() => DateTime, { nullable: true, description: "Until when it is good; for ever where not given." })
  expiresAt?: number | null;
}

@ObjectType({ description: "What became of a validation to record." })
export class RecordValidationPayload extends Payload {
  @Field(() => Validation, { nullable: true, description: "The validation.", simple: true })
  validation!: Validation | null;
}
