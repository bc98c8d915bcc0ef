import { among, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import { EdgeType } from "../graph/graph.entity.ts";
import type { Graph } from "../graph/graph.ts";
import type { Journal } from "../journal/journal.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { formatId } from "../kernel/ids.ts";
import { type MetricSeries, type MetricValue, tagsBody } from "./fact.rules.ts";
import { factDigestsOf } from "./fact-digest.ts";
import type { Facts, GivenFacts } from "./facts.ts";
import { grouped } from "./grouping.ts";
import { LoggedModel } from "./logged-model.entity.ts";
import { loggedModelOfRow } from "./logged-model.query.ts";
import { instant } from "./run.rules.ts";

/** A logged model to make, checked. */
export interface NewLoggedModel {
  facts: Omit<LoggedModel, "id" | "nodeId" | "nodeKind">;
  given: GivenFacts;
}

/** Changes of one, checked. */
export interface Changes {
  status?: string;
  step?: number;
  params: ReadonlyMap<string, string>;
  metrics: readonly (MetricSeries & MetricValue)[];
  tags: ReadonlyMap<string, string | null>;
}

/** Writes logged models within a transaction: rows, facts, the edge from the run, and one event each. */
export class LoggedModelWriter {
  constructor(
    private readonly journal: Journal,
    private readonly graph: Graph,
    private readonly facts: Facts,
    private readonly clock: Clock,
  ) {}

  /** Makes them, in bulk; their ids are checked and free. */
  async create(
    tx: Transaction,
    actor: Actor,
    given: readonly NewLoggedModel[],
    isImported = false,
  ): Promise<LoggedModel[]> {
    if (given.length === 0) return [];
    const nodes = await this.graph.createNodes(
      tx,
      given.map(({ facts }) => ({
        kind: "LOGGED_MODEL",
        label: facts.name ?? facts.modelId,
        container: facts.experimentId,
      })),
    );
    const models = given.map(({ facts }, at) => loggedModelOfRow({ ...facts, nodeId: nodes[at] }));
    await tx.insertNew(LoggedModel, models);
    await this.facts.merge(tx, new Map(models.map(({ nodeId }, at) => [nodeId, given[at]!.given])));
    const drafts = models.flatMap(({ nodeId, runId }) =>
      runId === null ? [] : [{ src: runId, dst: nodeId, type: EdgeType.PRODUCED }],
    );
    const edges = grouped(await this.graph.propose(tx, drafts), ({ dst }) => dst);
    const digests = await factDigestsOf(
      tx,
      models.map(({ nodeId }) => nodeId),
    );
    for (const [at, model] of models.entries()) {
      const { nodeId, experimentId, attributedTo, createdAt } = model;
      const { body, texts } = tagsBody(given[at]!.given.tags ?? new Map());
      const recorded = this.journal.record(tx, actor, {
        type: "logged_model.created",
        subject: nodeId,
        container: experimentId,
        body: { ...whatIs(model), ...body, ...digests.get(nodeId) },
        texts: { ...texts, name: model.name },
        attributedTo,
        isImported,
        ...(isImported ? { occurredAt: createdAt } : {}),
      });
      this.graph.add(tx, recorded, edges.get(nodeId) ?? []);
    }
    return models;
  }

  /** Changes one, locked; one event with a digest of its facts where anything changed. */
  async edit(tx: Transaction, actor: Actor, model: LoggedModel, changes: Changes): Promise<void> {
    const { params, metrics, tags } = changes;
    const status = changes.status === model.status ? undefined : changes.status;
    const step = changes.step === model.step ? undefined : changes.step;
    const added = [
      await this.facts.addParams(tx, model.nodeId, params),
      await this.facts.addMetrics(tx, model.nodeId, metrics),
    ];
    const isTagged = await this.facts.setTags(tx, model.nodeId, tags);
    const isSame = status === undefined && step === undefined && !isTagged;
    if (isSame && added.every((count) => count === 0)) return;
    const told = tagsBody(isTagged ? tags : new Map());
    const body = {
      ...(status === undefined ? {} : { status }),
      ...(step === undefined ? {} : { step: String(step) }),
      ...told.body,
    };
    await this.touch(tx, [model], status);
    if (step !== undefined)
      await tx.run(sql`UPDATE logged_model SET step = ${step} WHERE id = ${model.nodeId}`);
    const digests = await factDigestsOf(tx, [model.nodeId]);
    this.journal.record(
      tx,
      actor,
      this.updated(model, { ...body, ...digests.get(model.nodeId) }, told.texts),
    );
  }

  /** Deletes one, locked and not deleted yet. */
  async delete(tx: Transaction, actor: Actor, model: LoggedModel): Promise<void> {
    const now = this.clock();
    await tx.run(
      sql`UPDATE logged_model SET deletedAt = ${now}, updatedAt = ${now} WHERE id = ${model.nodeId}`,
    );
    const draft = this.updated(model, {});
    this.journal.record(tx, actor, { ...draft, type: "logged_model.deleted" });
  }

  /** Adds what is missing to locked ones, as history knows it; answers how many gained something. */
  async merge(
    tx: Transaction,
    actor: Actor,
    known: readonly { model: LoggedModel; given: GivenFacts }[],
  ): Promise<number> {
    const added = await this.facts.merge(tx, new Map(known.map(({ model, given }) => [model.nodeId, given])));
    const gained = known.filter(({ model }) => added.get(model.nodeId)! > 0).map(({ model }) => model);
    if (gained.length === 0) return 0;
    await this.touch(tx, gained);
    const nodes = gained.map(({ nodeId }) => nodeId);
    const digests = await factDigestsOf(tx, nodes);
    for (const model of gained) {
      const draft = this.updated(model, { ...digests.get(model.nodeId) });
      this.journal.record(tx, actor, { ...draft, isImported: true, occurredAt: model.createdAt });
    }
    return gained.length;
  }

  private updated(
    { nodeId, experimentId, modelId }: LoggedModel,
    body: Record<string, unknown>,
    texts: Record<string, string> = {},
  ) {
    const subject = { subject: nodeId, container: experimentId };
    return { type: "logged_model.updated", ...subject, body: { modelId, ...body }, texts };
  }

  private async touch(tx: Transaction, models: readonly LoggedModel[], status?: string): Promise<void> {
    const nodes = models.map(({ nodeId }) => nodeId);
    const now = this.clock();
    await tx.run(sql`UPDATE logged_model SET updatedAt = ${now} WHERE ${among(sql`id`, nodes)}`);
    if (status === undefined) return;
    await tx.run(sql`UPDATE logged_model SET status = ${status} WHERE ${among(sql`id`, nodes)}`);
  }
}

function whatIs({ modelId, experimentId, runId, status, deletedAt }: LoggedModel): Record<string, unknown> {
  return {
    modelId,
    experiment: formatId("EXPERIMENT", experimentId),
    status,
    ...(runId === null ? {} : { run: formatId("RUN", runId) }),
    ...(deletedAt === null ? {} : { deletedAt: instant(deletedAt) }),
  };
}
