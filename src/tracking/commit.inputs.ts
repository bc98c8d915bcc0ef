import { Field, InputType, ObjectType, registerEnumType } from "type-graphql";
import { OrderDirection } from "../kernel/connection.ts";
import { DateTimeFilter, StringFilter } from "../kernel/filter.ts";
import { MutationInput, Payload } from "../kernel/payload.ts";
import { DateTime } from "../kernel/scalars.ts";
import { Commit } from "./commit.entity.ts";

/** What may be told of a commit wherever one is named. */
export interface CommitFacts {
  repository?: string | null;
  sha: string;
  branch?: string | null;
  message?: string | null;
  committedAt?: number | null;
}

@InputType({ description: "A commit; made known if it is not. What was not told before is added." })
export class CommitInput implements CommitFacts {
  @Field(() => String, {
    nullable: true,
    description: "URL or other name of the repository; empty where unknown.",
  })
  repository?: string | null;

  @Field(() => String, {
    description: "7–64 hex digits; fewer than 40 may name a commit that is known by more.",
  })
  sha!: string;

  @Field(() => String, { nullable: true, description: "A branch it was on." })
  branch?: string | null;

  @Field(() => String, { nullable: true, description: "The commit message; at most 16,000 characters." })
  message?: string | null;

  @Field(() => DateTime, { nullable: true, description: "When it was committed." })
  committedAt?: number | null;
}

@InputType({ description: "A commit to make known, or to tell more of." })
export class RecordCommitInput extends MutationInput implements CommitFacts {
  @Field(() => String, {
    nullable: true,
    description: "URL or other name of the repository; empty where unknown.",
  })
  repository?: string | null;

  @Field(() => String, {
    description: "7–64 hex digits; fewer than 40 may name a commit that is known by more.",
  })
  sha!: string;

  @Field(() => String, { nullable: true, description: "A branch it was on." })
  branch?: string | null;

  @Field(() => String, { nullable: true, description: "The commit message; at most 16,000 characters." })
  message?: string | null;

  @Field(() => DateTime, { nullable: true, description: "When it was committed." })
  committedAt?: number | null;

  @Field(() => String, { nullable: true, description: "Its author, as claimed." })
  attributedTo?: string | null;

  @Field(() => [String], {
    nullable: true,
    description: "Shas of its parents in the same repository, at most 100; unknown ones are made known.",
  })
  parents?: string[] | null;
}

@InputType({ description: "A commit of imported history." })
export class ImportedCommitInput implements CommitFacts {
  @Field(() => String, {
    nullable: true,
    description: "URL or other name of the repository; empty where unknown.",
  })
  repository?: string | null;

  @Field(() => String, { description: "7–64 hex digits." })
  sha!: string;

  @Field(() => String, { nullable: true, description: "A branch it was on." })
  branch?: string | null;

  @Field(() => String, { nullable: true, description: "The commit message; at most 16,000 characters." })
  message?: string | null;

  @Field(() => DateTime, { nullable: true, description: "When it was committed." })
  committedAt?: number | null;

  @Field(() => String, { nullable: true, description: "Its author, as claimed." })
  attributedTo?: string | null;

  @Field(() => [String], {
    nullable: true,
    description: "Shas of its parents in the same repository; unknown ones are made known.",
  })
  parents?: string[] | null;
}

@ObjectType({ description: "What became of a mutation of a commit." })
export class CommitPayload extends Payload {
  @Field(() => Commit, { nullable: true, description: "The commit as it is now.", simple: true })
  commit!: Commit | null;
}

@InputType({ description: "Conditions on commits; all given ones must hold." })
export class CommitFilter {
  @Field(() => [CommitFilter], { nullable: true, description: "All of these." })
  and?: CommitFilter[] | null;

  @Field(() => [CommitFilter], { nullable: true, description: "Any of these." })
  or?: CommitFilter[] | null;

  @Field(() => CommitFilter, { nullable: true, description: "Not this." })
  not?: CommitFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "On the sha." })
  sha?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "On the repository." })
  repository?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "On the branch." })
  branch?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "On the message." })
  message?: StringFilter | null;

  @Field(() => StringFilter, { nullable: true, description: "On the claimed author." })
  attributedTo?: StringFilter | null;

  @Field(() => DateTimeFilter, { nullable: true, description: "On the time of the commit." })
  committedAt?: DateTimeFilter | null;
}

export enum CommitOrderField {
  COMMITTED_AT = "COMMITTED_AT",
  CREATED_AT = "CREATED_AT",
  SHA = "SHA",
}

registerEnumType(CommitOrderField, {
  name: "CommitOrderField",
  description: "What commits are sorted by.",
  valuesConfig: {
    COMMITTED_AT: { description: "By the time of the commit; those without one last." },
    CREATED_AT: { description: "By the time they were made known." },
    SHA: { description: "By sha." },
  },
});

@InputType({ description: "How commits are sorted; ties by id." })
export class CommitOrder {
  @Field(() => CommitOrderField, { description: "What by." })
  field!: CommitOrderField;

  @Field(() => OrderDirection, { description: "Which end first.", defaultValue: OrderDirection.ASC })
  direction!: OrderDirection;
}
