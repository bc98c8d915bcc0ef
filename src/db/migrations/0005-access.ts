import type { MigrationInterface, QueryRunner } from "typeorm";
import { addColumn, createTable } from "../table.ts";

/** Scopes of nodes; tokens, roles, grants and identities: who may do what, and where. */
export class Access5 implements MigrationInterface {
  readonly name = "Access1795219200005";

  async up(runner: QueryRunner): Promise<void> {
    await addColumn(runner, "node", "scope", "varchar(255)?");
    // A model's scope is its name, which is its label.
    await runner.query("UPDATE node SET scope = label WHERE kind = 'MODEL' AND scope IS NULL");
    for (const [kind, table] of [
      ["EXPERIMENT", "experiment"],
      ["DATASET", "dataset"],
    ] as const) {
      await runner.query(
        `UPDATE node SET scope = (SELECT noun.scope FROM ${table} noun WHERE noun.id = node.id) WHERE kind = ? AND scope IS NULL`,
        [kind],
      );
    }
    await createTable(runner, "actor_identity", {
      columns: {
        issuer: "varchar(255)",
        subject: "varchar(255)",
        actorId: "int unsigned",
        createdAt: "bigint",
      },
      primaryKey: ["issuer", "subject"],
      indexes: { identity_actor: ["actorId"] },
    });
    await createTable(runner, "access_token", {
      columns: {
        id: "int unsigned",
        actorId: "int unsigned",
        name: "varchar(255)",
        digest: "varchar(64)",
        scopesText: "text",
        createdAt: "bigint",
        createdById: "int unsigned",
        expiresAt: "bigint",
        lastUsedAt: "bigint?",
        revokedAt: "bigint?",
      },
      primaryKey: ["id"],
      uniques: { token_digest: ["digest"] },
      indexes: { token_actor: ["actorId", "id"] },
    });
    await createTable(runner, "role", {
      columns: {
        id: "int unsigned",
        name: "varchar(64)",
        liveName: "varchar(64)?",
        permissions: "text",
        revision: "int unsigned",
        createdAt: "bigint",
        updatedAt: "bigint",
        deletedAt: "bigint?",
      },
      primaryKey: ["id"],
      uniques: { role_live_name: ["liveName"] },
      indexes: { role_name: ["name"] },
      checks: { role_tombstone: "(deletedAt IS NULL) = (liveName IS NOT NULL)" },
    });
    await createTable(runner, "role_grant", {
      columns: {
        id: "int unsigned",
        actorId: "int unsigned?",
        groupName: "varchar(255)",
        role: "varchar(64)",
        scope: "varchar(255)",
        liveKey: "varchar(64)?",
        createdAt: "bigint",
        createdById: "int unsigned",
        revokedAt: "bigint?",
      },
      primaryKey: ["id"],
      uniques: { grant_live: ["liveKey"] },
      indexes: { grant_actor: ["actorId", "id"], grant_group: ["groupName", "id"] },
      checks: { grant_tombstone: "(revokedAt IS NULL) = (liveKey IS NOT NULL)" },
    });
  }

  async down(): Promise<void> {
    throw new Error("who was let in is never forgotten");
  }
}
