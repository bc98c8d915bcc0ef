import type { MigrationInterface, QueryRunner } from "typeorm";
import { createTable } from "../table.ts";

/** By what the registry knows its store of objects again. */
export class StoreMark17 implements MigrationInterface {
  readonly name = "StoreMark1796457600017";

  async up(runner: QueryRunner): Promise<void> {
    await createTable(runner, "store_mark", {
      columns: { id: "int unsigned", mark: "varchar(64)", writtenAt: "bigint?" },
      primaryKey: ["id"],
    });
  }

  async down(): Promise<void> {
    throw new Error("the store would be known by nothing");
  }
}
