import { Field, Int, ObjectType } from "type-graphql";
import { Column, Entity, Index, PrimaryColumn } from "typeorm";
import { Node } from "../kernel/node.ts";
import { DateTime } from "../kernel/scalars.ts";

/** A role of this registry's own: a named set of permissions. The built-in ones are in role.rules.ts. */
@Entity("role")
@Index("role_live_name", ["liveName"], { unique: true })
@Index("role_name", ["name"])
export class RoleRow {
  @PrimaryColumn("int", { unsigned: true, name: "id" })
  nodeId!: number;

  @Column("varchar", { length: 64 })
  name!: string;

  /** The name while it is not deleted. */
  @Column("varchar", { length: 64, nullable: true })
  liveName!: string | null;

  /** JSON list of permissions. */
  @Column("text")
  permissions!: string;

  @Column("int", { unsigned: true })
  revision!: number;

  @Column("bigint")
  createdAt!: number;

  @Column("bigint")
  updatedAt!: number;

  @Column("bigint", { nullable: true })
  deletedAt!: number | null;
}

@ObjectType({ description: "Something that may be allowed.", simpleResolvers: true })
export class RolePermission {
  @Field(() => String, { description: "As verbs ask for it, such as alias:write." })
  name!: string;

  @Field(() => String, { description: "What it lets one do, in words." })
  description!: string;
}

/** A role as callers see it, built in or not. */
@ObjectType("Role", {
  implements: Node,
  description: "A named set of permissions, granted to actors and groups on a scope.",
  simpleResolvers: true,
})
export class Role extends Node {
  override get nodeKind() {
    return "ROLE" as const;
  }

  nodeId!: number;

  @Field(() => String, { description: "Unique among roles that are not deleted." })
  name!: string;

  @Field(() => [RolePermission], { description: "What it allows." })
  permissions!: RolePermission[];

  @Field(() => Boolean, { description: "Whether every registry has it; then it cannot be changed." })
  isBuiltIn!: boolean;

  @Field(() => Int, { description: "Counts its changes, from 1." })
  revision!: number;

  @Field(() => DateTime, {
    nullable: true,
    description: "When it was first defined; null for a built-in one.",
  })
  createdAt!: number | null;

  @Field(() => DateTime, {
    nullable: true,
    description: "When it was last changed; null for a built-in one.",
  })
  updatedAt!: number | null;

  @Field(() => DateTime, { nullable: true, description: "When it was deleted; null where it was not." })
  deletedAt!: number | null;
}
