import { readFile, writeFile } from "node:fs/promises";
import type { DataSource } from "typeorm";
import { describe, expect, it, onTestFinished } from "vitest";
import type { DatabaseSettings } from "../../src/config.ts";
import { Database } from "../../src/db/database.ts";
import { migrations } from "../../src/db/migrations/migrations.ts";
import { type EntityClass, openSources } from "../../src/db/sources.ts";
import { entities } from "../../src/wiring/entities.ts";
import { emptyDatabase, engine } from "../support/engines.ts";
import { everyEntity } from "../support/entities.ts";
import { fingerprintOf } from "../support/fingerprint.ts";
import { otherProcess } from "../support/processes.ts";

const fingerprintFile = new URL(`fingerprint.${engine()}.sql`, import.meta.url);

/** A writing connection past `Database`, closed when the test ends. */
async function sourceOf(settings: DatabaseSettings, known: EntityClass[] = []): Promise<DataSource> {
  const { writer, reader, snapshots } = await openSources(settings, known, 30);
  onTestFinished(async () => {
    for (const source of new Set([writer, reader, snapshots])) await source.destroy();
  });
  return writer;
}

async function migrated(settings: DatabaseSettings): Promise<void> {
  await (await Database.open(settings, [])).close();
}

async function upToDate(): Promise<DataSource> {
  const settings = await emptyDatabase();
  await migrated(settings);
  return sourceOf(settings, await everyEntity());
}

async function differences(source: DataSource): Promise<string[]> {
  const { upQueries } = await source.driver.createSchemaBuilder().log();
  return upQueries.map(({ query }) => query);
}

describe("an up-to-date schema", () => {
  it("leaves nothing to change for any entity", async () => {
    expect(await differences(await upToDate())).toEqual([]);
  });

  it("is the one checked in; UPDATE_FINGERPRINT=1 writes it anew", async () => {
    const fingerprint = await fingerprintOf(await upToDate());
    if (process.env.UPDATE_FINGERPRINT === "1") await writeFile(fingerprintFile, fingerprint);
    expect(fingerprint).toBe(await readFile(fingerprintFile, "utf8"));
  });

  it("has one entity for each table, and the server knows them all", async () => {
    const source = await upToDate();
    const tables = (await fingerprintOf(source)).matchAll(/^CREATE TABLE ["`](\w+)/gm);
    const mapped = source.entityMetadatas.map(({ tableName }) => tableName);
    expect([...mapped, "migration"].sort()).toEqual([...tables].map(([, name]) => name).sort());
    expect(entities.map(({ name }) => name).sort()).toEqual(
      (await everyEntity()).map(({ name }) => name).sort(),
    );
  });

  it.each([
    ["DROP INDEX node_container", " ON node"],
    ["ALTER TABLE actor ADD COLUMN nickname varchar(9)", ""],
  ])("is told from one after %s", async (change, onMysql) => {
    const source = await upToDate();
    const known = await fingerprintOf(source);
    await source.query(engine() === "mysql" ? change + onMysql : change);
    expect(await differences(source)).not.toEqual([]);
    expect(await fingerprintOf(source)).not.toBe(known);
  });

  it("is told by its fingerprint from one that leaves nothing to change", async () => {
    const source = await upToDate();
    const known = await fingerprintOf(source);
    await source.query(
      engine() === "mysql"
        ? "ALTER TABLE actor CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"
        : "CREATE TABLE leftover (id int)",
    );
    expect(await differences(source)).toEqual([]);
    expect(await fingerprintOf(source)).not.toBe(known);
  });
});

const names = migrations.map((Migration) => new Migration().name);

async function recorded(source: DataSource): Promise<string[]> {
  const rows: { name: string }[] = await source.query("SELECT name FROM migration ORDER BY id");
  return rows.map(({ name }) => name);
}

describe("migrations", () => {
  it("run from empty, and again without a change", async () => {
    const settings = await emptyDatabase();
    await migrated(settings);
    const source = await sourceOf(settings);
    const look = async () => ({
      names: await recorded(source),
      schema: await fingerprintOf(source),
      nodes: await source.query("SELECT * FROM node ORDER BY id"),
      stages: await source.query("SELECT * FROM stage ORDER BY position"),
    });
    const first = await look();
    expect(first).toMatchObject({ names, stages: [{ name: "None" }, {}, {}, {}] });
    await migrated(settings);
    expect(await look()).toEqual(first);
  });

  it("begin again where one died before it was noted down", async () => {
    const settings = await emptyDatabase();
    await migrated(settings);
    const source = await sourceOf(settings);
    const schema = await fingerprintOf(source);
    await source.query("DELETE FROM migration");
    await migrated(settings);
    expect(await recorded(source)).toEqual(names);
    expect(await fingerprintOf(source)).toBe(schema);
    expect(await source.query("SELECT COUNT(*) AS count FROM stage")).toEqual([{ count: 4 }]);
  });

  /** Four processes start at one word; answers why some failed, and what the database says afterwards. */
  async function fourAtOnce(open: string): Promise<{ failed: string[]; names: string[] }> {
    const settings = await emptyDatabase();
    const script = `${open}; tell("here"); await toldTo("go"); await run(); tell("done"); process.disconnect();`;
    const four = [1, 2, 3, 4].map(() => otherProcess(script, settings));
    for (const one of four) expect(await one.heard()).toBe("here");
    for (const one of four) one.say("go");
    const ends = await Promise.allSettled(four.map((one) => one.heard()));
    for (const one of four) await one.kill();
    return {
      failed: ends.flatMap((end) => (end.status === "rejected" ? [String(end.reason)] : [])),
      names: await recorded(await sourceOf(settings)),
    };
  }

  it("run once where four processes start at once", async () => {
    const guarded = `
      const { Database } = await built("db/database.js");
      const run = async () => (await Database.open(input, [])).close();
    `;
    for (let round = 1; round <= 2; round++) {
      expect(await fourAtOnce(guarded)).toEqual({ failed: [], names });
    }
  });

  it("would not, were they not guarded", async () => {
    const unguarded = `
      const { openSources } = await built("db/sources.js");
      const { writer } = await openSources(input, [], 30);
      const run = () => writer.runMigrations({ transaction: "none" });
    `;
    expect(await fourAtOnce(unguarded)).not.toEqual({ failed: [], names });
  });
});
