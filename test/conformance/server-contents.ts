// Everything an MLflow server holds, as it tells it by its REST API, with names in the place of ids.
import { createHash } from "node:crypto";

// biome-ignore lint/suspicious/noExplicitAny: an answer has the shape of its endpoint
type Json = any;

/**
 * Schemas and profiles of data are JSON in Stemma, which comes back without the spaces it came with. Who ran a run is
 * said twice by MLflow's client, by the field and by the tag; one of them alone becomes both.
 */
const spelled = new Set(["schema", "profile"]);
/** What an export adds, so that what it wrote is found again; and what a server says of its own. */
const added = /^stemma\./;
const ownOfServer = new Set(["mlflow.modelVersions", "mlflow.experimentKind"]);

class Reader {
  /** Id of an experiment, run or logged model → what it is called in its place. */
  readonly names = new Map<string, string>();

  constructor(private readonly url: string) {}

  async get(path: string, parameters: Record<string, string> = {}): Promise<Json> {
    return this.ask(path, `${path}?${new URLSearchParams(parameters)}`);
  }

  async post(path: string, body: object): Promise<Json> {
    const headers = { "content-type": "application/json" };
    return this.ask(path, `/api/2.0/mlflow/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  }

  /** MLflow on SQLite answers 500 where somebody writes just then: its own clients ask again, too. */
  private async ask(what: string, url: string, request: RequestInit = {}): Promise<Json> {
    for (let triesLeft = 20; ; triesLeft--) {
      const response = await fetch(this.url + url, request);
      if (response.ok) return response.json();
      const told = await response.text();
      if (response.status < 500 || triesLeft === 0)
        throw new Error(`${what} answers ${response.status}: ${told}`);
    }
  }

  named(text: string | undefined): string | undefined {
    const told = text?.replace(/^mlflow-artifacts:\/\d+\//, "mlflow-artifacts:/<experiment>/");
    return told?.replace(/(m-)?[0-9a-f]{32}/g, (id) => this.names.get(id) ?? id) || undefined;
  }

  tags(list: Json[] = []): Json {
    const kept = list.filter(({ key }) => !added.test(key) && !ownOfServer.has(key));
    return Object.fromEntries(kept.map(({ key, value }) => [key, this.named(value) ?? ""]).sort());
  }

  async files(root: string, folder = ""): Promise<Json> {
    const path = "/api/2.0/mlflow-artifacts/artifacts";
    const found: Record<string, string> = {};
    const { files = [] } = await this.get(path, { path: root + folder });
    for (const { path: name, is_dir } of files) {
      const within = `${folder}/${name}`;
      if (is_dir) Object.assign(found, await this.files(root, within));
      else {
        const place = `${root}${within}`.split("/").map(encodeURIComponent).join("/");
        const bytes = Buffer.from(await (await fetch(`${this.url}${path}/${place}`)).arrayBuffer());
        found[within] = createHash("sha256").update(bytes).digest("hex");
      }
    }
    return found;
  }
}

/** How many runs an MLflow server has in its first experiments. */
export async function runCountOf(url: string): Promise<number> {
  const reader = new Reader(url);
  const { experiments } = await reader.post("experiments/search", { view_type: "ALL", max_results: 100 });
  const experiment_ids = experiments.map(({ experiment_id }: Json) => experiment_id);
  const { runs = [] } = await reader.post("runs/search", { experiment_ids, run_view_type: "ALL" });
  return runs.length;
}

const pairs = (list: Json[] = []) => Object.fromEntries(list.map(({ key, value }) => [key, value]).sort());
const sorted = (list: Json[]) => list.map((item) => JSON.stringify(item)).sort();

export async function contentsOf(url: string): Promise<Json> {
  const reader = new Reader(url);
  const { experiments } = await reader.post("experiments/search", { view_type: "ALL", max_results: 100 });
  const runs: Json[] = [];
  const loggedModels: Json[] = [];
  const isThree = (await (await fetch(`${url}/version`)).text()).startsWith("3.");
  for (const { experiment_id } of experiments) {
    const wanted = { experiment_ids: [experiment_id], max_results: 1_000 };
    runs.push(...((await reader.post("runs/search", { ...wanted, run_view_type: "ALL" })).runs ?? []));
    if (isThree)
      loggedModels.push(
        ...((await reader.post("logged-models/search", { ...wanted, max_results: 50 })).models ?? []),
      );
  }
  for (const { info } of runs) reader.names.set(info.run_id, `<run ${info.run_name}>`);
  for (const { info } of loggedModels) reader.names.set(info.model_id, `<logged model ${info.name}>`);
  const experimentNames = new Map(experiments.map((one: Json) => [one.experiment_id, one.name]));
  return {
    experiments: sorted(
      experiments.map(({ name, lifecycle_stage, tags }: Json) => [name, lifecycle_stage, reader.tags(tags)]),
    ),
    runs: await Promise.all(
      runs.sort(byName).map((run) => runOf(reader, run, experimentNames.get(run.info.experiment_id))),
    ),
    loggedModels: await Promise.all(loggedModels.sort(byName).map((model) => loggedModelOf(reader, model))),
    models: await modelsOf(reader),
  };
}

const nameOf = ({ info }: Json): string => info.run_name ?? info.name;
const byName = (a: Json, b: Json) => (nameOf(a) < nameOf(b) ? -1 : 1);

async function runOf(
  reader: Reader,
  { info, data, inputs, outputs }: Json,
  experiment: unknown,
): Promise<Json> {
  const histories: Record<string, string[]> = {};
  for (const { key } of data.metrics ?? []) {
    const asked = { run_id: info.run_id, metric_key: key, max_results: "25000" };
    const { metrics } = await reader.get("/api/2.0/mlflow/metrics/get-history", asked);
    histories[key] = sorted(metrics.map(({ value, timestamp, step }: Json) => [value, timestamp, step ?? 0]));
  }
  const { run_name, status, user_id, start_time, end_time, lifecycle_stage, artifact_uri } = info;
  return {
    ...{ experiment, run_name, status, user_id, start_time, end_time, lifecycle_stage },
    params: pairs(data.params),
    tags: { "mlflow.user": user_id, ...reader.tags(data.tags) },
    histories,
    inputs: sorted((inputs?.dataset_inputs ?? []).map(inputOf)),
    reads: (inputs?.model_inputs ?? []).map(({ model_id }: Json) => reader.named(model_id)),
    files: await reader.files(artifact_uri.replace("mlflow-artifacts:/", "")),
    makes: (outputs?.model_outputs ?? []).map(({ model_id }: Json) => reader.named(model_id)),
  };
}

function inputOf({ tags, dataset }: Json): Json {
  const told = Object.entries<string>(dataset).map(([key, value]) => [
    key,
    spelled.has(key) ? JSON.parse(value) : value,
  ]);
  return [pairs(tags), Object.fromEntries(told.sort())];
}

async function loggedModelOf(reader: Reader, { info, data }: Json): Promise<Json> {
  const { name, status, model_type, source_run_id, tags, artifact_uri } = info;
  return {
    ...{ name, status, model_type, run: reader.named(source_run_id) },
    params: pairs(data?.params),
    tags: reader.tags(tags),
    metrics: sorted(
      (data?.metrics ?? []).map(
        ({ key, value, timestamp, step, dataset_name, dataset_digest, run_id }: Json) => [
          ...[key, value, timestamp, step, dataset_name, dataset_digest, reader.named(run_id)],
        ],
      ),
    ),
    files: await reader.files(artifact_uri.replace("mlflow-artifacts:/", "")),
  };
}

async function modelsOf(reader: Reader): Promise<Json> {
  const { registered_models = [] } = await reader.get("/api/2.0/mlflow/registered-models/search");
  const found: Record<string, Json> = {};
  for (const { name, description, tags, aliases } of registered_models) {
    const filter = { filter: `name='${name}'` };
    const { model_versions = [] } = await reader.get("/api/2.0/mlflow/model-versions/search", filter);
    const versions: Record<string, Json> = {};
    for (const version of model_versions) versions[version.version] = await versionOf(reader, version);
    const pointers = sorted((aliases ?? []).map(({ alias, version }: Json) => [alias, version]));
    found[name] = { description, tags: reader.tags(tags), aliases: pointers, versions };
  }
  return found;
}

async function versionOf(reader: Reader, version: Json): Promise<Json> {
  const { description, current_stage, status, source, run_id, tags } = version;
  const isHere = source.startsWith("mlflow-artifacts:/");
  return {
    ...{ description: description || undefined, current_stage, status },
    ...{ source: reader.named(source), run: reader.named(run_id), tags: reader.tags(tags) },
    files: isHere ? await reader.files(source.replace("mlflow-artifacts:/", "")) : {},
  };
}
