import { Field, ObjectType } from "type-graphql";
import { Column, Entity, Index, PrimaryColumn } from "typeorm";
import { connectionType, type Page } from "../kernel/connection.ts";
import { Node } from "../kernel/node.ts";
import { DateTime } from "../kernel/scalars.ts";

@ObjectType({
  implements: Node,
  description:
    "A state of source code; known by repository and sha. What is not told at first may be told later.",
  simpleResolvers: true,
})
@Entity("git_commit")
@Index("git_commit_sha", ["sha", "repository"], { unique: true })
@Index("git_commit_repository", ["repository", "committedAt", "nodeId"])
export class Commit extends Node {
  override get nodeKind() {
    return "COMMIT" as const;
  }

  @PrimaryColumn("int", { unsigned: true, name: "id" })
  nodeId!: number;

  @Field(() => String, { description: "URL or other name of the repository; empty where unknown." })
  @Column("varchar", { length: 255 })
  repository!: string;

  @Field(() => String, { description: "As recorded, in lower-case hex; 40 or 64 digits where it is whole." })
  @Column("varchar", { length: 64 })
  sha!: string;

  @Field(() => String, { nullable: true, description: "A branch it was on." })
  @Column("varchar", { length: 255, nullable: true })
  branch!: string | null;

  @Field(() => String, { nullable: true, description: "The commit message." })
  @Column("text", { nullable: true })
  message!: string | null;

  @Field(() => DateTime, { nullable: true, description: "When it was committed." })
  @Column("bigint", { nullable: true })
  committedAt!: number | null;

  @Field(() => String, { nullable: true, description: "Its author, as claimed." })
  @Column("varchar", { length: 255, nullable: true })
  attributedTo!: string | null;

  @Field(() => DateTime, { description: "When it was made known to the registry." })
  @Column("bigint")
  createdAt!: number;
}

export const CommitConnection = connectionType("Commit", () => Commit);
export type CommitConnection = Page<Commit>;
