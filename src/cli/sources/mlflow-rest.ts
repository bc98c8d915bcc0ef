import { StemmaClientError } from "../../client/errors.ts";
import type { KeyValue } from "../../client/import-batch.ts";
import type { MlflowRun } from "../../client/mlflow-answers.ts";
import { oneRun } from "../../client/mlflow-answers.ts";
import {
  experimentsOf,
  loggedModelsOf,
  modelsOf,
  quoted,
  runsOf,
  versionsOf,
} from "../../client/mlflow-lists.ts";
import type { MlflowServer } from "../../client/mlflow-server.ts";
import { type ModelFacts, modelFactsOf } from "../../formats/mlmodel.ts";
import { byCodeUnit } from "./foreign-names.ts";
import { MlflowHistories } from "./mlflow-histories.ts";
import { loggedModelIdOf } from "./mlflow-model.mapping.ts";
import { artifactPathOf, factsFromHistory } from "./mlflow-model-file.ts";
import { mlflowSource } from "./mlflow-records.ts";
import {
  headOf,
  rawExperimentOf,
  rawLoggedModelOf,
  rawModelOf,
  rawRunOf,
  rawVersionOf,
} from "./mlflow-rest.mapping.ts";
import type {
  MlflowStore,
  RawExperiment,
  RawLoggedModel,
  RawModel,
  RawRun,
  RawRunHead,
  RawVersion,
} from "./mlflow-store.ts";
import { tagValue } from "./mlflow-values.ts";
import { yamlMapping } from "./mlflow-yaml.ts";
import type { Source, SourceOptions } from "./source.ts";
import type { Warnings } from "./warnings.ts";

const runsAtOnce = 100;
/** An `MLmodel` file larger than that says something else. */
const largestModelFile = 1024 * 1024;

/** A live MLflow server as a source; it is asked page by page. */
export function openMlflowServer(server: MlflowServer, options: SourceOptions = {}): Source {
  const name = `mlflow:${server.url.replace(/^https?:\/\//, "")}`;
  const source = mlflowSource(name, async (warnings) => new MlflowRest(server, warnings), options);
  return { ...source, isLive: true };
}

class MlflowRest implements MlflowStore {
  private experimentIds: string[] = [];
  /** Logged model → the run that names it among its outputs. */
  private readonly producers = new Map<string, string>();

  constructor(
    private readonly server: MlflowServer,
    private readonly warnings: Warnings,
  ) {}

  close(): void {}

  async experiments(): Promise<RawExperiment[]> {
    const found: RawExperiment[] = [];
    for await (const experiment of experimentsOf(this.server)) found.push(rawExperimentOf(experiment));
    this.experimentIds = found.map(({ experimentId }) => experimentId);
    return found;
  }

  async *runHeads(): AsyncGenerator<RawRunHead> {
    for (const experiment of this.experimentIds) {
      for await (const run of runsOf(this.server, [experiment])) {
        for (const { model_id } of run.outputs.model_outputs) this.producers.set(model_id, run.info.run_id);
        yield headOf(run);
      }
    }
  }

  async *runs(order: readonly RawRunHead[]): AsyncGenerator<RawRun> {
    const histories = new MlflowHistories(this.server);
    for (let begin = 0; begin < order.length; begin += runsAtOnce) {
      const heads = order.slice(begin, begin + runsAtOnce);
      const found = await this.runsOf(heads);
      const historyOf = await histories.of([...found.values()]);
      for (const { runId } of heads) {
        const run = found.get(runId);
        if (run) yield rawRunOf(run, historyOf(run));
        else this.warnings.add(`Run ${runId} went away while the server was read; it is left out`);
      }
    }
  }

  async *loggedModels(): AsyncGenerator<RawLoggedModel> {
    for (const experiment of this.experimentIds) {
      for await (const model of loggedModelsOf(this.server, experiment))
        yield rawLoggedModelOf(model, this.producers.get(model.info.model_id) ?? null);
    }
  }

  async models(): Promise<RawModel[]> {
    const found: RawModel[] = [];
    for await (const model of modelsOf(this.server)) found.push(rawModelOf(model));
    return found.sort((a, b) => byCodeUnit(a.name, b.name));
  }

  async versions(model: string): Promise<RawVersion[]> {
    const found: RawVersion[] = [];
    for await (const version of versionsOf(this.server, model)) found.push(rawVersionOf(version));
    return found.sort((a, b) => Number(a.version) - Number(b.version));
  }

  /** As its `MLmodel` file says where it lies with the server, else as its run repeats it. */
  async modelFacts(version: RawVersion): Promise<ModelFacts> {
    const { runId } = version;
    const isOfRun = runId !== null && artifactPathOf(version.source, runId) !== undefined;
    if (!isOfRun && loggedModelIdOf(version) === undefined) return {};
    const file = await this.modelFileOf(version);
    const description = file === null ? undefined : yamlMapping(file);
    if (description) return modelFactsOf(description);
    if (!isOfRun) return {};
    const tags = await this.tagsOfRun(runId);
    return factsFromHistory(tagValue(tags, "mlflow.log-model.history"), version);
  }

  private async tagsOfRun(runId: string): Promise<KeyValue[]> {
    try {
      return (await this.server.get("runs/get", { run_id: runId }, oneRun)).run.data.tags;
    } catch (error) {
      if (error instanceof StemmaClientError && error.code === "RESOURCE_DOES_NOT_EXIST") return [];
      throw error;
    }
  }

  private async runsOf(heads: readonly RawRunHead[]): Promise<Map<string, MlflowRun>> {
    const experiments = [...new Set(heads.map(({ experimentId }) => experimentId))];
    const filter = `attributes.run_id IN (${heads.map(({ runId }) => quoted(runId)).join(", ")})`;
    const found = new Map<string, MlflowRun>();
    for await (const run of runsOf(this.server, experiments, filter)) found.set(run.info.run_id, run);
    return found;
  }

  private async modelFileOf({ model, version }: RawVersion): Promise<string | null> {
    const bytes = await this.server.bytes("/model-versions/get-artifact", {
      ...{ name: model, version, path: "MLmodel" },
    });
    if (!bytes) return null;
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of bytes) {
      size += chunk.length;
      if (size > largestModelFile) return null;
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString("utf8");
  }
}
