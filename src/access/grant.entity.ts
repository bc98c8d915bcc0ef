import { Field, ObjectType } from "type-graphql";
import { Column, Entity, Index, PrimaryColumn } from "typeorm";
import { connectionType, type Page } from "../kernel/connection.ts";
import { Node } from "../kernel/node.ts";
import { DateTime } from "../kernel/scalars.ts";

/** A role held on a scope. Never changed, only revoked: who might do what at any time is on record. */
@ObjectType("Grant", {
  implements: Node,
  description: "A role that an actor or a group holds on a scope.",
  simpleResolvers: true,
})
@Entity("role_grant")
@Index("grant_live", ["liveKey"], { unique: true })
@Index("grant_actor", ["actorId", "nodeId"])
@Index("grant_group", ["groupName", "nodeId"])
export class Grant extends Node {
  override get nodeKind() {
    return "GRANT" as const;
  }

  @PrimaryColumn("int", { unsigned: true, name: "id" })
  nodeId!: number;

  /** Null where a group holds it. */
  @Column("int", { unsigned: true, nullable: true })
  actorId!: number | null;

  /** Empty where an actor holds it. */
  @Column("varchar", { length: 255 })
  groupName!: string;

  @Field(() => String, {
    nullable: true,
    description: "The group that holds it, as the identity provider names it; null where an actor does.",
  })
  get group(): string | null {
    return this.groupName === "" ? null : this.groupName;
  }

  @Field(() => String, { description: "A built-in role or one of `roles`." })
  @Column("varchar", { length: 64 })
  role!: string;

  @Field(() => String, {
    description: "Where: `*`, a dotted prefix such as `risk.*`, or one scope such as `risk.fraud-detector`.",
  })
  @Column("varchar", { length: 255 })
  scope!: string;

  /** While it is not revoked: a digest of holder, role and scope, so that none is granted twice. */
  @Column("varchar", { length: 64, nullable: true })
  liveKey!: string | null;

  @Field(() => DateTime, { description: "Since when." })
  @Column("bigint")
  createdAt!: number;

  @Column("int", { unsigned: true })
  createdById!: number;

  @Field(() => DateTime, { nullable: true, description: "Until when; null where it holds still." })
  @Column("bigint", { nullable: true })
  revokedAt!: number | null;
}

export const GrantConnection = connectionType("Grant", () => Grant);
export type GrantConnection = Page<Grant>;
