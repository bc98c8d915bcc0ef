import { readable } from "../db/readable.ts";
import { every, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Verbs } from "../journal/verbs.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { alreadyExists, conflict, notFound } from "../kernel/errors.ts";
import { nameOf } from "../kernel/names.ts";
import type { Permission } from "../kernel/permission.ts";
import type { ExperimentService } from "./experiment.service.ts";
import { metricsOf, paramsOf, stepOf, tagChangesOf, tagsOf } from "./fact.rules.ts";
import { mustWithin } from "./guarding.ts";
import type { LoggedModel } from "./logged-model.entity.ts";
import type {
  CreateLoggedModelInput,
  DeleteLoggedModelInput,
  UpdateLoggedModelInput,
} from "./logged-model.inputs.ts";
import { loggedModelColumns, loggedModelNamed, loggedModelOfRow } from "./logged-model.query.ts";
import { loggedModelStatusOf, mintedModelId, modelIdOf } from "./logged-model.rules.ts";
import type { LoggedModelWriter } from "./logged-model-writer.ts";
import type { Run } from "./run.entity.ts";
import type { RunService } from "./run.service.ts";

export type LoggedModelOutcome = { loggedModel: number };

/** Verbs about logged models. */
export class LoggedModelService {
  constructor(
    private readonly verbs: Verbs,
    private readonly writer: LoggedModelWriter,
    private readonly runs: RunService,
    private readonly experiments: ExperimentService,
    private readonly clock: Clock,
  ) {}

  create(actor: Actor, input: CreateLoggedModelInput): Promise<LoggedModelOutcome> {
    return this.verbs.run(actor, "createLoggedModel", input, async (tx) => {
      const now = this.clock();
      const modelId = input.modelId == null ? mintedModelId() : modelIdOf("modelId", input.modelId);
      const given = {
        params: paramsOf(input.params),
        tags: tagsOf(input.tags),
        metrics: metricsOf(input.metrics, now),
      };
      const run = input.runId == null ? null : await this.runOf(tx, actor, input.runId);
      const experimentId = await this.experimentOf(tx, actor, input.experiment, run);
      if (input.modelId != null) await this.mustBeFree(tx, modelId);
      const facts = {
        modelId,
        name: input.name ? nameOf("name", input.name) : null,
        runId: run?.nodeId ?? null,
        experimentId,
        status: input.status ? loggedModelStatusOf("status", input.status) : "READY",
        attributedTo: input.attributedTo ? nameOf("attributedTo", input.attributedTo) : null,
        createdAt: now,
        updatedAt: now,
        deletedAt: null,
        step: null,
      };
      const [model] = await this.writer.create(tx, actor, [{ facts, given }]);
      return { loggedModel: model!.nodeId };
    });
  }

  update(actor: Actor, input: UpdateLoggedModelInput): Promise<LoggedModelOutcome> {
    return this.verbs.run(actor, "updateLoggedModel", input, async (tx) => {
      const changes = {
        params: paramsOf(input.params),
        metrics: metricsOf(input.metrics, this.clock()),
        tags: tagChangesOf(input.setTags, input.deleteTags, "setTags"),
        ...(input.status ? { status: loggedModelStatusOf("status", input.status) } : {}),
        ...(input.step == null ? {} : { step: stepOf("step", input.step) }),
      };
      const model = await this.lock(tx, actor, input.modelId);
      await this.writer.edit(tx, actor, model, changes);
      return { loggedModel: model.nodeId };
    });
  }

  /** Deleting it again changes nothing. */
  delete(actor: Actor, input: DeleteLoggedModelInput): Promise<LoggedModelOutcome> {
    return this.verbs.run(actor, "deleteLoggedModel", input, async (tx) => {
      const model = await this.lockAny(tx, actor, "run:delete", input.modelId);
      if (model.deletedAt === null) await this.writer.delete(tx, actor, model);
      return { loggedModel: model.nodeId };
    });
  }

  /** By model id (`m-…`) or node id, deleted or not; null where there is none that the actor may read. */
  async find(tx: Transaction, actor: Actor, model: string): Promise<LoggedModel | null> {
    const where = every([loggedModelNamed(model), ...readable(actor, sql`l.experimentId`)]);
    const [row] = await tx.query<object>(
      sql`SELECT ${loggedModelColumns} FROM logged_model l WHERE ${where}`,
    );
    return row ? loggedModelOfRow(row) : null;
  }

  private async lock(tx: Transaction, actor: Actor, model: string): Promise<LoggedModel> {
    const locked = await this.lockAny(tx, actor, "run:write", model);
    if (locked.deletedAt !== null) throw conflict(`logged model ${locked.modelId} is deleted`, "modelId");
    return locked;
  }

  private async lockAny(
    tx: Transaction,
    actor: Actor,
    permission: Permission,
    model: string,
  ): Promise<LoggedModel> {
    const absent = () => notFound(`logged model ${model}`, "modelId");
    const [row] = await tx.lock<object>(
      sql`SELECT ${loggedModelColumns} FROM logged_model l WHERE ${loggedModelNamed(model)}`,
    );
    if (!row) throw absent();
    const locked = loggedModelOfRow(row);
    await mustWithin(tx, actor, permission, [{ container: locked.experimentId, absent }]);
    return locked;
  }

  private async mustBeFree(tx: Transaction, modelId: string): Promise<void> {
    const there = await tx.query(sql`SELECT l.id FROM logged_model l WHERE l.modelId = ${modelId}`);
    if (there.length > 0) throw alreadyExists(`logged model ${modelId} exists already`, "modelId");
  }

  private async runOf(tx: Transaction, actor: Actor, runId: string): Promise<Run> {
    const run = await this.runs.find(tx, actor, runId);
    if (!run) throw notFound(`run ${runId}`, "runId");
    if (run.deletedAt !== null) throw conflict(`run ${run.runId} is deleted; restore it first`, "runId");
    return run;
  }

  /** The experiment to log into. Throws what `actor.must` throws. */
  private async experimentOf(
    tx: Transaction,
    actor: Actor,
    named: string | null | undefined,
    run: Run | null,
  ): Promise<number> {
    if (run && named == null) {
      await mustWithin(tx, actor, "run:write", [{ container: run.experimentId }]);
      return run.experimentId;
    }
    const { nodeId, name } = await this.experiments.writable(tx, actor, named);
    if (run && nodeId !== run.experimentId) {
      throw conflict(`run ${run.runId} belongs to another experiment than ${name}`, "experiment");
    }
    return nodeId;
  }
}
