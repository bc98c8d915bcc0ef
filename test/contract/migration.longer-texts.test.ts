import type { QueryRunner } from "typeorm";
import { expect, it } from "vitest";
import { LongerTexts21 } from "../../src/db/migrations/0021-longer-texts.ts";
import { engine, migratedWriter } from "../support/engines.ts";
import { fingerprintOf } from "../support/fingerprint.ts";

it("keeps the tags and experiments there were, and makes room for longer ones", async () => {
  const writer = await migratedWriter();
  const known = await fingerprintOf(writer);
  const runner = writer.createQueryRunner();
  await asBefore(runner);
  const add = (node: number, value: string) =>
    runner.query("INSERT INTO tag (nodeId, name, value) VALUES (?, ?, ?)", [node, "k", value]);
  const experiment = (id: number, name: string, deletedAt: number) =>
    runner.query("INSERT INTO experiment VALUES (?, ?, ?, ?, '', 1, 2, ?)", [
      ...[id, String(id), name],
      ...(deletedAt > 0 ? [null, deletedAt] : [name, null]),
    ]);
  const rows = async () => ({
    tags: await runner.query("SELECT nodeId, name, value FROM tag ORDER BY nodeId"),
    experiments: await runner.query("SELECT * FROM experiment ORDER BY id"),
  });
  await add(1, "🦊");
  await add(2, "");
  await experiment(12, "lives", 0);
  await experiment(13, "lives", 5);
  const before = await rows();
  expect(before.experiments).toHaveLength(3);
  for (let time = 0; time < 2; time++) await new LongerTexts21().up(runner);
  expect(await rows()).toEqual(before);
  expect(await fingerprintOf(writer)).toBe(known);
  await add(3, "あ".repeat(100_000));
  await experiment(14, "あ".repeat(500), 0);
  const { tags, experiments } = await rows();
  expect([tags[2].value.length, experiments[3].name.length]).toEqual([100_000, 500]);
  await expect(experiment(15, "lives", 0)).rejects.toThrow();
});

/** The two tables as they were. */
async function asBefore(runner: QueryRunner): Promise<void> {
  if (engine() === "mysql") {
    await runner.query("ALTER TABLE tag MODIFY value text NOT NULL");
    await runner.query(
      "ALTER TABLE experiment MODIFY name varchar(255) NOT NULL, MODIFY liveName varchar(255)",
    );
    return;
  }
  const [{ sql }] = await runner.query("SELECT sql FROM sqlite_master WHERE name = 'experiment'");
  await runner.query("ALTER TABLE experiment RENAME TO later");
  await runner.query(sql.replaceAll("500", "255"));
  await runner.query("INSERT INTO experiment SELECT * FROM later");
  await runner.query("DROP TABLE later");
}
