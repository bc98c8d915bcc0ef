import { type Sql, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Verbs } from "../journal/verbs.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { alreadyExists, conflict, notFound } from "../kernel/errors.ts";
import { readId } from "../kernel/ids.ts";
import { nameOf } from "../kernel/names.ts";
import type { ExperimentService } from "./experiment.service.ts";
import { metricsOf, paramsOf, tagChangesOf, tagsOf } from "./fact.rules.ts";
import type { LoggedModel } from "./logged-model.entity.ts";
import type { CreateLoggedModelInput, UpdateLoggedModelInput } from "./logged-model.inputs.ts";
import { loggedModelColumns, loggedModelOfRow } from "./logged-model.query.ts";
import { isModelId, loggedModelStatusOf, mintedModelId, modelIdOf } from "./logged-model.rules.ts";
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
      const modelId = await this.freeModelId(tx, input.modelId);
      const given = {
        params: paramsOf(input.params),
        tags: tagsOf(input.tags),
        metrics: metricsOf(input.metrics, now),
      };
      const run = input.runId == null ? null : await this.runOf(tx, input.runId);
      const facts = {
        modelId,
        name: input.name ? nameOf("name", input.name) : null,
        runId: run?.nodeId ?? null,
        experimentId: await this.experimentOf(tx, input.experiment, run),
        status: input.status ? loggedModelStatusOf("status", input.status) : "READY",
        attributedTo: input.attributedTo ? nameOf("attributedTo", input.attributedTo) : null,
        createdAt: now,
        updatedAt: now,
        deletedAt: null,
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
      };
      const model = await this.lock(tx, input.modelId);
      await this.writer.edit(tx, actor, model, changes);
      return { loggedModel: model.nodeId };
    });
  }

  /** By model id (`m-…`) or node id, deleted or not. */
  async find(tx: Transaction, model: string): Promise<LoggedModel | null> {
    const [row] = await tx.query<object>(
      sql`SELECT ${loggedModelColumns} FROM logged_model l WHERE ${isModel(model)}`,
    );
    return row ? loggedModelOfRow(row) : null;
  }

  private async lock(tx: Transaction, model: string): Promise<LoggedModel> {
    const [row] = await tx.lock<object>(
      sql`SELECT ${loggedModelColumns} FROM logged_model l WHERE ${isModel(model)}`,
    );
    if (!row) throw notFound(`logged model ${model}`, "modelId");
    const locked = loggedModelOfRow(row);
    if (locked.deletedAt !== null) throw conflict(`logged model ${locked.modelId} is deleted`, "modelId");
    return locked;
  }

  private async freeModelId(tx: Transaction, wanted: string | null | undefined): Promise<string> {
    if (wanted == null) return mintedModelId();
    const modelId = modelIdOf("modelId", wanted);
    if (await this.find(tx, modelId)) {
      throw alreadyExists(`logged model ${modelId} exists already`, "modelId");
    }
    return modelId;
  }

  private async runOf(tx: Transaction, runId: string): Promise<Run> {
    const run = await this.runs.find(tx, runId);
    if (!run) throw notFound(`run ${runId}`, "runId");
    if (run.deletedAt !== null) throw conflict(`run ${run.runId} is deleted; restore it first`, "runId");
    return run;
  }

  private async experimentOf(
    tx: Transaction,
    named: string | null | undefined,
    run: Run | null,
  ): Promise<number> {
    if (run && named == null) return run.experimentId;
    const { nodeId, name } = await this.experiments.living(tx, named);
    if (run && nodeId !== run.experimentId) {
      throw conflict(`run ${run.runId} belongs to another experiment than ${name}`, "experiment");
    }
    return nodeId;
  }
}

function isModel(model: string): Sql {
  const id = readId(model);
  if (id?.kind === "LOGGED_MODEL") return sql`l.id = ${id.node}`;
  return isModelId(model) ? sql`l.modelId = ${model}` : sql`1 = 0`;
}
