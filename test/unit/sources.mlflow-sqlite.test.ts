import { join } from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import { describe, expect, it } from "vitest";
import { openSource } from "../../src/cli/sources/open-source.ts";
import { everything, listOf, runId, temporaryFolder } from "../support/foreign-stores.ts";
import { sharedData } from "../support/shared-data.ts";

const folder = join(sharedData, "mlflow3-sqlite-forecast");
const [a, b] = [runId("a"), runId("b")];

/** Asks a database itself, without the reader. */
function ask(file: string, sql: string): number {
  const database = new DatabaseSync(join(folder, file), { readOnly: true });
  try {
    return Number((database.prepare(sql).get() as { n: number }).n);
  } finally {
    database.close();
  }
}

/** A database as MLflow 1.x left it: no aliases, datasets, inputs or logged models, no deleted_time. */
function oldDatabase(rows: string): string {
  const path = join(temporaryFolder(), "mlflow.db");
  const database = new DatabaseSync(path);
  database.exec(`
    CREATE TABLE experiments (experiment_id INTEGER PRIMARY KEY, name VARCHAR(256), artifact_location VARCHAR(256), lifecycle_stage VARCHAR(32));
    CREATE TABLE runs (run_uuid VARCHAR(32) PRIMARY KEY, name VARCHAR(250), source_type VARCHAR(20), source_name VARCHAR(500),
      entry_point_name VARCHAR(50), user_id VARCHAR(256), status VARCHAR(20), start_time BIGINT, end_time BIGINT,
      source_version VARCHAR(50), lifecycle_stage VARCHAR(20), artifact_uri VARCHAR(200), experiment_id INTEGER);
    CREATE TABLE tags ("key" VARCHAR(250), value VARCHAR(5000), run_uuid VARCHAR(32));
    CREATE TABLE params ("key" VARCHAR(250), value VARCHAR(250), run_uuid VARCHAR(32));
    CREATE TABLE metrics ("key" VARCHAR(250), value FLOAT, timestamp BIGINT, run_uuid VARCHAR(32), step BIGINT DEFAULT 0, is_nan BOOLEAN DEFAULT 0);
    CREATE TABLE registered_models (name VARCHAR(256) PRIMARY KEY, creation_time BIGINT, last_updated_time BIGINT, description VARCHAR(5000));
    CREATE TABLE model_versions (name VARCHAR(256), version INTEGER, creation_time BIGINT, last_updated_time BIGINT, description VARCHAR(5000),
      user_id VARCHAR(256), current_stage VARCHAR(20), source VARCHAR(500), run_id VARCHAR(32), status VARCHAR(20), status_message VARCHAR(500));
    INSERT INTO experiments VALUES (0, 'Default', './mlruns/0', 'active');
    ${rows}`);
  database.close();
  return path;
}

describe("SQLite stores of MLflow 3", () => {
  it("gives the numbers of mlruns.db", async () => {
    const source = await openSource(join(folder, "mlruns.db"));
    const counts = await source.counts();
    expect(counts).toMatchObject({
      runs: 39,
      deletedRuns: 25,
      params: 672,
      metrics: 3079,
      loggedModels: 20,
      commits: 3,
      inputs: 0,
      models: 0,
    });
    expect(counts).toMatchObject({
      runs: ask("mlruns.db", "SELECT count(*) n FROM runs"),
      deletedRuns: ask("mlruns.db", "SELECT count(*) n FROM runs WHERE lifecycle_stage = 'deleted'"),
      params: ask("mlruns.db", "SELECT count(*) n FROM params"),
      metrics: ask("mlruns.db", "SELECT count(*) n FROM metrics"),
      loggedModels: ask("mlruns.db", "SELECT count(*) n FROM logged_models"),
      commits: ask(
        "mlruns.db",
        "SELECT count(DISTINCT value) n FROM tags WHERE key = 'mlflow.source.git.commit'",
      ),
      experiments: ask("mlruns.db", "SELECT count(*) n FROM experiments"),
    });
    expect(source.name).toBe("mlflow:mlruns.db");
    expect(source.warnings).toEqual([]);
  });

  it("gives the numbers of mlflow.db, whose Default is deleted there and stays here", async () => {
    const source = await openSource(join(folder, "mlflow.db"));
    expect(await source.counts()).toMatchObject({
      runs: 17,
      deletedRuns: 17,
      commits: 4,
      params: 100,
      metrics: 256,
    });
    const { experiments } = await everything(source);
    expect(experiments.map((experiment) => experiment.deletedAt)).toEqual([undefined, undefined]);
    expect(source.warnings).toEqual([expect.stringContaining("Default is deleted in the store")]);
  });

  it("gives each logged model as the output of its run", async () => {
    const { loggedModels, runs } = await everything(await openSource(join(folder, "mlruns.db")));
    const known = new Set(runs.map((run) => run.runId));
    expect(loggedModels.filter((one) => known.has(one.runId!) && one.status === "READY")).toHaveLength(20);
    expect(loggedModels.flatMap((one) => one.params ?? [])).toHaveLength(
      ask("mlruns.db", "SELECT count(*) n FROM logged_model_params"),
    );
    expect(loggedModels.flatMap((one) => one.metrics ?? [])).toHaveLength(
      ask("mlruns.db", "SELECT count(*) n FROM logged_model_metrics"),
    );
  });

  it("holds no metric point twice, and no two at one step of a key", async () => {
    const { runs } = await everything(await openSource(join(folder, "mlruns.db")));
    const points = runs.flatMap((run) =>
      (run.metrics ?? []).map((point) => `${run.runId} ${point.key} ${point.step}`),
    );
    expect(new Set(points).size).toBe(3079);
  });

  it("leaves the run that never ended RUNNING", async () => {
    const { runs } = await everything(await openSource(join(folder, "mlruns.db")));
    const running = runs.filter((run) => run.status === "RUNNING");
    expect(running).toHaveLength(1);
    expect(running[0]?.endedAt).toBeUndefined();
  });

  it("gives the same batches each time", async () => {
    const source = await openSource(join(folder, "mlruns.db"));
    expect(await listOf(source.batches())).toEqual(await listOf(source.batches()));
  });
});

describe("a SQLite store of an older MLflow", () => {
  it("is read without the tables and columns it does not have", async () => {
    const path = oldDatabase(`
      INSERT INTO runs VALUES ('${a}', '', 'LOCAL', 'train.py', 'main', 'someone', 'RUNNING', 1700000001000, NULL, '${"c".repeat(40)}', 'active', './x', 0);
      INSERT INTO runs VALUES ('${b}', 'b', 'LOCAL', 'train.py', '', 'someone', 'KILLED', 1700000002000, 1700000003000, '', 'deleted', './x', 0);
      INSERT INTO tags VALUES ('mlflow.runName', 'named by tag', '${a}'), ('mlflow.parentRunId', '${a}', '${b}');
      INSERT INTO registered_models VALUES ('churn', 1700000000000, 1700000000000, NULL);
      INSERT INTO model_versions VALUES ('churn', 3, 1700000000000, 1700000000000, 'good', 'someone', 'Staging', 'runs:/${a}/model', '${a}', 'READY', NULL);`);
    const { runs, commits, versions, aliases } = await everything(await openSource(path));
    expect(runs[0]).toMatchObject({
      runId: a,
      name: "named by tag",
      status: "RUNNING",
      entryPoint: "main",
      attributedTo: "someone",
    });
    expect(runs[1]).toMatchObject({
      runId: b,
      status: "KILLED",
      parentRunId: a,
      deletedAt: "2023-11-14T22:13:23.000Z",
    });
    expect(commits).toEqual([{ repository: "", sha: "c".repeat(40) }]);
    expect(versions[0]).toMatchObject({
      externalId: "mlflow:churn/3",
      number: 3,
      stage: "Staging",
      runId: a,
      attributedTo: "someone",
    });
    expect(aliases).toEqual([]);
  });

  it("reads a deleted version, of which MLflow redacts run and source", async () => {
    const path = oldDatabase(`
      INSERT INTO registered_models VALUES ('churn', 1, 2, NULL);
      INSERT INTO model_versions VALUES ('churn', 1, 1700000000000, 1700000001000, NULL, NULL, 'Deleted_Internal', 'REDACTED-SOURCE-PATH', 'REDACTED-RUN-ID', 'READY', NULL);`);
    const source = await openSource(path);
    const { versions } = await everything(source);
    expect(versions).toEqual([
      {
        model: "churn",
        number: 1,
        externalId: "mlflow:churn/1",
        status: "READY",
        createdAt: "2023-11-14T22:13:20.000Z",
        updatedAt: "2023-11-14T22:13:21.000Z",
        deletedAt: "2023-11-14T22:13:21.000Z",
      },
    ]);
    expect(source.warnings).toEqual([]);
  });

  it("reads NaN and the infinities that SQL numbers do not know", async () => {
    const path = oldDatabase(`
      INSERT INTO runs (run_uuid, status, lifecycle_stage, experiment_id) VALUES ('${a}', 'FINISHED', 'active', 0);
      INSERT INTO metrics VALUES ('m', 0, 1700000001000, '${a}', 0, 1), ('m', 1.7976931348623157e308, 1700000001000, '${a}', 1, 0),
        ('m', -1.7976931348623157e308, 1700000001000, '${a}', 2, 0), ('m', 0.1, 1700000001000, '${a}', 3, 0);`);
    const { runs } = await everything(await openSource(path));
    expect(runs[0]?.metrics?.map((point) => point.special ?? point.value)).toEqual([
      "NAN",
      "POSITIVE_INFINITY",
      "NEGATIVE_INFINITY",
      0.1,
    ]);
  });

  it("reads datasets with their roles, aliases and tags where a newer schema has them", async () => {
    const path = oldDatabase(`
      CREATE TABLE datasets (dataset_uuid VARCHAR(36), experiment_id INTEGER, name VARCHAR(500), digest VARCHAR(36), dataset_source_type VARCHAR(36), dataset_source TEXT, dataset_schema TEXT, dataset_profile TEXT);
      CREATE TABLE inputs (input_uuid VARCHAR(36), source_type VARCHAR(36), source_id VARCHAR(36), destination_type VARCHAR(36), destination_id VARCHAR(36));
      CREATE TABLE input_tags (input_uuid VARCHAR(36), name VARCHAR(255), value VARCHAR(500));
      CREATE TABLE registered_model_aliases (alias VARCHAR(256), version INTEGER, name VARCHAR(256));
      CREATE TABLE model_version_tags ("key" VARCHAR(250), value TEXT, name VARCHAR(256), version INTEGER);
      INSERT INTO runs (run_uuid, status, lifecycle_stage, experiment_id) VALUES ('${a}', 'FINISHED', 'active', 0);
      INSERT INTO datasets VALUES ('d1', 0, 'loans', 'x1', 'local', '{"uri": "loans.csv"}', '{"mlflow_colspec": []}', NULL), ('d2', 0, 'loans', 'x2', 'local', '', NULL, '{"num_rows": 1}');
      INSERT INTO inputs VALUES ('i1', 'DATASET', 'd1', 'RUN', '${a}'), ('i2', 'DATASET', 'd2', 'RUN', '${a}');
      INSERT INTO input_tags VALUES ('i1', 'mlflow.data.context', 'train'), ('i1', 'other', 'x');
      INSERT INTO registered_models VALUES ('churn', 1, 2, NULL);
      INSERT INTO model_versions VALUES ('churn', 4, 1, 2, NULL, NULL, 'None', 's3://b/m', NULL, 'PENDING_REGISTRATION', NULL);
      INSERT INTO registered_model_aliases VALUES ('champion', 4, 'churn'), ('ghost', 9, 'churn');
      INSERT INTO model_version_tags VALUES ('team', 'risk', 'churn', 4);`);
    const source = await openSource(path);
    const { runs, versions, aliases } = await everything(source);
    expect(runs[0]?.inputs).toEqual([
      {
        name: "loans",
        digest: "x1",
        source: '{"uri": "loans.csv"}',
        role: "train",
        schema: { mlflow_colspec: [] },
      },
      { name: "loans", digest: "x2", role: "", profile: { num_rows: 1 } },
    ]);
    expect(versions[0]).toMatchObject({
      number: 4,
      status: "PENDING",
      tags: [{ key: "team", value: "risk" }],
    });
    expect(versions[0]).not.toHaveProperty("stage");
    expect(aliases).toEqual([{ model: "churn", alias: "champion", version: 4 }]);
    expect(source.warnings).toEqual(["Alias churn@ghost points to version 9, which is not there"]);
  });
});
