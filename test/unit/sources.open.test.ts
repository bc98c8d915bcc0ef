import { mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import { describe, expect, it } from "vitest";
import { openSource } from "../../src/cli/sources/open-source.ts";
import { SourceError } from "../../src/cli/sources/source.ts";
import {
  everything,
  experimentMeta,
  fileStore,
  runId,
  runMeta,
  temporaryFolder,
} from "../support/foreign-stores.ts";

const a = runId("a");

async function refusal(path: string): Promise<string> {
  const error = await openSource(path).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(SourceError);
  const { message } = error as SourceError;
  expect(message).not.toContain("\n");
  return message;
}

describe("opening an MLflow store", () => {
  it("refuses what is not there", async () => {
    expect(await refusal("/nowhere/at/all")).toBe("/nowhere/at/all: no such file or folder");
  });

  it("refuses an empty folder, and one that holds something else", async () => {
    const folder = temporaryFolder();
    expect(await refusal(folder)).toContain("holds an experiment or a model");
    mkdirSync(join(folder, "src"));
    writeFileSync(join(folder, "src", "meta.yaml"), "name: something else\n");
    mkdirSync(join(folder, ".git"));
    expect(await refusal(folder)).toContain("stemma import git");
  });

  it("refuses a text file, an empty file and a broken database", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "notes.txt"), "SQLite is nice");
    writeFileSync(join(folder, "empty.db"), "");
    writeFileSync(join(folder, "broken.db"), `SQLite format 3\0${"x".repeat(5000)}`);
    expect(await refusal(join(folder, "notes.txt"))).toContain("expected a folder mlruns or a SQLite file");
    expect(await refusal(join(folder, "empty.db"))).toContain("expected a folder mlruns or a SQLite file");
    expect(await refusal(join(folder, "broken.db"))).toContain("broken.db cannot be opened");
  });

  it("refuses another program's SQLite database", async () => {
    const path = join(temporaryFolder(), "other.db");
    const database = new DatabaseSync(path);
    database.exec("CREATE TABLE runs (id INTEGER)");
    database.close();
    expect(await refusal(path)).toContain("not MLflow's");
  });

  it("reads a database in WAL mode, and leaves no trace of having done so", async () => {
    const path = join(temporaryFolder(), "mlflow.db");
    const database = new DatabaseSync(path);
    database.exec(`PRAGMA journal_mode = WAL;
      CREATE TABLE experiments (experiment_id INTEGER, name TEXT); CREATE TABLE runs (run_uuid TEXT, experiment_id INTEGER);
      CREATE TABLE tags ("key" TEXT, value TEXT, run_uuid TEXT); CREATE TABLE params ("key" TEXT, value TEXT, run_uuid TEXT);
      CREATE TABLE metrics ("key" TEXT, value REAL, timestamp INTEGER, run_uuid TEXT);
      INSERT INTO experiments VALUES (0, 'Default'); INSERT INTO runs VALUES ('${a}', 0);
      INSERT INTO metrics VALUES ('m', 1, 5, '${a}');`);
    const before = statSync(path).mtimeMs;
    const { runs } = await everything(await openSource(path)); // while its writer still has it open
    expect(runs).toMatchObject([{ runId: a, status: "RUNNING", metrics: [{ key: "m", value: 1, step: 0 }] }]);
    expect(statSync(path).mtimeMs).toBe(before);
    database.close();
    expect((await everything(await openSource(`sqlite:///${path}`))).runs).toEqual(runs);
  });

  it("refuses a meta.yaml larger than 1 MiB and names it", async () => {
    const path = fileStore({
      "0/meta.yaml": experimentMeta(),
      [`0/${a}/meta.yaml`]: runMeta(a, `#${"x".repeat(1024 * 1024)}\n`),
    });
    const source = await openSource(path);
    await expect(everything(source)).rejects.toThrow(
      new SourceError(`mlruns/0/${a}/meta.yaml is larger than 1 MiB: it is not read`),
    );
  });

  it("follows no symbolic link out of the store, and says so", async () => {
    const outside = temporaryFolder();
    writeFileSync(join(outside, "secret"), "secret");
    writeFileSync(join(outside, "meta.yaml"), runMeta(runId("b")));
    const path = fileStore({
      "0/meta.yaml": experimentMeta(),
      [`0/${a}/meta.yaml`]: runMeta(a),
      [`0/${a}/tags/kept`]: "yes",
    });
    symlinkSync(join(outside, "secret"), join(path, "0", a, "tags", "leak"));
    symlinkSync(outside, join(path, "0", a, "params"));
    symlinkSync(outside, join(path, "0", runId("b")));
    const source = await openSource(path);
    const whole = await everything(source);
    expect(whole.runs.map((run) => run.runId)).toEqual([a]);
    expect(whole.runs[0]?.tags).toEqual([{ key: "kept", value: "yes" }]);
    expect(JSON.stringify(whole)).not.toContain("secret");
    expect(source.warnings.filter((warning) => warning.includes("symbolic link"))).toHaveLength(3);
  });

  it("leaves out what cannot be read, and says so", async () => {
    const path = fileStore({
      "0/meta.yaml": experimentMeta(),
      [`0/${a}/meta.yaml`]: runMeta(a),
      [`0/${a}/inputs/i/meta.yaml`]: "source_type: DATASET\nsource_id: gone\n",
      [`0/${runId("b")}/meta.yaml`]: "a: [",
      [`0/${runId("c")}/params/x`]: "1",
    });
    const source = await openSource(path);
    expect((await everything(source)).runs.map((run) => run.runId)).toEqual([a]);
    expect(source.warnings).toEqual([
      `mlruns/0/${runId("b")}/meta.yaml cannot be read as YAML`,
      `Folder 0/${runId("b")} holds no readable run: it is left out`,
      `Folder 0/${runId("c")} holds no readable run: it is left out`,
      `Run ${a} used the dataset gone, of which the store holds no record`,
    ]);
  });
});
