import { Field, ObjectType, registerEnumType } from "type-graphql";
import { connectionType, type Page } from "../kernel/connection.ts";
import { DateTime } from "../kernel/scalars.ts";

export enum RetentionAction {
  KEEP = "KEEP",
  COLD = "COLD",
  PURGE = "PURGE",
}

registerEnumType(RetentionAction, {
  name: "RetentionAction",
  description: "What becomes of a version's files.",
  valuesConfig: {
    KEEP: { description: "They stay as they are." },
    COLD: {
      description:
        "They belong into a colder storage class. It is said and not done: nothing moves them yet.",
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
}

export const RetentionStepConnection = connectionType("RetentionStep", () => RetentionStep);
export type RetentionStepConnection = Page<RetentionStep>;
