import type { StemmaClient } from "../../client/client.ts";
import { StemmaClientError } from "../../client/errors.ts";
import type { KeyValue } from "../../client/import-batch.ts";
import { type MlflowRun, nothing, oneRun } from "../../client/mlflow-answers.ts";
import { historyOf, quoted, runsOf } from "../../client/mlflow-lists.ts";
import type { MlflowServer } from "../../client/mlflow-server.ts";
import type { ExperimentWriter } from "./experiment-writer.ts";
import type { FilePlace } from "./logged-file-writer.ts";
import {
  cut,
  datasetInputFor,
  doneTag,
  filesTag,
  identityOf,
  idTag,
  keyFor,
  longest,
  missingTags,
  type PointForMlflow,
  pairsFor,
  piecesOf,
  pointFor,
} from "./mlflow-form.ts";
import type { Outcome } from "./outcome.ts";
import { type ExportedRun, historyIn } from "./records.ts";

/** A run at its place in MLflow. */
interface Placed extends FilePlace {
  id: string;
  /** As of which change here it is complete; null where it is not. */
  doneAt: string | null;
  isDeleted: boolean;
}

/** A run whose end waits for what it points to. */
interface Waiting {
  run: ExportedRun;
  experiment: string;
  parent: string | null;
  inputModels: string[];
}

const mostPoints = 1_000;
const mostPairs = 100;
/** These say again what MLflow is told otherwise, under ids that are others there. */
const ownTags = new Set(["mlflow.parentRunId", "mlflow.inputModels", "mlflow.user", "mlflow.runName"]);

/** Writes runs with their histories; the ones that are there are found by the tag that names them. */
export class RunWriter {
  private readonly placed = new Map<string, Placed>();
  private readonly waiting: Waiting[] = [];

  constructor(
    private readonly server: MlflowServer,
    private readonly client: StemmaClient,
    private readonly experiments: ExperimentWriter,
    private readonly outcome: Outcome,
  ) {}

  /** Learns which runs an experiment there has already. */
  async learn(experimentId: string): Promise<void> {
    for await (const run of runsOf(this.server, [experimentId])) this.know(run);
  }

  isThere(runId: string): boolean {
    return this.placed.has(runId);
  }

  /** The id there; null of a run that was not exported. */
  idOf(runId: string): string | null {
    return this.placed.get(runId)?.id ?? null;
  }

  /** Where its files are kept there; null of a run that was not exported. */
  placeOf(runId: string): FilePlace | null {
    return this.placed.get(runId) ?? null;
  }

  /** Says which files a run has there; one that is deleted takes no tags while it is. */
  async markFiles({ runId, deletedAt }: ExportedRun, experiment: string, digest: string): Promise<void> {
    if (await this.experiments.activate(experiment)) await this.learn(this.experiments.idOf(experiment));
    const placed = this.placed.get(runId)!;
    await this.setDeleted(placed, false);
    await this.log({ run_id: placed.id, tags: [{ key: filesTag, value: digest }] });
    placed.filesDigest = digest;
    await this.setDeleted(placed, deletedAt !== null);
  }

  /** Writes what is missing of a run, or leaves it out with a warning where MLflow refuses it. */
  async write(run: ExportedRun, experiment: string): Promise<void> {
    const held = this.placed.get(run.runId);
    // What a run under way has logged is no change of it.
    if (held?.doneAt === run.updatedAt && run.status !== "RUNNING") return;
    try {
      if (await this.experiments.activate(experiment)) await this.learn(this.experiments.idOf(experiment));
      const placed = this.placed.get(run.runId) ?? (await this.make(run, experiment));
      await this.setDeleted(placed, false);
      const there = held ? await this.readOf(placed) : null;
      await this.writeFacts(run, placed, there);
      await this.writeHistories(run, placed, there);
      await this.writeInputs(run, placed);
    } catch (error) {
      if (!(error instanceof StemmaClientError) || error.code !== "INVALID_PARAMETER_VALUE") throw error;
      this.outcome.leaves("runs or parts of them");
      this.outcome.warn(`Run ${run.runId}: ${error.message}`);
      if (!this.placed.has(run.runId)) return;
    }
    const inputModels = inputModelsOf(run);
    const waiting = { run, experiment, parent: run.parent?.runId ?? null, inputModels };
    if (inputModels.length > 0 || (waiting.parent !== null && !this.isThere(waiting.parent)))
      this.waiting.push(waiting);
    else await this.end(waiting, () => null);
  }

  /** Ends the runs that waited. `modelOf`: the id there of a logged model. */
  async finish(modelOf: (modelId: string) => string | null): Promise<void> {
    for (const one of this.waiting.splice(0)) await this.end(one, modelOf);
  }

  private know({ info, data }: MlflowRun): void {
    const tag = (key: string) => data.tags.find((one) => one.key === key)?.value;
    const runId = tag(idTag);
    if (runId === undefined) return;
    const isDeleted = info.lifecycle_stage === "deleted";
    this.placed.set(runId, {
      ...{ id: info.run_id, doneAt: tag(doneTag) ?? null, isDeleted },
      ...{ artifactUri: info.artifact_uri ?? "", filesDigest: tag(filesTag) ?? null },
    });
  }

  private async make(run: ExportedRun, experiment: string): Promise<Placed> {
    const experimentId = this.experiments.idOf(experiment);
    const find = async () => {
      for await (const one of runsOf(this.server, [experimentId], `tags.\`${idTag}\` = ${quoted(run.runId)}`))
        return one;
      return null;
    };
    const body = {
      experiment_id: experimentId,
      user_id: run.attributedTo ?? undefined,
      start_time: run.startedAt === null ? undefined : Date.parse(run.startedAt),
      run_name: run.name ?? undefined,
      tags: [{ key: idTag, value: run.runId }],
    };
    const made = await this.server.makeOnce(
      find,
      async (server) => (await server.send("POST", "runs/create", body, oneRun)).run,
    );
    this.know(made);
    this.outcome.wrote("runs");
    return this.placed.get(run.runId)!;
  }

  private async readOf({ id }: Placed): Promise<MlflowRun> {
    return (await this.server.get("runs/get", { run_id: id }, oneRun)).run;
  }

  private async writeFacts(run: ExportedRun, { id }: Placed, there: MlflowRun | null): Promise<void> {
    const params = pairsFor(run.params, longest.param, this.outcome);
    const known = new Set(there?.data.params.map(({ key }) => key));
    for (const piece of piecesOf(
      params.filter(({ key }) => !known.has(key)),
      mostPairs,
    )) {
      await this.log({ run_id: id, params: piece });
      this.outcome.wrote("params", piece.length);
    }
    const tags = missingTags(this.tagsOf(run), there?.data.tags ?? []);
    for (const piece of piecesOf(tags, mostPairs)) await this.log({ run_id: id, tags: piece });
  }

  private tagsOf(run: ExportedRun): KeyValue[] {
    const kept = run.tags.filter(({ key }) => !ownTags.has(key));
    const tags = pairsFor(kept, longest.runTag, this.outcome);
    if (run.attributedTo !== null) tags.push({ key: "mlflow.user", value: run.attributedTo });
    if (run.name !== null)
      tags.push({ key: "mlflow.runName", value: cut(run.name, longest.runTag, this.outcome) });
    return tags;
  }

  private async writeHistories(run: ExportedRun, { id }: Placed, there: MlflowRun | null): Promise<void> {
    for (const key of new Set(run.metrics.map((metric) => metric.key))) {
      // A database ignores what it has; a folder would keep it twice.
      const known = there ? await this.pointsThere(id, key) : new Set<string>();
      let piece: PointForMlflow[] = [];
      const send = async () => {
        if (piece.length > 0) await this.log({ run_id: id, metrics: piece });
        this.outcome.wrote("metric points", piece.length);
        piece = [];
      };
      for await (const point of historyIn(this.client, run.runId, key)) {
        const told = pointFor(point, this.outcome);
        this.outcome.leaves("datasets that metric points name", point.dataset ? 1 : 0);
        if (known.has(identityOf(told))) continue;
        if (piece.push(told) === mostPoints) await send();
      }
      await send();
    }
  }

  private async pointsThere(id: string, key: string): Promise<Set<string>> {
    const found = new Set<string>();
    for await (const { value, timestamp, step, ...metric } of historyOf(
      this.server,
      id,
      keyFor(key, this.outcome),
    )) {
      const isInfinite = typeof value === "number" && Math.abs(value) === Number.MAX_VALUE;
      const told = isInfinite ? (value > 0 ? "Infinity" : "-Infinity") : value;
      found.add(
        identityOf({
          key: metric.key,
          value: told as number,
          timestamp: Number(timestamp),
          step: Number(step),
        }),
      );
    }
    return found;
  }

  /** MLflow itself passes over what it was told before. */
  private async writeInputs({ inputs }: ExportedRun, { id }: Placed): Promise<void> {
    const datasets = inputs
      .filter(({ isInferred }) => !isInferred)
      .map((use) => datasetInputFor(use, this.outcome));
    if (datasets.length > 0)
      await this.server.send("POST", "runs/log-inputs", { run_id: id, datasets }, nothing);
  }

  private async end(
    { run, experiment, parent, inputModels }: Waiting,
    modelOf: (modelId: string) => string | null,
  ): Promise<void> {
    const placed = this.placed.get(run.runId)!;
    await this.experiments.activate(experiment);
    await this.setDeleted(placed, false);
    const models = inputModels.map(modelOf).flatMap((model_id) => (model_id === null ? [] : [{ model_id }]));
    this.outcome.leaves("logged models that runs read", inputModels.length - models.length);
    if (models.length > 0)
      await this.server.send("POST", "runs/log-inputs", { run_id: placed.id, models }, nothing);
    const parentId = parent === null ? null : this.idOf(parent);
    const tags = [{ key: doneTag, value: run.updatedAt }];
    if (parentId !== null) tags.push({ key: "mlflow.parentRunId", value: parentId });
    const end_time = run.endedAt === null ? undefined : Date.parse(run.endedAt);
    await this.server.send(
      "POST",
      "runs/update",
      { run_id: placed.id, status: run.status, end_time },
      nothing,
    );
    await this.log({ run_id: placed.id, tags });
    await this.setDeleted(placed, run.deletedAt !== null);
  }

  private async setDeleted(placed: Placed, isDeleted: boolean): Promise<void> {
    if (placed.isDeleted === isDeleted) return;
    await this.server.send(
      "POST",
      isDeleted ? "runs/delete" : "runs/restore",
      { run_id: placed.id },
      nothing,
    );
    placed.isDeleted = isDeleted;
  }

  private log(body: object): Promise<unknown> {
    return this.server.send("POST", "runs/log-batch", body, nothing);
  }
}

/** Ids of the logged models that a run read, as importers keep them. */
function inputModelsOf({ tags }: ExportedRun): string[] {
  const told = tags.find(({ key }) => key === "mlflow.inputModels")?.value;
  try {
    const ids: unknown = JSON.parse(told ?? "[]");
    return Array.isArray(ids) ? ids.filter((id) => typeof id === "string") : [];
  } catch {
    return [];
  }
}
