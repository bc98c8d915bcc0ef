import type { MigrationInterface, QueryRunner } from "typeorm";
import { createTable } from "../table.ts";

/** Actors, journal, graph: what every noun stands on. */
export class Foundation1 implements MigrationInterface {
  readonly name = "Foundation1795219200001";

  async up(runner: QueryRunner): Promise<void> {
    await createTable(runner, "node", {
      columns: {
        id: "generated key",
        kind: "varchar(20)",
        label: "varchar(255)",
        container: "int unsigned?",
      },
      indexes: { node_container: ["container", "id"] },
    });
    await createTable(runner, "edge", {
      columns: {
        src: "int unsigned",
        dst: "int unsigned",
        type: "varchar(16)",
        role: "varchar(64)",
        seq: "bigint",
        retractedSeq: "bigint?",
        isInferred: "boolean",
      },
      primaryKey: ["src", "dst", "type", "role", "seq"],
      indexes: { edge_reverse: ["dst", "src", "type", "role", "seq", "retractedSeq"] },
    });
    await createTable(runner, "graph_lock", { columns: { id: "int unsigned" }, primaryKey: ["id"] });
    await createTable(runner, "journal_head", {
      columns: { id: "int unsigned", seq: "bigint", hash: "varchar(64)", recordedAt: "bigint" },
      primaryKey: ["id"],
    });
    await createTable(runner, "event", {
      columns: {
        seq: "bigint",
        groupSeq: "bigint",
        type: "varchar(64)",
        schemaVersion: "int unsigned",
        recordedAt: "bigint",
        occurredAt: "bigint",
        actorId: "int unsigned",
        attributedToHash: "varchar(64)?",
        subjectId: "int unsigned",
        containerId: "int unsigned?",
        body: "text",
        prevHash: "varchar(64)",
        hash: "varchar(64)",
        isImported: "boolean",
      },
      primaryKey: ["seq"],
      indexes: {
        event_subject: ["subjectId", "seq"],
        event_container: ["containerId", "seq"],
        event_type: ["type", "seq"],
        event_recorded: ["recordedAt", "seq"],
      },
    });
    await createTable(runner, "event_text", {
      columns: { seq: "bigint", field: "varchar(64)", salt: "varchar(32)", text: "text" },
      primaryKey: ["seq", "field"],
    });
    await createTable(runner, "idempotency", {
      columns: {
        actorId: "int unsigned",
        idempotencyKey: "varchar(255)",
        requestHash: "varchar(64)",
        outcome: "text",
        createdAt: "bigint",
      },
      primaryKey: ["actorId", "idempotencyKey"],
      indexes: { idempotency_created: ["createdAt"] },
    });
    await createTable(runner, "actor", {
      columns: {
        id: "int unsigned",
        name: "varchar(255)",
        kind: "varchar(8)",
        createdAt: "bigint",
        deactivatedAt: "bigint?",
      },
      primaryKey: ["id"],
      uniques: { actor_name: ["name"] },
    });
  }

  async down(): Promise<void> {
    throw new Error("the journal is never dropped");
  }
}
