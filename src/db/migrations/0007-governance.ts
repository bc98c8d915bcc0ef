import type { MigrationInterface, QueryRunner } from "typeorm";
import { createTable } from "../table.ts";

/** What it takes to enter a stage: policies, requests, and what reviewers decided. */
export class Governance7 implements MigrationInterface {
  readonly name = "Governance1795854000007";

  async up(runner: QueryRunner): Promise<void> {
    await createTable(runner, "policy", {
      columns: {
        id: "int unsigned",
        pattern: "varchar(255)",
        stage: "varchar(64)",
        revision: "int unsigned",
        body: "text?",
        updatedAt: "bigint",
      },
      primaryKey: ["id"],
      uniques: { policy_place: ["stage", "pattern"] },
    });
    await createTable(runner, "transition_request", {
      columns: {
        id: "int unsigned",
        modelId: "int unsigned",
        versionId: "int unsigned",
        fromStage: "varchar(64)",
        toStage: "varchar(64)",
        archiveExisting: "boolean",
        isAfterReview: "boolean",
        status: "varchar(9)",
        openKey: "varchar(90)?",
        requestedById: "int unsigned",
        groupsText: "text",
        reason: "text?",
        createdAt: "bigint",
        closedAt: "bigint?",
      },
      primaryKey: ["id"],
      uniques: { transition_request_open: ["openKey"] },
      indexes: {
        transition_request_version: ["versionId", "id"],
        transition_request_model: ["modelId", "id"],
        transition_request_status: ["status", "id"],
      },
      checks: { transition_request_closed: "(openKey IS NULL) = (closedAt IS NOT NULL)" },
    });
    await createTable(runner, "approval", {
      columns: {
        id: "int unsigned",
        requestId: "int unsigned",
        versionId: "int unsigned",
        modelId: "int unsigned",
        reviewerId: "int unsigned",
        groupsText: "text",
        decision: "varchar(7)",
        comment: "text?",
        evidenceDigest: "varchar(64)",
        policyId: "int unsigned",
        policyRevision: "int unsigned",
        createdAt: "bigint",
      },
      primaryKey: ["id"],
      indexes: { approval_request: ["requestId", "id"], approval_version: ["versionId", "id"] },
    });
  }

  async down(): Promise<void> {
    throw new Error("who approved what is never forgotten");
  }
}
