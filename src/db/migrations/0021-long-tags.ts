import type { MigrationInterface, QueryRunner } from "typeorm";
import { widenText } from "../table.ts";

/** Values of tags of 100,000 characters, as long as MLflow's are. */
export class LongTags21 implements MigrationInterface {
  readonly name = "LongTags1796803200021";

  async up(runner: QueryRunner): Promise<void> {
    await widenText(runner, "tag", "value");
  }

  async down(): Promise<void> {
    throw new Error("long values would be cut");
  }
}
