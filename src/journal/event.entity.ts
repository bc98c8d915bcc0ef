import { Field, Int, ObjectType } from "type-graphql";
import { Column, Entity, Index, PrimaryColumn } from "typeorm";
import { connectionType, type Page } from "../kernel/connection.ts";
import { BigInt64, DateTime } from "../kernel/scalars.ts";

/** One entry of the journal: audit record, outbox and live feed in one. Rows are only ever inserted. */
@ObjectType({
  description:
    "One recorded change of one subject, told to those who may read the subject. What of it is told to whom: see `payload` and `body`.",
  simpleResolvers: true,
})
@Entity("event")
@Index("event_subject", ["subjectId", "seq"])
@Index("event_container", ["containerId", "seq"])
@Index("event_type", ["type", "seq"])
@Index("event_recorded", ["recordedAt", "seq"])
export class RegistryEvent {
  @Field(() => BigInt64, { description: "Place in the journal: dense, from 1, in commit order." })
  @PrimaryColumn("bigint")
  seq!: number;

  @Field(() => BigInt64, { description: "The seq of the first event of the same transaction." })
  @Column("bigint")
  groupSeq!: number;

  @Field(() => String, { description: "What happened, such as stage.changed." })
  @Column("varchar", { length: 64 })
  type!: string;

  @Field(() => Int, { description: "Version of the payload's shape for this type." })
  @Column("int", { unsigned: true })
  schemaVersion!: number;

  @Field(() => DateTime, { description: "When the registry learned it; never runs back." })
  @Column("bigint")
  recordedAt!: number;

  @Field(() => DateTime, {
    description: "When it happened; differs from recordedAt for imported history only.",
  })
  @Column("bigint")
  occurredAt!: number;

  @Column("int", { unsigned: true })
  actorId!: number;

  /** Salted SHA-256 of the claimed author; the name itself is in event_text, where it can be erased. */
  @Column("varchar", { length: 64, nullable: true })
  attributedToHash!: string | null;

  @Column("int", { unsigned: true })
  subjectId!: number;

  /** The subject's container (a version's model), for histories. Derived, so not part of the hash. */
  @Column("int", { unsigned: true, nullable: true })
  containerId!: number | null;

  @Column("text")
  body!: string;

  @Column("varchar", { length: 64 })
  prevHash!: string;

  @Column("varchar", { length: 64 })
  hash!: string;

  @Field(() => Boolean, { description: "True for history taken over from elsewhere." })
  @Column("boolean")
  isImported!: boolean;
}

export const RegistryEventConnection = connectionType("RegistryEvent", () => RegistryEvent);
export type RegistryEventConnection = Page<RegistryEvent>;

/** Free text of an event, apart from the hashed body so that it can be erased without breaking the chain. */
@Entity("event_text")
export class EventText {
  @PrimaryColumn("bigint")
  seq!: number;

  /** Key in the body, or `attributedTo`. */
  @PrimaryColumn("varchar", { length: 64 })
  field!: string;

  @Column("varchar", { length: 32 })
  salt!: string;

  @Column("text")
  text!: string;
}

/** The one row that numbers the journal; locked last in every transaction. */
@Entity("journal_head")
export class JournalHead {
  @PrimaryColumn("int", { unsigned: true })
  id!: number;

  @Column("bigint")
  seq!: number;

  @Column("varchar", { length: 64 })
  hash!: string;

  @Column("bigint")
  recordedAt!: number;
}
