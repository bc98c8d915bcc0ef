import { Field, ObjectType, registerEnumType } from "type-graphql";
import { connectionType, type Page } from "../kernel/connection.ts";
import { BigInt64, DateTime } from "../kernel/scalars.ts";

export enum RetentionAction {
  KEEP = "KEEP",
  COLD = "COLD",
  PURGE = "PURGE",
}

registerEnumType(RetentionAction, {
  name: "RetentionAction",
  description: "What becomes of a version's files.",
  valuesConfig: {
    KEEP: {
      description:
        "They stay; those in a colder storage class come back, unless a legal hold is on them, which leaves them where they are.",
    },
    COLD: {
      description:
        "They belong into a colder storage class. The registry moves them there where its settings name one, but for those that another version shares which does not let them go; they are downloaded as before.",
    },
    PURGE: { description: "They are let go: what they were stays on record, the bytes do not." },
  },
});

@ObjectType({
  description: "What is due about the files of one version at an instant, and why.",
  simpleResolvers: true,
})
export class RetentionStep {
  /** Node number. */
  versionId!: number;

  @Field(() => RetentionAction, { description: "What is due by then." })
  action!: RetentionAction;

  @Field(() => DateTime, {
    nullable: true,
    description: "Since when it is due; for KEEP, when something else will be, null where never.",
  })
  at!: number | null;

  @Field(() => String, { description: "Why, for people." })
  reason!: string;

  @Field(() => Boolean, { description: "Whether it is under legal hold, itself or with its model." })
  isHeld!: boolean;

  @Field(() => BigInt64, { description: "How many bytes of them are in the colder storage class now." })
  coldBytes!: number;
}

export const RetentionStepConnection = connectionType("RetentionStep", () => RetentionStep);
export type RetentionStepConnection = Page<RetentionStep>;
