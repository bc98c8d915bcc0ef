import type { MigrationInterface, QueryRunner } from "typeorm";
import { addIndex, dropIndex } from "../table.ts";

/** Stays are found by an instant without a look at their rows, in one model and in all of them. */
export class Stays11 implements MigrationInterface {
  readonly name = "Stays1796025600011";

  async up(runner: QueryRunner): Promise<void> {
    const add = (name: string, columns: string) => addIndex(runner, "stage_change", name, columns.split(" "));
    await add("stage_change_in_model", "modelId stage fromSeq toSeq fromAt toAt");
    await add("stage_change_recorded", "fromSeq toSeq stage modelId");
    await add("stage_change_occurred", "fromAt fromSeq toAt toSeq stage modelId");
    await dropIndex(runner, "stage_change", "stage_change_model");
  }

  async down(): Promise<void> {
    throw new Error("what the past is found by stays");
  }
}
