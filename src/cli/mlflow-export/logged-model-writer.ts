import type { StemmaClient } from "../../client/client.ts";
import type { KeyValue } from "../../client/import-batch.ts";
import { type MlflowLoggedModel, nothing, oneLoggedModel, oneRun } from "../../client/mlflow-answers.ts";
import { loggedModelsOf } from "../../client/mlflow-lists.ts";
import type { MlflowServer } from "../../client/mlflow-server.ts";
import type { ExperimentWriter } from "./experiment-writer.ts";
import type { FilePlace } from "./logged-file-writer.ts";
import { doneTag, filesTag, idTag, longest, missingTags, pairsFor, pointFor } from "./mlflow-form.ts";
import type { Outcome } from "./outcome.ts";
import { type ExportedLoggedModel, type ExportedPoint, hasPoint, type ReadDataset } from "./records.ts";
import type { RunWriter } from "./run-writer.ts";

const typeTag = "mlflow.modelType";
/** MLflow says again what these say, under ids and numbers of its own. */
const ownTags = new Set([typeTag, "mlflow.runId", "mlflow.modelVersions", "mlflow.user"]);
const statuses: Record<string, string> = {
  READY: "LOGGED_MODEL_READY",
  FAILED: "LOGGED_MODEL_UPLOAD_FAILED",
};

/** Writes logged models, to a server that knows them; the ones that are there are found by their tag. */
export class LoggedModelWriter {
  private readonly placed = new Map<string, MlflowLoggedModel>();
  /** Version of the registry → the logged model that it was registered from. */
  private readonly ofVersions = new Map<string, string>();

  constructor(
    private readonly server: MlflowServer,
    private readonly client: StemmaClient,
    private readonly experiments: ExperimentWriter,
    private readonly runs: RunWriter,
    private readonly outcome: Outcome,
  ) {}

  /** Learns which ones an experiment there has already. */
  async learn(experimentId: string): Promise<void> {
    for await (const model of loggedModelsOf(this.server, experimentId)) {
      const id = tagOf(model, idTag);
      // What it keeps of each is small; its metrics are not.
      if (id !== undefined) this.placed.set(id, { ...model, data: { params: [], metrics: [] } });
    }
  }

  isThere(modelId: string): boolean {
    return this.placed.has(modelId);
  }

  /** The id there; null of one that was not exported. */
  idOf(modelId: string): string | null {
    return this.placed.get(modelId)?.info.model_id ?? null;
  }

  /** Where its files are kept there; null of one that was not exported. */
  placeOf(modelId: string): FilePlace | null {
    const model = this.placed.get(modelId);
    if (!model) return null;
    return { artifactUri: model.info.artifact_uri ?? "", filesDigest: tagOf(model, filesTag) ?? null };
  }

  /** Says which files a logged model has there. */
  async markFiles({ modelId, experiment }: ExportedLoggedModel, digest: string): Promise<void> {
    await this.experiments.activate(experiment.id);
    const { model_id } = this.placed.get(modelId)!.info;
    const tags = [{ key: filesTag, value: digest }];
    await this.server.send("PATCH", `logged-models/${model_id}/tags`, { model_id, tags }, nothing);
  }

  /** The one that a version was registered from, by its ids here and there, and where it keeps its files. */
  ofVersion(version: string): { modelId: string; id: string; artifactUri: string } | null {
    const modelId = this.ofVersions.get(version) ?? "";
    const model = this.placed.get(modelId);
    return model ? { modelId, id: model.info.model_id, artifactUri: model.info.artifact_uri ?? "" } : null;
  }

  async write(model: ExportedLoggedModel): Promise<void> {
    if (!this.server.knowsLoggedModels) return this.outcome.leaves("logged models");
    const held = this.placed.get(model.modelId);
    const isDone = held && tagOf(held, doneTag) === model.updatedAt;
    if (!isDone) await this.experiments.activate(model.experiment.id);
    const placed = held ?? (await this.make(model));
    const { model_id } = placed.info;
    for (const { id } of model.versions) this.ofVersions.set(id, model.modelId);
    if (isDone) return;
    const path = `logged-models/${model_id}`;
    await this.link(model, model_id);
    await this.writeMetrics(model, model_id);
    const status = statuses[model.status];
    if (status !== undefined && status !== placed.info.status)
      await this.server.send("PATCH", path, { model_id, status }, nothing);
    const tags = [...this.tagsOf(model), { key: doneTag, value: model.updatedAt }];
    const missing = missingTags(tags, placed.info.tags);
    await this.server.send("PATCH", `${path}/tags`, { model_id, tags: missing }, nothing);
  }

  private async make(model: ExportedLoggedModel): Promise<MlflowLoggedModel> {
    const { modelId, experiment, run, params, tags } = model;
    const body = {
      experiment_id: this.experiments.idOf(experiment.id),
      name: model.name?.replace(/[/:.%"']/g, "-") || undefined,
      model_type: tags.find(({ key }) => key === typeTag)?.value,
      source_run_id: (run && this.runs.idOf(run.runId)) ?? undefined,
      params: pairsFor(params, longest.param, this.outcome),
      tags: [{ key: idTag, value: modelId }],
    };
    const find = async () => {
      await this.learn(body.experiment_id);
      return this.placed.get(modelId) ?? null;
    };
    const made = await this.server.makeOnce(
      find,
      async (server) => (await server.send("POST", "logged-models", body, oneLoggedModel)).model,
    );
    this.placed.set(modelId, made);
    this.outcome.wrote("logged models");
    return made;
  }

  private tagsOf({ tags, attributedTo, createdAt }: ExportedLoggedModel): KeyValue[] {
    const kept = pairsFor(
      tags.filter(({ key }) => !ownTags.has(key)),
      longest.tag,
      this.outcome,
    );
    if (attributedTo !== null) kept.push({ key: "mlflow.user", value: attributedTo });
    return [...kept, { key: "stemma.created_at", value: createdAt }];
  }

  /** Among the outputs of its run. */
  private async link({ run }: ExportedLoggedModel, model_id: string): Promise<void> {
    const run_id = run && this.runs.idOf(run.runId);
    if (!run_id) return;
    const there = await this.server.get("runs/get", { run_id }, oneRun);
    if (there.run.outputs.model_outputs.some((output) => output.model_id === model_id)) return;
    const isDeleted = there.run.info.lifecycle_stage === "deleted";
    if (!isDeleted)
      await this.server.send("POST", "runs/outputs", { run_id, models: [{ model_id, step: 0 }] }, nothing);
  }

  /** MLflow keeps them as measured in a run: in the one that made it, where that has the same points. */
  private async writeMetrics({ run, metrics }: ExportedLoggedModel, model_id: string): Promise<void> {
    const run_id = run && this.runs.idOf(run.runId);
    const points = [];
    for (const point of metrics) {
      if (run_id && (await hasPoint(this.client, run.runId, point)))
        points.push({ ...pointFor(point, this.outcome), ...datasetOf(point, run.inputs), model_id });
      else this.outcome.leaves("metrics of logged models that their runs have not");
    }
    if (points.length > 0)
      await this.server.send("POST", "runs/log-batch", { run_id, metrics: points }, nothing);
  }
}

/** MLflow takes a dataset's name only beside its digest, which the run that read it knows. */
function datasetOf({ dataset }: ExportedPoint, inputs: readonly ReadDataset[]): object {
  const digests = new Set(
    inputs
      .filter(({ datasetVersion }) => datasetVersion.dataset.name === dataset)
      .map(({ datasetVersion }) => datasetVersion.digest),
  );
  return digests.size === 1 ? { dataset_name: dataset, dataset_digest: [...digests][0] } : {};
}

function tagOf({ info }: MlflowLoggedModel, key: string): string | undefined {
  return info.tags.find((tag) => tag.key === key)?.value;
}
