import { Field, ObjectType } from "type-graphql";
import { Column, Entity, Index, PrimaryColumn } from "typeorm";
import { connectionType, type Page } from "../kernel/connection.ts";
import { Node } from "../kernel/node.ts";
import { DateTime } from "../kernel/scalars.ts";

/** A token as the registry keeps it: never the secret, only its SHA-256. */
@ObjectType("Token", {
  implements: Node,
  description: "A way to act as an actor. Its secret is shown once, when it is made.",
  simpleResolvers: true,
})
@Entity("access_token")
@Index("token_digest", ["digest"], { unique: true })
@Index("token_actor", ["actorId", "nodeId"])
export class Token extends Node {
  override get nodeKind() {
    return "TOKEN" as const;
  }

  @PrimaryColumn("int", { unsigned: true, name: "id" })
  nodeId!: number;

  @Column("int", { unsigned: true })
  actorId!: number;

  @Field(() => String, { description: "What it is for, in its maker's words." })
  @Column("varchar", { length: 255 })
  name!: string;

  /** SHA-256 of the secret, in hex. */
  @Column("varchar", { length: 64 })
  digest!: string;

  /** JSON list of what it is narrowed to, in the settled form of token-scope.rules.ts. */
  @Column("text")
  scopesText!: string;

  @Field(() => [String], {
    description:
      "What it is narrowed to: permissions and built-in roles, perhaps each on a scope; `*` for all that its actor may do.",
  })
  get scopes(): string[] {
    return JSON.parse(this.scopesText);
  }

  @Field(() => DateTime, { description: "When it was made." })
  @Column("bigint")
  createdAt!: number;

  @Column("int", { unsigned: true })
  createdById!: number;

  @Field(() => DateTime, { description: "When it ends by itself." })
  @Column("bigint")
  expiresAt!: number;

  @Field(() => DateTime, {
    nullable: true,
    description: "When it was last used, to within a minute; null where never.",
  })
  @Column("bigint", { nullable: true })
  lastUsedAt!: number | null;

  @Field(() => DateTime, { nullable: true, description: "When it was revoked; null where it was not." })
  @Column("bigint", { nullable: true })
  revokedAt!: number | null;
}

export const TokenConnection = connectionType("Token", () => Token);
export type TokenConnection = Page<Token>;
