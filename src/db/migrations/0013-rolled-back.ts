import type { MigrationInterface, QueryRunner } from "typeorm";
import { addColumn } from "../table.ts";

/** Which stays in a stage a rollback ended. Of those before this, nobody knows: the journal tells such a move like any other. */
export class RolledBack13 implements MigrationInterface {
  readonly name = "RolledBack1796112000013";

  async up(runner: QueryRunner): Promise<void> {
    await addColumn(runner, "stage_change", "isRolledBack", "boolean?");
  }

  async down(): Promise<void> {
    throw new Error("what failed is never forgotten");
  }
}
