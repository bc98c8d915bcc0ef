import type { MigrationInterface, QueryRunner } from "typeorm";
import { insertIfMissing, type Row } from "../table.ts";

const stages = [
  // name, position, isLive, isRetired
  ["None", 0, 0, 0],
  ["Staging", 1, 0, 0],
  ["Production", 2, 1, 0],
  ["Archived", 3, 0, 1],
] as const;

/** The rows a registry starts with: journal head, graph lock, administrator, default experiment, default stages. */
export class FirstRows4 implements MigrationInterface {
  readonly name = "FirstRows1795219200004";

  async up(runner: QueryRunner): Promise<void> {
    const now = Date.now();
    const insert = (table: string, key: string, row: Row) => insertIfMissing(runner, table, key, row);
    await insert("journal_head", "id", { id: 1, seq: 0, hash: "0".repeat(64), recordedAt: 0 });
    await insert("graph_lock", "id", { id: 1 });
    await insert("node", "id", { id: 1, kind: "ACTOR", label: "administrator", container: null });
    await insert("actor", "id", {
      id: 1,
      name: "administrator",
      kind: "SERVICE",
      createdAt: now,
      deactivatedAt: null,
    });
    await insert("node", "id", { id: 2, kind: "EXPERIMENT", label: "Default", container: null });
    await insert("experiment", "id", {
      id: 2,
      experimentId: "0",
      name: "Default",
      liveName: "Default",
      scope: "",
      createdAt: now,
      updatedAt: now,
      deletedAt: null,
    });
    const names = stages.map(([name]) => name);
    for (const [name, position, isLive, isRetired] of stages) {
      const allowedMoves = JSON.stringify(names.filter((other) => other !== name));
      await insert("stage", "name", { name, position, isLive, isRetired, synonyms: "[]", allowedMoves });
    }
  }

  async down(): Promise<void> {
    throw new Error("the first rows are never dropped");
  }
}
