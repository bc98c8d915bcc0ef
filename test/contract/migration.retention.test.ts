import { expect, it } from "vitest";
import { Artifacts14 } from "../../src/db/migrations/0014-artifacts.ts";
import { Retention15 } from "../../src/db/migrations/0015-retention.ts";
import { migratedWriter } from "../support/engines.ts";
import { fingerprintOf } from "../support/fingerprint.ts";

const columns =
  "id, versionId, modelId, path, isEvidence, role, isRoleGuessed, sizeBytes, sha256, contentType, blobId, uri, createdAt, createdById";

it("keeps the files that were recorded before, and lets none be neither stored, elsewhere nor purged", async () => {
  const writer = await migratedWriter();
  const known = await fingerprintOf(writer);
  const runner = writer.createQueryRunner();
  await runner.query("DROP TABLE artifact");
  await new Artifacts14().up(runner);
  const add = (id: number, blobId: string, uri: string) =>
    runner.query(
      `INSERT INTO artifact (${columns}) VALUES (${id}, 1, 1, 'p${id}', 0, 'OTHER', 0, 5, 'x', 'y', ${blobId}, ${uri}, 7, 1)`,
    );
  await add(1, "3", "NULL");
  await add(2, "NULL", "'s3://bucket/key'");
  const rows = () => runner.query(`SELECT ${columns} FROM artifact ORDER BY id`);
  const before = await rows();
  await new Retention15().up(runner);
  expect(await rows()).toEqual(before);
  expect(await fingerprintOf(writer)).toBe(known);
  await expect(add(3, "NULL", "NULL")).rejects.toThrow(/artifact_place/);
  await expect(runner.query("UPDATE artifact SET purgedAt = 9 WHERE id = 1")).rejects.toThrow(
    /artifact_place/,
  );
  await runner.query("UPDATE artifact SET purgedAt = 9, blobId = NULL WHERE id = 1");
});
