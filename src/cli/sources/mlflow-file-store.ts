import { basename } from "node:path";
import { type ModelFacts, modelFactsOf } from "../../formats/mlmodel.ts";
import { byCodeUnit } from "./foreign-names.ts";
import { FileRegistry } from "./mlflow-file-registry.ts";
import { loggedModelIdOf } from "./mlflow-model.mapping.ts";
import { artifactPathOf, factsFromHistory } from "./mlflow-model-file.ts";
import { mlflowSource } from "./mlflow-records.ts";
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
import { textField, textsField, type YamlMapping, yamlMapping } from "./mlflow-yaml.ts";
import type { Source, SourceOptions } from "./source.ts";
import { StoreFolder } from "./store-folder.ts";
import { Warnings } from "./warnings.ts";

/** Folders of an experiment that are no runs. */
const notRuns = new Set(["datasets", "models", "tags", "traces"]);

/** Whether a folder is an MLflow file store: it holds an experiment, or a registry. */
export async function isMlflowFileStore(path: string): Promise<boolean> {
  const warnings = new Warnings();
  const store = new MlflowFileStore(new StoreFolder(path, warnings), warnings);
  return (await store.experiments()).length > 0 || (await store.models()).length > 0;
}

/** An MLflow file store, `mlruns/`, as a source. */
export function openMlflowFileStore(path: string, options: SourceOptions = {}): Source {
  return mlflowSource(
    `mlflow:${basename(path)}`,
    async (warnings) => new MlflowFileStore(new StoreFolder(path, warnings), warnings),
    options,
  );
}

/**
 * mlruns/<experiment>/meta.yaml, tags/
 *       /<experiment>/<run>/meta.yaml, params/, metrics/, tags/, inputs/<id>/meta.yaml, outputs/<logged model>/meta.yaml
 *       /<experiment>/datasets/<id>/meta.yaml
 *       /<experiment>/models/<logged model>/meta.yaml, params/, metrics/, tags/, artifacts/MLmodel
 *       /.trash/<experiment>/…          deleted experiments
 *       /models/<model>/…               the registry: see mlflow-file-registry.ts
 */
class MlflowFileStore implements MlflowStore {
  private readonly experimentFolders = new Map<string, string>();
  private readonly runFolders = new Map<string, string>();
  private readonly loggedModelFolders = new Map<string, string>();
  private readonly producers = new Map<string, string>();
  private readonly datasets = new Map<string, Promise<YamlMapping | undefined>>();
  private readonly registry: FileRegistry;

  constructor(
    private readonly folder: StoreFolder,
    private readonly warnings: Warnings,
  ) {
    this.registry = new FileRegistry(folder, warnings);
  }

  close(): void {}

  async experiments(): Promise<RawExperiment[]> {
    const found: RawExperiment[] = [];
    const places = [
      ...(await this.folder.folders("")).filter((name) => name !== ".trash" && name !== "models"),
      ...(await this.folder.folders(".trash")).map((name) => `.trash/${name}`),
    ];
    for (const place of places) {
      const meta = await this.folder.yaml(`${place}/meta.yaml`);
      const name = meta && textField(meta, "name");
      if (!meta || name === null || name === undefined || textField(meta, "experiment_id") === null) {
        if (meta) this.warnings.add(`Folder ${place} holds no experiment: it is left out`);
        continue;
      }
      const experimentId = textField(meta, "experiment_id")!;
      if (this.experimentFolders.has(experimentId)) {
        this.warnings.add(`Experiment ${experimentId} is there twice; the one in ${place} is left out`);
        continue;
      }
      this.experimentFolders.set(experimentId, place);
      found.push({
        experimentId,
        name,
        lifecycleStage: place.startsWith(".trash/") ? "deleted" : textField(meta, "lifecycle_stage"),
        createdAt: textField(meta, "creation_time"),
        updatedAt: textField(meta, "last_update_time"),
        tags: await this.folder.pairs(`${place}/tags`),
      });
    }
    return found.sort((a, b) => byNumber(a.experimentId, b.experimentId));
  }

  async *runHeads(): AsyncGenerator<RawRunHead> {
    for (const [experimentId, experiment] of this.experimentFolders) {
      for (const name of await this.folder.folders(experiment)) {
        if (notRuns.has(name)) continue;
        const place = `${experiment}/${name}`;
        const meta = await this.folder.yaml(`${place}/meta.yaml`);
        const runId = meta && (textField(meta, "run_id") ?? textField(meta, "run_uuid"));
        if (!meta || !runId || this.runFolders.has(runId)) {
          const why = runId ? "holds a run that is there twice" : "holds no readable run";
          this.warnings.add(`Folder ${place} ${why}: it is left out`);
          continue;
        }
        this.runFolders.set(runId, place);
        for (const modelId of await this.folder.folders(`${place}/outputs`))
          this.producers.set(modelId, runId);
        const tag = async (key: string) => (await this.folder.text(`${place}/tags/${key}`))?.trim() || null;
        yield {
          runId,
          experimentId,
          startTime: textField(meta, "start_time"),
          parentRunId: await tag("mlflow.parentRunId"),
          commit: (await tag("mlflow.source.git.commit")) ?? textField(meta, "source_version"),
          repository: (await tag("mlflow.source.git.repoURL")) ?? (await tag("mlflow.gitRepoURL")),
          branch: (await tag("mlflow.source.git.branch")) ?? (await tag("mlflow.gitBranchName")),
        };
      }
    }
  }

  async *runs(order: readonly RawRunHead[]): AsyncGenerator<RawRun> {
    for (const { runId, experimentId } of order) {
      const place = this.runFolders.get(runId)!;
      const meta = (await this.folder.yaml(`${place}/meta.yaml`))!;
      const { inputs, inputModels } = await this.inputsOf(
        runId,
        place,
        this.experimentFolders.get(experimentId)!,
      );
      yield {
        runId,
        name: textField(meta, "run_name") ?? textField(meta, "name"),
        status: textField(meta, "status"),
        startTime: textField(meta, "start_time"),
        endTime: textField(meta, "end_time"),
        lifecycleStage: textField(meta, "lifecycle_stage"),
        deletedTime: textField(meta, "deleted_time"),
        userId: textField(meta, "user_id"),
        entryPoint: textField(meta, "entry_point_name"),
        params: await this.folder.pairs(`${place}/params`),
        tags: await this.folder.pairs(`${place}/tags`),
        inputs,
        inputModels,
        metrics: this.metricsIn(`${place}/metrics`, 3),
      };
    }
  }

  async *loggedModels(): AsyncGenerator<RawLoggedModel> {
    for (const [experimentId, experiment] of this.experimentFolders) {
      for (const name of await this.folder.folders(`${experiment}/models`)) {
        const place = `${experiment}/models/${name}`;
        const meta = await this.folder.yaml(`${place}/meta.yaml`);
        const modelId = meta && textField(meta, "model_id");
        if (!meta || !modelId || this.loggedModelFolders.has(modelId)) {
          this.warnings.add(
            `Folder ${place} holds no logged model, or one that is there twice: it is left out`,
          );
          continue;
        }
        this.loggedModelFolders.set(modelId, place);
        yield {
          modelId,
          experimentId,
          name: textField(meta, "name"),
          status: textField(meta, "status"),
          createdAt: textField(meta, "creation_timestamp"),
          updatedAt: textField(meta, "last_updated_timestamp"),
          lifecycleStage: textField(meta, "lifecycle_stage"),
          modelType: textField(meta, "model_type"),
          runId: textField(meta, "source_run_id") ?? this.producers.get(modelId) ?? null,
          params: await this.folder.pairs(`${place}/params`),
          tags: await this.folder.pairs(`${place}/tags`),
          metrics: this.metricsIn(`${place}/metrics`, 4),
        };
      }
    }
  }

  models() {
    return this.registry.models();
  }

  versions(model: string) {
    return this.registry.versions(model);
  }

  async modelFacts(version: RawVersion): Promise<ModelFacts> {
    const loggedModel = this.loggedModelFolders.get(loggedModelIdOf(version) ?? "");
    const run = this.runFolders.get(version.runId ?? "");
    const path = run && artifactPathOf(version.source, version.runId!);
    const places = [
      ...(loggedModel === undefined ? [] : [`${loggedModel}/artifacts`]),
      ...(path === undefined ? [] : [`${run}/artifacts/${path}`]),
    ];
    for (const place of places) {
      const text = await this.folder.text(`${place}/MLmodel`);
      const description = text === undefined ? undefined : yamlMapping(text);
      if (description) return modelFactsOf(description);
    }
    return run
      ? factsFromHistory(await this.folder.text(`${run}/tags/mlflow.log-model.history`), version)
      : {};
  }

  /** Each use is a folder of its own, whose name looks like a run's id and is none. */
  private async inputsOf(runId: string, run: string, experiment: string) {
    const inputs: RawDatasetUse[] = [];
    const inputModels: string[] = [];
    for (const name of await this.folder.folders(`${run}/inputs`)) {
      const use = await this.folder.yaml(`${run}/inputs/${name}/meta.yaml`);
      const sourceId = use && textField(use, "source_id");
      if (!use || !sourceId) continue;
      if (textField(use, "source_type") === "MODEL") inputModels.push(sourceId);
      if (textField(use, "source_type") !== "DATASET") continue;
      const dataset = await this.dataset(`${experiment}/datasets/${sourceId}`);
      if (dataset && textField(dataset, "name") !== null && textField(dataset, "digest") !== null) {
        inputs.push({
          name: textField(dataset, "name")!,
          digest: textField(dataset, "digest")!,
          source: textField(dataset, "source"),
          schema: textField(dataset, "schema"),
          profile: textField(dataset, "profile"),
          role: textsField(use, "tags").find(([key]) => key === "mlflow.data.context")?.[1] ?? null,
        });
      } else
        this.warnings.add(`Run ${runId} used the dataset ${sourceId}, of which the store holds no record`);
    }
    return { inputs, inputModels };
  }

  private dataset(place: string): Promise<YamlMapping | undefined> {
    if (this.datasets.size >= 1_000) this.datasets.clear();
    const read = this.datasets.get(place) ?? this.folder.yaml(`${place}/meta.yaml`);
    this.datasets.set(place, read);
    return read;
  }

  /** Lines `at value step`, for a logged model `at value step run`; either may end in a dataset's name and digest. */
  private async *metricsIn(place: string, fields: 3 | 4): AsyncGenerator<RawMetric> {
    for (const key of await this.folder.files(place)) {
      for await (const line of this.folder.lines(`${place}/${key}`)) {
        const parts = line.split(" ");
        const datasetName = parts.length >= fields + 2 ? parts.slice(fields, -1).join(" ") : null;
        yield { key, at: parts[0]!, value: parts[1] ?? "", step: parts[2] ?? null, datasetName };
      }
    }
  }
}

/** Experiment ids are numbers, long ones too; whatever is not comes last. */
function byNumber(a: string, b: string): number {
  const isNumber = (id: string) => /^\d+$/.test(id);
  if (isNumber(a) !== isNumber(b)) return isNumber(a) ? -1 : 1;
  return (isNumber(a) ? a.length - b.length : 0) || byCodeUnit(a, b);
}
