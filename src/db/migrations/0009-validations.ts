import type { MigrationInterface, QueryRunner } from "typeorm";
import { createTable } from "../table.ts";

/** Validations of versions by third parties. */
export class Validations9 implements MigrationInterface {
  readonly name = "Validations1795867200009";

  async up(runner: QueryRunner): Promise<void> {
    await createTable(runner, "validation", {
      columns: {
        id: "int unsigned",
        versionId: "int unsigned",
        validator: "varchar(255)",
        organisation: "varchar(255)",
        scope: "text?",
        reportUri: "text?",
        reportDigest: "varchar(71)?",
        expiresAt: "bigint?",
        createdAt: "bigint",
        createdById: "int unsigned",
      },
      primaryKey: ["id"],
      indexes: { validation_version: ["versionId", "id"] },
    });
  }

  async down(): Promise<void> {
    throw new Error("what a decision rested on is never forgotten");
  }
}
