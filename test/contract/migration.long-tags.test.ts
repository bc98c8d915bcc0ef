import { expect, it, onTestFinished } from "vitest";
import { Database } from "../../src/db/database.ts";
import { LongTags21 } from "../../src/db/migrations/0021-long-tags.ts";
import { openSources } from "../../src/db/sources.ts";
import { emptyDatabase, engine } from "../support/engines.ts";
import { fingerprintOf } from "../support/fingerprint.ts";

it("keeps the tags there were, and makes room for longer ones", async () => {
  const settings = await emptyDatabase();
  await (await Database.open(settings, [])).close();
  const { writer, reader, snapshots } = await openSources(settings, [], 30);
  onTestFinished(async () => {
    for (const source of new Set([writer, reader, snapshots])) await source.destroy();
  });
  const known = await fingerprintOf(writer);
  const runner = writer.createQueryRunner();
  if (engine() === "mysql") await runner.query("ALTER TABLE tag MODIFY value text NOT NULL");
  const add = (node: number, value: string) =>
    runner.query("INSERT INTO tag (nodeId, name, value) VALUES (?, ?, ?)", [node, "k", value]);
  const rows = () => runner.query("SELECT nodeId, name, value FROM tag ORDER BY nodeId");
  await add(1, "🦊");
  await add(2, "");
  const before = await rows();
  for (let time = 0; time < 2; time++) await new LongTags21().up(runner);
  expect(await rows()).toEqual(before);
  expect(await fingerprintOf(writer)).toBe(known);
  await add(3, "あ".repeat(100_000));
  expect((await rows())[2].value).toHaveLength(100_000);
});
