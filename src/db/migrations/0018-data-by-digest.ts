import type { MigrationInterface, QueryRunner } from "typeorm";
import { addIndex } from "../table.ts";

/** Dataset versions by their digest alone, as params and tags of runs name them. */
export class DataByDigest18 implements MigrationInterface {
  readonly name = "DataByDigest1796544000018";

  async up(runner: QueryRunner): Promise<void> {
    await addIndex(runner, "dataset_version", "dataset_version_any", ["digest"]);
  }

  async down(): Promise<void> {
    throw new Error("params and tags would name nothing");
  }
}
