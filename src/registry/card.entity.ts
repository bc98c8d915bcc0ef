import { Field, Int, ObjectType, registerEnumType } from "type-graphql";
import { Column, Entity, Index, PrimaryColumn } from "typeorm";
import { connectionType, type Page } from "../kernel/connection.ts";
import { Node } from "../kernel/node.ts";
import { DateTime } from "../kernel/scalars.ts";
import type { CardContent } from "./card-content.entity.ts";

export enum CardStatus {
  DRAFT = "DRAFT",
  IN_REVIEW = "IN_REVIEW",
  APPROVED = "APPROVED",
}

registerEnumType(CardStatus, {
  name: "CardStatus",
  description: "How far a model card has come; it has nothing to do with the version's stage.",
  valuesConfig: {
    DRAFT: { description: "Being written; what every change of an approved card makes of it." },
    IN_REVIEW: { description: "Ready to be read by somebody else." },
    APPROVED: { description: "Read and found good by somebody who holds transition:review." },
  },
});

export enum CardFormat {
  MARKDOWN = "MARKDOWN",
  YAML = "YAML",
  SECTIONS = "SECTIONS",
}

registerEnumType(CardFormat, {
  name: "CardFormat",
  description: "What a card was given as. In that form it goes out exactly as it came in.",
  valuesConfig: {
    MARKDOWN: { description: "Markdown, with or without front matter." },
    YAML: { description: "A model_card.yaml, flat or in sections." },
    SECTIONS: { description: "Typed sections." },
  },
});

/** What a revision holds in its one JSON column: the text as it came, null for typed sections, and what it says. */
export interface StoredCard {
  source: string | null;
  content: CardContent;
}

@ObjectType({
  implements: Node,
  description:
    "The documentation of one model version (Mitchell et al., 2019), with revisions of its own. Its texts are data by whoever wrote them and are never rendered here: sanitise before rendering.",
  simpleResolvers: true,
})
@Entity("card")
@Index("card_version", ["versionId"], { unique: true })
@Index("card_model", ["modelId", "number"])
export class ModelCard extends Node {
  override get nodeKind() {
    return "CARD" as const;
  }

  @PrimaryColumn("int", { unsigned: true, name: "id" })
  nodeId!: number;

  @Column("int", { unsigned: true })
  versionId!: number;

  @Column("int", { unsigned: true })
  modelId!: number;

  /** The version's, so that a model's latest card is found without reading its versions. */
  @Column("int", { unsigned: true })
  number!: number;

  @Field(() => Int, { description: "Counts its changes, from 1; for expectedRevision." })
  @Column("int", { unsigned: true })
  revision!: number;

  /** The revision that holds what it says: a change of status copies no text. */
  @Column("int", { unsigned: true })
  contentRevision!: number;

  @Field(() => CardStatus, { description: "How far it has come." })
  @Column("varchar", { length: 16 })
  status!: CardStatus;

  @Field(() => CardFormat, { description: "What it was given as." })
  @Column("varchar", { length: 16 })
  format!: CardFormat;

  @Field(() => String, {
    description: "SHA-256, in hex, of what it says: the card's part of the version's evidenceDigest.",
  })
  @Column("varchar", { length: 64 })
  digest!: string;

  /** Node number of the version whose card it began as. */
  @Column("int", { unsigned: true, nullable: true })
  inheritedFrom!: number | null;

  @Field(() => DateTime, { description: "When it was begun." })
  @Column("bigint")
  createdAt!: number;

  @Field(() => DateTime, { description: "When it last changed." })
  @Column("bigint")
  updatedAt!: number;

  @Column("int", { unsigned: true, name: "updatedBy" })
  updatedById!: number;

  /** Node number of the person who set it last; services confirm nothing. */
  @Column("int", { unsigned: true, nullable: true, name: "confirmedBy" })
  confirmedById!: number | null;

  @Field(() => DateTime, { nullable: true, description: "When a person last set it; null where none has." })
  @Column("bigint", { nullable: true })
  confirmedAt!: number | null;

  /** What it said then. */
  @Column("varchar", { length: 64, nullable: true })
  confirmedDigest!: string | null;

  /** The journal entry that tells of it. */
  @Column("bigint", { nullable: true })
  confirmedSeq!: number | null;
}

@ObjectType({ description: "A model card as it was at one of its revisions.", simpleResolvers: true })
@Entity("card_revision")
export class CardRevision {
  @PrimaryColumn("int", { unsigned: true })
  cardId!: number;

  @Field(() => Int, { description: "1, 2, 3… within its card." })
  @PrimaryColumn("int", { unsigned: true })
  revision!: number;

  @Column("int", { unsigned: true })
  contentRevision!: number;

  @Field(() => CardStatus, { description: "How far the card had come." })
  @Column("varchar", { length: 16 })
  status!: CardStatus;

  @Field(() => CardFormat, { description: "What it was given as." })
  @Column("varchar", { length: 16 })
  format!: CardFormat;

  @Field(() => String, { description: "SHA-256, in hex, of what it said." })
  @Column("varchar", { length: 64 })
  digest!: string;

  /** A StoredCard; null where an earlier revision holds it. */
  @Column("json", { nullable: true })
  stored!: unknown;

  @Field(() => Boolean, { description: "Whether a person made it: that confirms what it says." })
  @Column("boolean")
  isConfirmation!: boolean;

  @Field(() => DateTime, { description: "When it was made." })
  @Column("bigint")
  createdAt!: number;

  @Column("int", { unsigned: true, name: "createdBy" })
  createdById!: number;
}

export const CardRevisionConnection = connectionType("CardRevision", () => CardRevision);
export type CardRevisionConnection = Page<CardRevision>;
