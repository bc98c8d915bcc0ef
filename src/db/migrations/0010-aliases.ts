import type { MigrationInterface, QueryRunner } from "typeorm";
import { addColumn, createTable } from "../table.ts";

/** What the stages are called besides, as long as nobody has defined them anew. */
const synonyms: Record<string, readonly string[]> = {
  None: ["Candidate", "Development"],
  Archived: ["Archive"],
};

/** Stages that can be defined; aliases that are protected, and that share what is asked for. */
export class Aliases10 implements MigrationInterface {
  readonly name = "Aliases1795939200010";

  async up(runner: QueryRunner): Promise<void> {
    await addColumn(runner, "stage", "removedAt", "bigint?");
    await addColumn(runner, "alias", "weight", "int unsigned?");
    await createTable(runner, "stage_name", {
      columns: { nameKey: "varchar(255)", stage: "varchar(64)" },
      primaryKey: ["nameKey"],
    });
    await createTable(runner, "stage_set", {
      columns: { id: "int unsigned", revision: "int unsigned", updatedAt: "bigint" },
      primaryKey: ["id"],
    });
    await createTable(runner, "alias_protection", {
      columns: {
        id: "int unsigned",
        pattern: "varchar(255)",
        alias: "varchar(255)",
        liveKey: "varchar(64)?",
        stagesText: "text",
        revision: "int unsigned",
        createdAt: "bigint",
        updatedAt: "bigint",
        deletedAt: "bigint?",
      },
      primaryKey: ["id"],
      uniques: { alias_protection_live: ["liveKey"] },
      indexes: { alias_protection_alias: ["alias", "id"] },
      checks: { alias_protection_tombstone: "(deletedAt IS NULL) = (liveKey IS NOT NULL)" },
    });
    await this.fill(runner);
  }

  async down(): Promise<void> {
    throw new Error("what was protected stays so");
  }

  /** The row of the set comes last: where it is there, so is everything else. */
  private async fill(runner: QueryRunner): Promise<void> {
    const [filled] = await runner.query("SELECT id FROM stage_set");
    if (filled) return;
    const stages: { name: string }[] = await runner.query("SELECT name FROM stage");
    await runner.query("DELETE FROM stage_name");
    for (const { name } of stages) {
      const others = synonyms[name] ?? [];
      await runner.query("UPDATE stage SET synonyms = ? WHERE name = ?", [JSON.stringify(others), name]);
      for (const word of [name, ...others]) {
        await runner.query("INSERT INTO stage_name (nameKey, stage) VALUES (?, ?)", [
          word.toLowerCase(),
          name,
        ]);
      }
    }
    const node = async (): Promise<{ id: number } | undefined> =>
      (await runner.query("SELECT id FROM node WHERE kind = 'STAGE_SET'"))[0];
    if (!(await node())) {
      await runner.query("INSERT INTO node (kind, label) VALUES ('STAGE_SET', 'stages')");
    }
    const set = { ...(await node())!, revision: 1, updatedAt: Date.now() };
    await runner.query("INSERT INTO stage_set (id, revision, updatedAt) VALUES (?, ?, ?)", [
      set.id,
      set.revision,
      set.updatedAt,
    ]);
  }
}
