import { basename } from "node:path";
import type { ModelFacts } from "../../formats/mlmodel.ts";
import { factsFromHistory } from "./mlflow-model-file.ts";
import { mlflowSource } from "./mlflow-records.ts";
import { SqliteRegistry } from "./mlflow-sqlite-registry.ts";
import type {
  MlflowStore,
  RawDatasetUse,
  RawExperiment,
  RawLoggedModel,
  RawMetric,
  RawRun,
  RawRunHead,
  RawVersion,
} from "./mlflow-store.ts";
import type { Source, SourceOptions } from "./source.ts";
import { pairOf, type Row, SqliteFile, text } from "./sqlite-file.ts";

/** Whether a SQLite file is MLflow's. Throws a SourceError where it is no database at all. */
export function isMlflowSqlite(path: string): boolean {
  const file = new SqliteFile(path, basename(path));
  try {
    return file.columns("experiments").has("experiment_id") && file.columns("runs").has("run_uuid");
  } finally {
    file.close();
  }
}

/** A SQLite file of MLflow, of any version of its schema, as a source. */
export function openMlflowSqlite(path: string, options: SourceOptions = {}): Source {
  const name = basename(path);
  return mlflowSource(`mlflow:${name}`, async () => new MlflowSqlite(new SqliteFile(path, name)), options);
}

/** What MLflow's databases write for an infinity, which SQL numbers do not know. */
const writtenInfinity = Number.MAX_VALUE;

class MlflowSqlite implements MlflowStore {
  private readonly registry: SqliteRegistry;

  constructor(private readonly file: SqliteFile) {
    this.registry = new SqliteRegistry(file);
  }

  close(): void {
    this.file.close();
  }

  async experiments(): Promise<RawExperiment[]> {
    const columns = ["experiment_id", "name", "lifecycle_stage", "creation_time", "last_update_time"];
    const tags = this.file.pairs("experiment_tags", "experiment_id", "key", "value");
    return this.file
      .all(
        `SELECT ${this.file.texts("experiments", "e", columns)} FROM experiments e ORDER BY e.experiment_id`,
      )
      .map((row) => ({
        experimentId: String(row.experiment_id),
        name: String(row.name),
        lifecycleStage: text(row.lifecycle_stage),
        createdAt: text(row.creation_time),
        updatedAt: text(row.last_update_time),
        tags: tags.get(String(row.experiment_id)) ?? [],
      }));
  }

  async *runHeads(): AsyncGenerator<RawRunHead> {
    const tag = (key: string) =>
      `(SELECT NULLIF(trim(value), '') FROM tags t WHERE t."key" = '${key}' AND t.run_uuid = r.run_uuid)`;
    const rows = this.file.rows(
      `SELECT ${this.file.texts("runs", "r", ["run_uuid", "experiment_id", "start_time", "source_version"])},
        ${tag("mlflow.parentRunId")} AS parent, ${tag("mlflow.source.git.commit")} AS sha,
        coalesce(${tag("mlflow.source.git.repoURL")}, ${tag("mlflow.gitRepoURL")}) AS repository,
        coalesce(${tag("mlflow.source.git.branch")}, ${tag("mlflow.gitBranchName")}) AS branch
       FROM runs r ORDER BY r.run_uuid`,
    );
    for (const row of rows) {
      yield {
        runId: String(row.run_uuid),
        experimentId: String(row.experiment_id),
        startTime: text(row.start_time),
        parentRunId: text(row.parent),
        commit: text(row.sha) ?? text(row.source_version),
        repository: text(row.repository),
        branch: text(row.branch),
      };
    }
  }

  /** One pass over each table, side by side: per run, a table without an index on runs would be read whole. */
  async *runs(order: readonly RawRunHead[]): AsyncGenerator<RawRun> {
    this.file.remember(
      "wanted_run",
      order.map((head) => head.runId),
    );
    const columns = [
      "run_uuid",
      "name",
      "status",
      "start_time",
      "end_time",
      "lifecycle_stage",
      "deleted_time",
    ];
    const others = ["user_id", "entry_point_name"];
    const params = this.ofRuns("params", `p."key" AS "key", p.value AS value`, `p."key"`);
    const tags = this.ofRuns("tags", `p."key" AS "key", p.value AS value`, `p."key"`);
    const metrics = this.ofRuns(
      "metrics",
      `p."key" AS "key", p.value AS value, ${this.file.texts("metrics", "p", ["timestamp", "step", "is_nan"])}`,
      `p."key", ${this.file.columns("metrics").has("step") ? "p.step, " : ""}p.timestamp, p.value`,
    );
    const inputs = this.datasetsOfRuns();
    const inputModels = this.modelsReadByRuns();
    const runs = this.file.rows(
      `SELECT w.n, ${this.file.texts("runs", "r", [...columns, ...others])}
       FROM temp.wanted_run w JOIN runs r ON r.run_uuid = w.id ORDER BY w.n`,
    );
    for (const row of runs) {
      const n = Number(row.n);
      yield {
        runId: String(row.run_uuid),
        name: text(row.name),
        status: text(row.status),
        startTime: text(row.start_time),
        endTime: text(row.end_time),
        lifecycleStage: text(row.lifecycle_stage),
        deletedTime: text(row.deleted_time),
        userId: text(row.user_id),
        entryPoint: text(row.entry_point_name),
        params: [...params.of(n)].map(pairOf),
        tags: [...tags.of(n)].map(pairOf),
        inputs: [...inputs.of(n)].map(datasetUseOf),
        inputModels: [...inputModels.of(n)].map((input) => String(input.model_id)),
        metrics: mapped(metrics.of(n), metricOf),
      };
    }
  }

  async *loggedModels(): AsyncGenerator<RawLoggedModel> {
    if (!this.file.has("logged_models")) return;
    const ids = this.file.all(
      "SELECT model_id FROM logged_models ORDER BY experiment_id, creation_timestamp_ms, model_id",
    );
    this.file.remember(
      "wanted_model",
      ids.map((row) => String(row.model_id)),
    );
    const of = (table: string, select: string, order: string) =>
      new SideBySide(
        this.file.rows(
          `SELECT w.n, ${select} FROM temp.wanted_model w JOIN ${table} p ON p.model_id = w.id ORDER BY w.n, ${order}`,
        ),
      );
    const params = of("logged_model_params", `p.param_key AS "key", p.param_value AS value`, "p.param_key");
    const tags = of("logged_model_tags", `p.tag_key AS "key", p.tag_value AS value`, "p.tag_key");
    const metrics = of(
      "logged_model_metrics",
      `p.metric_name AS "key", p.metric_value AS value, CAST(p.metric_timestamp_ms AS TEXT) AS timestamp,
       CAST(p.metric_step AS TEXT) AS step, p.dataset_name AS dataset_name`,
      "p.metric_name, p.metric_step, p.metric_timestamp_ms, p.run_id",
    );
    const columns = ["model_id", "experiment_id", "name", "status", "creation_timestamp_ms"];
    const others = ["last_updated_timestamp_ms", "lifecycle_stage", "model_type", "source_run_id"];
    const producer = this.file.has("inputs")
      ? `(SELECT min(i.source_id) FROM inputs i WHERE i.source_type = 'RUN_OUTPUT'
          AND i.destination_type = 'MODEL_OUTPUT' AND i.destination_id = m.model_id)`
      : "NULL";
    const rows = this.file.rows(
      `SELECT w.n, ${this.file.texts("logged_models", "m", [...columns, ...others])}, ${producer} AS producer
       FROM temp.wanted_model w JOIN logged_models m ON m.model_id = w.id ORDER BY w.n`,
    );
    for (const row of rows) {
      const n = Number(row.n);
      yield {
        modelId: String(row.model_id),
        experimentId: String(row.experiment_id),
        name: text(row.name),
        status: text(row.status),
        createdAt: text(row.creation_timestamp_ms),
        updatedAt: text(row.last_updated_timestamp_ms),
        lifecycleStage: text(row.lifecycle_stage),
        modelType: text(row.model_type),
        runId: text(row.source_run_id) ?? text(row.producer),
        params: [...params.of(n)].map(pairOf),
        tags: [...tags.of(n)].map(pairOf),
        metrics: mapped(metrics.of(n), metricOf),
      };
    }
  }

  models() {
    return this.registry.models();
  }

  versions(model: string) {
    return this.registry.versions(model);
  }

  /** A database holds no `MLmodel` files; the run's tag repeats what they say. */
  async modelFacts(version: RawVersion): Promise<ModelFacts> {
    const [tag] = this.file.all(
      `SELECT value FROM tags WHERE "key" = 'mlflow.log-model.history' AND run_uuid = ?`,
      version.runId ?? "",
    );
    return factsFromHistory(text(tag?.value), version);
  }

  private ofRuns(table: string, select: string, order: string): SideBySide {
    return new SideBySide(
      this.file.rows(
        `SELECT w.n, ${select} FROM temp.wanted_run w JOIN ${table} p ON p.run_uuid = w.id ORDER BY w.n, ${order}`,
      ),
    );
  }

  private datasetsOfRuns(): SideBySide {
    if (!this.file.has("inputs") || !this.file.has("datasets")) return new SideBySide([][Symbol.iterator]());
    const role = this.file.has("input_tags")
      ? `(SELECT t.value FROM input_tags t WHERE t.input_uuid = i.input_uuid AND t.name = 'mlflow.data.context')`
      : "NULL";
    return new SideBySide(
      this.file.rows(
        `SELECT w.n, d.name, d.digest, d.dataset_source AS source, d.dataset_schema AS schema,
           d.dataset_profile AS profile, ${role} AS role
         FROM temp.wanted_run w
         JOIN inputs i ON i.destination_type = 'RUN' AND i.destination_id = w.id AND i.source_type = 'DATASET'
         JOIN datasets d ON d.dataset_uuid = i.source_id
         ORDER BY w.n, d.name, d.digest, i.input_uuid`,
      ),
    );
  }

  private modelsReadByRuns(): SideBySide {
    if (!this.file.has("inputs")) return new SideBySide([][Symbol.iterator]());
    return new SideBySide(
      this.file.rows(
        `SELECT w.n, i.destination_id AS model_id FROM temp.wanted_run w
         JOIN inputs i ON i.source_type = 'RUN_INPUT' AND i.source_id = w.id AND i.destination_type = 'MODEL_INPUT'
         ORDER BY w.n, i.destination_id`,
      ),
    );
  }
}

/** Rows sorted by their owner's place `n`, handed out owner by owner; owners must be asked for in order. */
class SideBySide {
  private next: IteratorResult<Row>;

  constructor(private readonly rows: Iterator<Row>) {
    this.next = rows.next();
  }

  *of(n: number): Generator<Row> {
    while (!this.next.done && Number(this.next.value.n) <= n) {
      const row = this.next.value;
      this.next = this.rows.next();
      if (Number(row.n) === n) yield row;
    }
  }
}

function* mapped<T>(rows: Iterable<Row>, of: (row: Row) => T): Generator<T> {
  for (const row of rows) yield of(row);
}

function datasetUseOf(row: Row): RawDatasetUse {
  return {
    name: String(row.name),
    digest: String(row.digest),
    source: text(row.source),
    schema: text(row.schema),
    profile: text(row.profile),
    role: text(row.role),
  };
}

function metricOf(row: Row): RawMetric {
  return {
    key: String(row.key),
    value: Number(row.is_nan ?? 0) === 1 || row.value === null ? Number.NaN : finiteOr(Number(row.value)),
    step: text(row.step),
    at: text(row.timestamp),
    datasetName: text(row.dataset_name),
  };
}

function finiteOr(value: number): number {
  return Math.abs(value) === writtenInfinity ? Math.sign(value) * Number.POSITIVE_INFINITY : value;
}
