import type { MigrationInterface, QueryRunner } from "typeorm";
import { createTable } from "../table.ts";

/** Files of runs and logged models, and uploads of them in parts. */
export class LoggedFiles20 implements MigrationInterface {
  readonly name = "LoggedFiles1796716800020";

  async up(runner: QueryRunner): Promise<void> {
    await createTable(runner, "logged_file", {
      columns: {
        ownerId: "int unsigned",
        path: "varchar(512)",
        folder: "varchar(512)",
        sizeBytes: "bigint",
        sha256: "varchar(64)",
        contentType: "varchar(255)",
        blobId: "int unsigned?",
        loggedAt: "bigint",
        loggedById: "int unsigned",
        purgedAt: "bigint?",
      },
      primaryKey: ["ownerId", "path"],
      indexes: {
        logged_file_folder: ["ownerId", "folder"],
        logged_file_blob: ["blobId"],
        logged_file_held: ["ownerId", "blobId", "loggedAt"],
      },
    });
    await createTable(runner, "logged_file_upload", {
      columns: {
        id: "varchar(32)",
        ownerId: "int unsigned",
        path: "varchar(512)",
        contentType: "varchar(255)",
        storageKey: "varchar(200)",
        ticket: "text",
        expiresAt: "bigint",
        createdById: "int unsigned",
        completedAt: "bigint?",
      },
      primaryKey: ["id"],
      uniques: { logged_file_upload_key: ["storageKey"] },
      indexes: { logged_file_upload_expiry: ["expiresAt"] },
    });
  }

  async down(): Promise<void> {
    throw new Error("the files of runs would be lost");
  }
}
