import { registerEnumType } from "type-graphql";
import { Column, Entity, Index, PrimaryColumn, PrimaryGeneratedColumn } from "typeorm";
import type { Kind } from "../kernel/ids.ts";

/** One noun as the graph sees it: kind, label and container are enough to draw it. */
@Entity("node")
@Index("node_container", ["container", "id"])
export class NodeRow {
  @PrimaryGeneratedColumn({ type: "int", unsigned: true })
  id!: number;

  @Column("varchar", { length: 20 })
  kind!: Kind;

  /** What a person would call it within its container: a name, a number, a short sha. */
  @Column("varchar", { length: 255 })
  label!: string;

  /** The model of a version, the dataset of a dataset version, the experiment of a run. */
  @Column("int", { unsigned: true, nullable: true })
  container!: number | null;

  /** Of a container: what rights to read it and its members are held on. Null for members and for what has none. */
  @Column("varchar", { length: 255, nullable: true })
  scope!: string | null;
}

/** One lineage edge in data-flow direction. Only `retractedSeq` is ever updated, once. */
@Entity("edge")
@Index("edge_reverse", ["dst", "src", "type", "role", "seq", "retractedSeq"])
export class EdgeRow {
  @PrimaryColumn("int", { unsigned: true })
  src!: number;

  @PrimaryColumn("int", { unsigned: true })
  dst!: number;

  @PrimaryColumn("varchar", { length: 16 })
  type!: EdgeType;

  @PrimaryColumn("varchar", { length: 64 })
  role!: string;

  /** The journal entry that made it. */
  @PrimaryColumn("bigint")
  seq!: number;

  /** The journal entry that took it back. */
  @Column("bigint", { nullable: true })
  retractedSeq!: number | null;

  /** True where it was read out of params or tags instead of being declared. */
  @Column("boolean")
  isInferred!: boolean;
}

/** The one row that edges into existing nodes lock, so that two transactions cannot close a ring together. */
@Entity("graph_lock")
export class GraphLock {
  @PrimaryColumn("int", { unsigned: true })
  id!: number;
}

/** One row that moves on whenever a container comes to stand under another scope: scopes are remembered between. */
@Entity("scope_revision")
export class ScopeRevision {
  @PrimaryColumn("int", { unsigned: true })
  id!: number;

  @Column("bigint")
  revision!: number;
}

export enum EdgeType {
  CONSUMED = "CONSUMED",
  CODE_OF = "CODE_OF",
  PRODUCED = "PRODUCED",
  REGISTERED_AS = "REGISTERED_AS",
  DERIVED = "DERIVED",
  DATA_DERIVED = "DATA_DERIVED",
  SPAWNED = "SPAWNED",
  EVALUATED = "EVALUATED",
  EVIDENCE = "EVIDENCE",
  PARENT_COMMIT = "PARENT_COMMIT",
}

registerEnumType(EdgeType, {
  name: "EdgeType",
  description: "How one node went into another, in data-flow direction; after each, its W3C PROV relation.",
  valuesConfig: {
    CONSUMED: { description: "Dataset version → run, or version registered with it (used)." },
    CODE_OF: { description: "Commit → run, or version registered with it (used)." },
    PRODUCED: { description: "Run → logged model, model version or dataset version (wasGeneratedBy)." },
    REGISTERED_AS: { description: "Logged model → model version (wasDerivedFrom)." },
    DERIVED: { description: "Model version → model version: finetune, adapter, … (wasDerivedFrom)." },
    DATA_DERIVED: { description: "Dataset version → dataset version (wasDerivedFrom)." },
    SPAWNED: { description: "Run → run nested in it (wasInformedBy)." },
    EVALUATED: { description: "Model version or dataset version → run that evaluated it (used)." },
    EVIDENCE: {
      description: "Model version → its card; walked only when asked for (wasInfluencedBy).",
    },
    PARENT_COMMIT: { description: "Commit → commit; walked only when asked for (wasRevisionOf)." },
  },
});
