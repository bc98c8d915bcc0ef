import type { MigrationInterface, QueryRunner } from "typeorm";
import { createTable } from "../table.ts";

/** Cards of model versions, and all their revisions. */
export class Cards8 implements MigrationInterface {
  readonly name = "Cards1795860600008";

  async up(runner: QueryRunner): Promise<void> {
    await createTable(runner, "card", {
      columns: {
        id: "int unsigned",
        versionId: "int unsigned",
        modelId: "int unsigned",
        number: "int unsigned",
        revision: "int unsigned",
        contentRevision: "int unsigned",
        status: "varchar(16)",
        format: "varchar(16)",
        digest: "varchar(64)",
        inheritedFrom: "int unsigned?",
        createdAt: "bigint",
        updatedAt: "bigint",
        updatedBy: "int unsigned",
        confirmedBy: "int unsigned?",
        confirmedAt: "bigint?",
        confirmedDigest: "varchar(64)?",
        confirmedSeq: "bigint?",
      },
      primaryKey: ["id"],
      uniques: { card_version: ["versionId"] },
      indexes: { card_model: ["modelId", "number"] },
    });
    await createTable(runner, "card_revision", {
      columns: {
        cardId: "int unsigned",
        revision: "int unsigned",
        contentRevision: "int unsigned",
        status: "varchar(16)",
        format: "varchar(16)",
        digest: "varchar(64)",
        stored: "json?",
        isConfirmation: "boolean",
        createdAt: "bigint",
        createdBy: "int unsigned",
      },
      primaryKey: ["cardId", "revision"],
    });
  }

  async down(): Promise<void> {
    throw new Error("cards are never dropped");
  }
}
