import type { MigrationInterface, QueryRunner } from "typeorm";
import { addColumn, createTable } from "../table.ts";

/** Bytes: stored blobs, the artifacts of versions that name them, and uploads on their way. */
export class Artifacts14 implements MigrationInterface {
  readonly name = "Artifacts1796198400014";

  async up(runner: QueryRunner): Promise<void> {
    await createTable(runner, "stored_blob", {
      columns: {
        id: "generated key",
        sha256: "varchar(64)",
        liveSha256: "varchar(64)?",
        sizeBytes: "bigint",
        storageKey: "varchar(200)",
        state: "varchar(9)",
        stateAt: "bigint",
        createdAt: "bigint",
        verifiedAt: "bigint",
        lookedAt: "bigint",
        corruptAt: "bigint?",
      },
      uniques: { blob_live: ["liveSha256"], blob_key: ["storageKey"] },
      indexes: { blob_state: ["state", "stateAt"], blob_looked: ["lookedAt"] },
      checks: { blob_liveness: "(liveSha256 IS NULL) = (state = 'DELETING')" },
    });
    await createTable(runner, "artifact", {
      columns: {
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
      },
      primaryKey: ["id"],
      uniques: { artifact_path: ["versionId", "path"] },
      indexes: { artifact_blob: ["blobId"], artifact_sha256: ["sha256"] },
      checks: { artifact_place: "(blobId IS NULL) = (uri IS NOT NULL)" },
    });
    await createTable(runner, "upload", {
      columns: {
        id: "int unsigned",
        versionId: "int unsigned",
        modelId: "int unsigned",
        isEvidence: "boolean",
        state: "varchar(9)",
        openKey: "varchar(32)?",
        filesDigest: "varchar(64)",
        createdAt: "bigint",
        createdById: "int unsigned",
        expiresAt: "bigint",
        completedById: "int unsigned?",
        leasedUntil: "bigint?",
        attempts: "int unsigned",
        takesCard: "boolean",
        message: "text?",
      },
      primaryKey: ["id"],
      uniques: { upload_open: ["openKey"] },
      indexes: { upload_version: ["versionId", "id"], upload_state: ["state", "expiresAt"] },
    });
    await createTable(runner, "upload_file", {
      columns: {
        uploadId: "int unsigned",
        position: "int unsigned",
        path: "varchar(512)",
        role: "varchar(17)",
        isRoleGuessed: "boolean",
        sizeBytes: "bigint",
        sha256: "varchar(64)",
        contentType: "varchar(255)",
        uri: "text?",
        blobId: "int unsigned?",
        storageKey: "varchar(200)?",
        ticket: "text?",
        message: "text?",
        verifiedAt: "bigint?",
      },
      primaryKey: ["uploadId", "position"],
      indexes: { upload_file_blob: ["blobId"] },
    });
    await addColumn(runner, "model_version", "digest", "varchar(64)?");
    await addColumn(runner, "model_version", "sealedAt", "bigint?");
  }

  async down(): Promise<void> {
    throw new Error("what a version was made of is never forgotten");
  }
}
