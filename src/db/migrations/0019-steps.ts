import type { MigrationInterface, QueryRunner } from "typeorm";
import { addColumn } from "../table.ts";

/** At which training step runs made their logged models. Of those before this, nobody knows. */
export class Steps19 implements MigrationInterface {
  readonly name = "Steps1796630400019";

  async up(runner: QueryRunner): Promise<void> {
    await addColumn(runner, "logged_model", "step", "bigint?");
  }

  async down(): Promise<void> {
    throw new Error("steps would be forgotten");
  }
}
