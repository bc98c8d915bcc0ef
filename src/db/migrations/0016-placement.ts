import type { MigrationInterface, QueryRunner } from "typeorm";
import { addColumn, addIndex } from "../table.ts";

/** What the store does with bytes besides keeping them: the class they are in, and whether a lock of its own holds them. */
export class Placement16 implements MigrationInterface {
  readonly name = "Placement1796371200016";

  async up(runner: QueryRunner): Promise<void> {
    await addColumn(runner, "stored_blob", "storageClass", "varchar(8)?");
    await addColumn(runner, "stored_blob", "storeLock", "varchar(8)?");
    await addColumn(runner, "stored_blob", "placingUntil", "bigint?");
    await addIndex(runner, "stored_blob", "blob_class", ["storageClass"]);
    await addIndex(runner, "stored_blob", "blob_lock", ["storeLock"]);
  }

  async down(): Promise<void> {
    throw new Error("nobody would know any more which bytes the store holds");
  }
}
