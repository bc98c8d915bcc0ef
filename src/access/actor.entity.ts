import { Field, ObjectType, registerEnumType } from "type-graphql";
import { Column, Entity, Index, PrimaryColumn } from "typeorm";
import { ActorKind } from "../kernel/actor.ts";
import { connectionType, type Page } from "../kernel/connection.ts";
import { Node } from "../kernel/node.ts";
import { DateTime } from "../kernel/scalars.ts";

registerEnumType(ActorKind, {
  name: "ActorKind",
  description: "Whether a person or a program acts.",
  valuesConfig: {
    PERSON: { description: "A person." },
    SERVICE: { description: "A program: CI, a training pipeline, the administrator's token." },
  },
});

@ObjectType("Actor", {
  implements: Node,
  description: "Who acts: as authenticated, never as claimed.",
  simpleResolvers: true,
})
@Entity("actor")
@Index("actor_name", ["name"], { unique: true })
export class ActorRow extends Node {
  override get nodeKind() {
    return "ACTOR" as const;
  }

  @PrimaryColumn("int", { unsigned: true, name: "id" })
  nodeId!: number;

  @Field(() => String, { description: "Unique name." })
  @Column("varchar", { length: 255 })
  name!: string;

  @Field(() => ActorKind, { description: "Person or service." })
  @Column("varchar", { length: 8 })
  kind!: ActorKind;

  @Field(() => DateTime, { description: "When it was made known to the registry." })
  @Column("bigint")
  createdAt!: number;

  @Field(() => DateTime, { nullable: true, description: "Since when it may no longer act." })
  @Column("bigint", { nullable: true })
  deactivatedAt!: number | null;
}

export const ActorConnection = connectionType("Actor", () => ActorRow);
export type ActorConnection = Page<ActorRow>;
