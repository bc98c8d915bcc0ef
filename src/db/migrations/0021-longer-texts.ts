import type { MigrationInterface, QueryRunner } from "typeorm";
import { isOnSqlite, remakeTable, type Table, widenText } from "../table.ts";

/** Values of tags of 100,000 characters and names of experiments of 500, as long as MLflow's are. */
export class LongerTexts21 implements MigrationInterface {
  readonly name = "LongerTexts1796803200021";

  async up(runner: QueryRunner): Promise<void> {
    await widenText(runner, "tag", "value");
    if (isOnSqlite(runner)) return remakeExperiments(runner);
    await runner.query(
      "ALTER TABLE experiment MODIFY name varchar(500) NOT NULL, MODIFY liveName varchar(500) NULL",
    );
  }

  async down(): Promise<void> {
    throw new Error("long values would be cut");
  }
}

/** Any name fits there as it is; the table is to say the same on both engines. */
async function remakeExperiments(runner: QueryRunner): Promise<void> {
  const columns: Table["columns"] = {
    id: "int unsigned",
    experimentId: "varchar(20)",
    name: "varchar(500)",
    liveName: "varchar(500)?",
    scope: "varchar(255)",
    createdAt: "bigint",
    updatedAt: "bigint",
    deletedAt: "bigint?",
  };
  const table: Table = {
    columns,
    primaryKey: ["id"],
    uniques: { experiment_local_id: ["experimentId"], experiment_live_name: ["liveName"] },
    checks: { experiment_tombstone: "(deletedAt IS NULL) = (liveName IS NOT NULL)" },
  };
  await remakeTable(runner, "experiment", table, Object.keys(columns));
}
