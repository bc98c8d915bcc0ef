import type { MigrationInterface, QueryRunner } from "typeorm";
import { createTable } from "../table.ts";

/** Models, versions, aliases, stages and the stays of versions in stages. */
export class Registry3 implements MigrationInterface {
  readonly name = "Registry1795219200003";

  async up(runner: QueryRunner): Promise<void> {
    await createTable(runner, "model", {
      columns: {
        id: "int unsigned",
        name: "varchar(255)",
        liveName: "varchar(255)?",
        description: "text?",
        owner: "varchar(255)?",
        /** The highest number ever given; the next version gets one more. */
        lastNumber: "int unsigned",
        createdAt: "bigint",
        updatedAt: "bigint",
        deletedAt: "bigint?",
        revision: "int unsigned",
      },
      primaryKey: ["id"],
      uniques: { model_live_name: ["liveName"] },
      indexes: { model_updated: ["updatedAt", "id"] },
      checks: { model_tombstone: "(deletedAt IS NULL) = (liveName IS NOT NULL)" },
    });
    await createTable(runner, "model_version", {
      columns: {
        id: "int unsigned",
        modelId: "int unsigned",
        number: "int unsigned",
        semanticVersion: "varchar(255)?",
        semanticOrder: "varchar(512)?",
        stage: "varchar(64)",
        status: "varchar(8)",
        statusMessage: "text?",
        description: "text?",
        framework: "varchar(255)?",
        format: "varchar(255)?",
        imageUri: "text?",
        imageDigest: "varchar(255)?",
        source: "text?",
        externalId: "varchar(255)?",
        signature: "json?",
        runId: "int unsigned?",
        loggedModelId: "int unsigned?",
        commitId: "int unsigned?",
        createdBy: "int unsigned",
        attributedTo: "varchar(255)?",
        createdAt: "bigint",
        updatedAt: "bigint",
        deletedAt: "bigint?",
        revision: "int unsigned",
      },
      primaryKey: ["id"],
      uniques: {
        model_version_number: ["modelId", "number"],
        model_version_semantic: ["modelId", "semanticVersion"],
        model_version_external: ["modelId", "externalId"],
      },
      indexes: {
        model_version_stage: ["modelId", "stage", "number"],
        model_version_in_stage: ["stage", "id"],
        model_version_run: ["runId", "id"],
        model_version_logged_model: ["loggedModelId", "id"],
        model_version_updated: ["updatedAt", "id"],
        model_version_created: ["createdAt", "id"],
      },
    });
    await createTable(runner, "alias", {
      columns: {
        modelId: "int unsigned",
        name: "varchar(255)",
        versionId: "int unsigned",
        updatedAt: "bigint",
      },
      primaryKey: ["modelId", "name"],
      indexes: { alias_version: ["versionId"] },
    });
    await createTable(runner, "stage", {
      columns: {
        name: "varchar(64)",
        position: "int unsigned",
        isLive: "boolean",
        isRetired: "boolean",
        synonyms: "json",
        allowedMoves: "json",
      },
      primaryKey: ["name"],
    });
    await createTable(runner, "stage_change", {
      columns: {
        versionId: "int unsigned",
        fromSeq: "bigint",
        toSeq: "bigint?",
        modelId: "int unsigned",
        stage: "varchar(64)",
        fromAt: "bigint",
        toAt: "bigint?",
      },
      primaryKey: ["versionId", "fromSeq"],
      indexes: { stage_change_model: ["modelId", "stage", "fromSeq"] },
    });
  }

  async down(): Promise<void> {
    throw new Error("the registry is never dropped");
  }
}
