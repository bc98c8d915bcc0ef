import type { MigrationInterface, QueryRunner } from "typeorm";
import { addColumn, addIndex, createTable, isOnSqlite, remakeTable, type Table } from "../table.ts";

/** How long files are kept, and what is kept whatever is set. Files whose bytes were let go: the row says what they were. Neither stored nor elsewhere is only what was purged. */
export class Retention15 implements MigrationInterface {
  readonly name = "Retention1796284800015";

  async up(runner: QueryRunner): Promise<void> {
    if (isOnSqlite(runner)) await rebuildArtifacts(runner);
    else await alterArtifacts(runner);
    await createTable(runner, "retention", {
      columns: {
        id: "int unsigned",
        pattern: "varchar(255)",
        body: "text?",
        revision: "int unsigned",
        updatedAt: "bigint",
      },
      primaryKey: ["id"],
      uniques: { retention_pattern: ["pattern"] },
    });
    await createTable(runner, "legal_hold", {
      columns: {
        subjectId: "int unsigned",
        reason: "text",
        since: "bigint",
        setById: "int unsigned",
        releasedAt: "bigint?",
      },
      primaryKey: ["subjectId"],
    });
    await addIndex(runner, "upload_file", "upload_file_key", ["storageKey"]);
  }

  async down(): Promise<void> {
    throw new Error("what was purged does not come back");
  }
}

const place = "(blobId IS NULL) = (uri IS NOT NULL OR purgedAt IS NOT NULL)";

async function alterArtifacts(runner: QueryRunner): Promise<void> {
  await addColumn(runner, "artifact", "purgedAt", "bigint?");
  const [known] = await runner.query(
    `SELECT 1 AS found FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE()
     AND CONSTRAINT_NAME = 'artifact_place' AND CHECK_CLAUSE LIKE '%purgedAt%'`,
  );
  if (known) return;
  await runner.query(
    `ALTER TABLE artifact DROP CONSTRAINT artifact_place, ADD CONSTRAINT artifact_place CHECK (${place})`,
  );
}

/** No CHECK can be altered there. */
async function rebuildArtifacts(runner: QueryRunner): Promise<void> {
  if (await runner.hasColumn("artifact", "purgedAt")) return;
  const columns: Table["columns"] = {
    id: "int unsigned",
    versionId: "int unsigned",
    modelId: "int unsigned",
    path: "varchar(512)",
    isEvidence: "boolean",
    role: "varchar(17)",
    isRoleGuessed: "boolean",
    sizeBytes: "bigint",
    sha256: "varchar(64)",
    contentType: "varchar(255)",
    blobId: "int unsigned?",
    uri: "text?",
    format: "varchar(64)?",
    scan: "varchar(16)?",
    contents: "json?",
    createdAt: "bigint",
    createdById: "int unsigned",
  };
  const table: Table = {
    columns: { ...columns, purgedAt: "bigint?" },
    primaryKey: ["id"],
    uniques: { artifact_path: ["versionId", "path"] },
    indexes: { artifact_blob: ["blobId"], artifact_sha256: ["sha256"] },
    checks: { artifact_place: place },
  };
  await remakeTable(runner, "artifact", table, Object.keys(columns));
}
