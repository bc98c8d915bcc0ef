import type { MigrationInterface, QueryRunner } from "typeorm";
import { createTable, insertIfMissing } from "../table.ts";

/** What moves on with every change of a container's scope. */
export class ScopeRevision6 implements MigrationInterface {
  readonly name = "ScopeRevision1795854000006";

  async up(runner: QueryRunner): Promise<void> {
    await createTable(runner, "scope_revision", {
      columns: { id: "int unsigned", revision: "bigint" },
      primaryKey: ["id"],
    });
    await insertIfMissing(runner, "scope_revision", "id", { id: 1, revision: 0 });
  }

  async down(): Promise<void> {
    throw new Error("scopes that were remembered may have changed");
  }
}
