import { createConnection } from "mysql2/promise";
import { askRest, type Party } from "./mlflow-parties.ts";
import { ask, benchPrefix } from "./seed.ts";
import { insert } from "./seed-lineage.ts";

// The same past for both: MLflow's straight into its tables, as its own verbs would have written it, since it has none that
// takes more than one at once; Stemma's as a history that is imported.

export interface Sizes {
  /** Of the largest model; a tenth of it is the middle one. */
  versions: number;
  runs: number;
}

export const alias = "champion";
export const smallModels = 100;
export const smallSize = 10;
export const smallPrefix = `${benchPrefix}.small-`;
export const smallModel = (index: number) => `${smallPrefix}${String(index % smallModels).padStart(2, "0")}`;
/** Read, and never written to. */
export const readModel = `${benchPrefix}.read`;
/** Get new versions. */
export const middleModel = `${benchPrefix}.middle`;
export const largeModel = `${benchPrefix}.large`;
/** Its versions move. */
export const movedModel = `${benchPrefix}.moved`;
export const experiment = `${benchPrefix} runs`;

export const middleSize = ({ versions }: Sizes) => Math.ceil(versions / 10);

const recordsPerBatch = 500;
const begin = Date.UTC(2026, 0, 1);
const user = "bench@example.org";

interface Model {
  name: string;
  versions: number;
}

function modelsOf(sizes: Sizes): Model[] {
  return [
    ...Array.from({ length: smallModels }, (_, at) => ({ name: smallModel(at), versions: smallSize })),
    { name: readModel, versions: middleSize(sizes) },
    { name: middleModel, versions: middleSize(sizes) },
    { name: largeModel, versions: sizes.versions },
    { name: movedModel, versions: smallSize },
  ];
}

const numbersOf = ({ versions }: Model) => Array.from({ length: versions }, (_, at) => at + 1);
const sourceOf = (name: string, number: number) => `s3://bucket/${name}/${number}`;
const madeAt = (number: number) => begin + number * 1_000;

export const runId = (index: number) => index.toString(16).padStart(32, "0");
/** Spread over 0 … 1, no two alike where the number of runs is no multiple of 7919. */
const metricsOf = (index: number, { runs }: Sizes) => {
  const auc = ((index * 7_919) % runs) / runs;
  return { auc, loss: 1 - auc };
};
const paramsOf = (index: number) => ({ max_depth: String(index % 10), learning_rate: "0.05" });

/** Returns the experiment's number there. */
export async function seedMlflow(party: Party, databaseUrl: string, sizes: Sizes): Promise<string> {
  const { experiment_id } = await askRest(party, "experiments/create", { name: experiment });
  const models = modelsOf(sizes);
  const connection = await createConnection(databaseUrl);
  try {
    await insert(
      connection,
      "registered_models (name, creation_time, last_updated_time)",
      models.map(({ name }) => [name, begin, begin]),
    );
    await insert(
      connection,
      "model_versions (name, version, creation_time, last_updated_time, current_stage, source, status)",
      models.flatMap((model) =>
        numbersOf(model).map((number) => {
          const at = madeAt(number);
          return [model.name, number, at, at, "None", sourceOf(model.name, number), "READY"];
        }),
      ),
    );
    await insert(
      connection,
      "registered_model_aliases (name, alias, version)",
      models.map(({ name, versions }) => [name, alias, versions]),
    );
    const runs = Array.from({ length: sizes.runs }, (_, index) => index);
    await insert(
      connection,
      "runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time, end_time, source_version, lifecycle_stage, artifact_uri, experiment_id)",
      runs.map((index) => {
        const [id, name] = [runId(index), `run ${index}`];
        const [from, until] = [madeAt(index), madeAt(index) + 500];
        const artifacts = `mlflow-artifacts:/${experiment_id}/${id}/artifacts`;
        return [
          id,
          name,
          "UNKNOWN",
          "",
          "",
          user,
          "FINISHED",
          from,
          until,
          "",
          "active",
          artifacts,
          experiment_id,
        ];
      }),
    );
    const metrics = runs.flatMap((index) =>
      Object.entries(metricsOf(index, sizes)).map(([key, value]) => [
        key,
        value,
        madeAt(index),
        0,
        0,
        runId(index),
      ]),
    );
    for (const table of ["metrics", "latest_metrics"]) {
      await insert(connection, `${table} (\`key\`, value, timestamp, step, is_nan, run_uuid)`, metrics);
    }
    await insert(
      connection,
      "params (`key`, value, run_uuid)",
      runs.flatMap((index) => Object.entries(paramsOf(index)).map((param) => [...param, runId(index)])),
    );
    await insert(
      connection,
      "tags (`key`, value, run_uuid)",
      runs.flatMap((index) =>
        Object.entries({ "mlflow.runName": `run ${index}`, "mlflow.user": user }).map((tag) => [
          ...tag,
          runId(index),
        ]),
      ),
    );
    await analyze(databaseUrl);
    return experiment_id;
  } finally {
    await connection.end();
  }
}

const importHistory = `mutation ($input: ImportHistoryInput!) { importHistory(input: $input) { userErrors { message } } }`;

/** Returns the experiment's number there. */
export async function seedStemma(party: Party, databaseUrl: string, sizes: Sizes): Promise<string> {
  const { experiment_id } = await askRest(party, "experiments/create", { name: experiment });
  const send = (batch: object) =>
    ask(party.servers[0]!.port, importHistory, { input: { batch: { source: "bench", ...batch } } });
  const sendAll = async (of: "versions" | "runs", records: readonly object[]) => {
    for (let at = 0; at < records.length; at += recordsPerBatch) {
      await send({ [of]: records.slice(at, at + recordsPerBatch) });
    }
  };
  const models = modelsOf(sizes);
  const instant = (millis: number) => new Date(millis).toISOString();
  await send({
    models: models.map(({ name }) => ({ name, createdAt: instant(begin), updatedAt: instant(begin) })),
  });
  await sendAll(
    "versions",
    models.flatMap((model) =>
      numbersOf(model).map((number) => {
        const source = sourceOf(model.name, number);
        const at = instant(madeAt(number));
        return { model: model.name, number, externalId: source, source, createdAt: at, updatedAt: at };
      }),
    ),
  );
  await send({ aliases: models.map(({ name, versions }) => ({ model: name, alias, version: versions })) });
  await sendAll(
    "runs",
    Array.from({ length: sizes.runs }, (_, index) => {
      const at = instant(madeAt(index));
      return {
        ...{ runId: runId(index), experiment, name: `run ${index}`, status: "FINISHED", attributedTo: user },
        ...{ startedAt: at, endedAt: instant(madeAt(index) + 500) },
        params: Object.entries(paramsOf(index)).map(([key, value]) => ({ key, value })),
        metrics: Object.entries(metricsOf(index, sizes)).map(([key, value]) => ({ key, value, at })),
      };
    }),
  );
  await analyze(databaseUrl);
  return experiment_id;
}

/** What the optimizer knows of tables that were filled at once. */
async function analyze(databaseUrl: string): Promise<void> {
  const connection = await createConnection(databaseUrl);
  try {
    // biome-ignore lint/suspicious/noExplicitAny: a row has the shape of its statement
    const [rows] = await connection.query<any[]>(
      "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()",
    );
    await connection.query(`ANALYZE TABLE ${rows.map(({ name }) => `\`${name}\``).join(", ")}`);
  } finally {
    await connection.end();
  }
}
