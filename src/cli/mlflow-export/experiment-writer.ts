import { z } from "zod";
import type { KeyValue } from "../../client/import-batch.ts";
import { type MlflowExperiment, nothing } from "../../client/mlflow-answers.ts";
import { experimentsOf } from "../../client/mlflow-lists.ts";
import type { MlflowServer } from "../../client/mlflow-server.ts";
import { idTag, longest, missingTags, pairsFor } from "./mlflow-form.ts";
import type { Outcome } from "./outcome.ts";
import type { ExportedExperiment } from "./records.ts";

const made = z.object({ experiment_id: z.string() });

/** An experiment of the registry at its place in MLflow. */
interface Placed {
  id: string;
  isActive: boolean;
  /** Deleted in the registry: it is deleted there, too, once all of it is written. */
  isToBeDeleted: boolean;
}

/** Finds and makes the experiments, by the tag that says whose they are, else by name. */
export class ExperimentWriter {
  private readonly byTag = new Map<string, MlflowExperiment>();
  private readonly byName = new Map<string, MlflowExperiment>();
  private readonly placed = new Map<string, Placed>();

  private constructor(
    private readonly server: MlflowServer,
    private readonly outcome: Outcome,
  ) {}

  static async open(server: MlflowServer, outcome: Outcome): Promise<ExperimentWriter> {
    const writer = new ExperimentWriter(server, outcome);
    for await (const experiment of experimentsOf(server)) writer.know(experiment);
    return writer;
  }

  /** The id there; null where it is not there yet. */
  find(experiment: ExportedExperiment): string | null {
    return this.heldOf(experiment)?.experiment_id ?? null;
  }

  async write(experiment: ExportedExperiment): Promise<string> {
    const { id, deletedAt, tags } = experiment;
    const own = { key: idTag, value: identityOf(experiment) };
    const wanted = [...pairsFor(tags, longest.tag, this.outcome), own];
    const held = this.heldOf(experiment) ?? (await this.make(experiment, wanted));
    const isActive = held.lifecycle_stage !== "deleted";
    this.placed.set(id, { id: held.experiment_id, isActive, isToBeDeleted: deletedAt !== null });
    for (const tag of missingTags(wanted, held.tags)) {
      await this.activate(id);
      const body = { experiment_id: held.experiment_id, ...tag };
      await this.server.send("POST", "experiments/set-experiment-tag", body, nothing);
    }
    return held.experiment_id;
  }

  /** Its id there, of one that was written. */
  idOf(experiment: string): string {
    return this.placed.get(experiment)!.id;
  }

  /** Before something is written into it. Answers whether it had to be restored, and its runs with it. */
  async activate(experiment: string): Promise<boolean> {
    const placed = this.placed.get(experiment)!;
    if (placed.isActive) return false;
    await this.server.send("POST", "experiments/restore", { experiment_id: placed.id }, nothing);
    placed.isActive = true;
    return true;
  }

  /** Deletes there what is deleted here. */
  async finish(): Promise<void> {
    for (const placed of this.placed.values()) {
      if (!placed.isActive || !placed.isToBeDeleted) continue;
      await this.server.send("POST", "experiments/delete", { experiment_id: placed.id }, nothing);
      placed.isActive = false;
    }
  }

  private know(experiment: MlflowExperiment): void {
    const tag = experiment.tags.find(({ key }) => key === idTag)?.value;
    if (tag !== undefined) this.byTag.set(tag, experiment);
    this.byName.set(experiment.name, experiment);
  }

  private heldOf(experiment: ExportedExperiment): MlflowExperiment | undefined {
    const identity = identityOf(experiment);
    const named = this.byName.get(experiment.name);
    const isSomebodysElse = named?.tags.some(({ key, value }) => key === idTag && value !== identity);
    return this.byTag.get(identity) ?? (isSomebodysElse ? undefined : named);
  }

  private async make({ id, name }: ExportedExperiment, tags: readonly KeyValue[]): Promise<MlflowExperiment> {
    const given = this.byName.has(name) ? `${name} (${id})` : name;
    if (given !== name)
      this.outcome.warn(`Experiment ${name} is exported as ${given}: there is another one of its name`);
    const find = async () => {
      for await (const one of experimentsOf(this.server)) if (one.name === given) return one.experiment_id;
      return null;
    };
    const experimentId = await this.server.makeOnce(
      find,
      async (server) =>
        (await server.send("POST", "experiments/create", { name: given, tags }, made)).experiment_id,
    );
    this.outcome.wrote("experiments");
    const times = { creation_time: null, last_update_time: null, artifact_location: null };
    const experiment: MlflowExperiment = {
      ...{ experiment_id: experimentId, name: given, lifecycle_stage: "active" },
      ...{ ...times, tags: [...tags] },
    };
    this.know(experiment);
    return experiment;
  }
}

/** Ids are of one registry; no other one made an experiment of the same id at the same instant. */
function identityOf({ id, createdAt }: ExportedExperiment): string {
  return `${id} ${createdAt}`;
}
