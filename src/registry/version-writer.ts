import { sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Graph } from "../graph/graph.ts";
import type { Journal } from "../journal/journal.ts";
import type { Actor } from "../kernel/actor.ts";
import { canonical, sha256 } from "../kernel/canonical.ts";
import type { Clock } from "../kernel/clock.ts";
import { alreadyExists } from "../kernel/errors.ts";
import { instanceOf } from "../kernel/node.ts";
import { metricsOf, paramsOf, tagsBody, tagsOf } from "../tracking/fact.rules.ts";
import type { Facts } from "../tracking/facts.ts";
import type { EdgeInference } from "../tracking/inference.ts";
import type { CardWriter } from "./card-writer.ts";
import type { Model } from "./model.entity.ts";
import type { Origin } from "./provenance.ts";
import { factsOf, semanticOf } from "./registration.rules.ts";
import { StageChangeRow } from "./stage.entity.ts";
import { heldStages } from "./stage.query.ts";
import { ModelVersion, VersionStatus } from "./version.entity.ts";
import type { RegisterModelVersionInput } from "./version.inputs.ts";
import { semanticOrderOf } from "./version.rules.ts";

/** What only history tells: a version that is registered now has none of it. */
export interface ForeignFacts {
  number: number;
  status: VersionStatus;
  statusMessage: string | null;
  createdAt: number;
  updatedAt: number;
  attributedTo: string | null;
}

const mostImportedMetrics = 100_000;

/** Writes a new version: row, facts, edges, first stay, event. The caller holds the model's lock. */
export class VersionWriter {
  constructor(
    private readonly journal: Journal,
    private readonly graph: Graph,
    private readonly told: { facts: Facts; inference: EdgeInference },
    private readonly cards: CardWriter,
    private readonly clock: Clock,
  ) {}

  async insert(
    tx: Transaction,
    actor: Actor,
    model: Model,
    input: RegisterModelVersionInput,
    origin: Origin,
    foreign: ForeignFacts | null = null,
  ): Promise<ModelVersion> {
    const number = foreign?.number ?? model.lastNumber + 1;
    const row = await this.rowOf(tx, actor, model, input, origin, number, foreign);
    const { stage } = row;
    await tx.insert(ModelVersion, [row]);
    model.lastNumber = Math.max(model.lastNumber, number);
    const later = sql`CASE WHEN updatedAt < ${row.updatedAt} THEN ${row.updatedAt} ELSE updatedAt END`;
    await tx.run(
      sql`UPDATE model SET lastNumber = ${model.lastNumber}, updatedAt = ${later} WHERE id = ${model.nodeId}`,
    );
    const params = paramsOf(input.params);
    const metrics = metricsOf(input.metrics, row.createdAt, foreign ? mostImportedMetrics : undefined);
    const tags = tagsOf(input.tags);
    const { facts, inference } = this.told;
    await facts.setTags(tx, row.nodeId, tags);
    await facts.addParams(tx, row.nodeId, params);
    await facts.addMetrics(tx, row.nodeId, metrics);
    const edges = await this.graph.propose(
      tx,
      origin.edges.map((edge) => ({ ...edge, dst: row.nodeId })),
    );
    const version = instanceOf(ModelVersion, row);
    const { body, texts } = tagsBody(tags);
    const recorded = this.journal.record(tx, actor, {
      type: "version.registered",
      subject: row.nodeId,
      container: model.nodeId,
      body: { ...body, ...this.registered(model, version, origin, params, metrics) },
      texts: { ...texts, description: row.description, source: row.source },
      occurredAt: row.createdAt,
      attributedTo: row.attributedTo,
      isImported: foreign !== null,
    });
    this.graph.add(tx, recorded, edges);
    recorded.onNumbered((seq) => this.openFirstStay(tx, version, stage, seq));
    const speaker = { node: row.nodeId, container: model.nodeId, params, tags };
    await inference.infer(tx, actor, [foreign ? { ...speaker, importedAt: row.createdAt } : speaker]);
    if (!foreign) await this.cards.inherit(tx, actor, version);
    return version;
  }

  private async rowOf(
    tx: Transaction,
    actor: Actor,
    model: Model,
    input: RegisterModelVersionInput,
    origin: Origin,
    number: number,
    foreign: ForeignFacts | null,
  ) {
    const [firstStage] = await heldStages(tx);
    const now = this.clock();
    const facts = factsOf(input);
    const semantic = input.semanticVersion ? semanticOf(input.semanticVersion) : null;
    await this.mustBeFree(tx, model, "externalId", facts.externalId);
    await this.mustBeFree(tx, model, "semanticVersion", semantic?.version ?? null);
    const node = { kind: "MODEL_VERSION" as const, label: String(number), container: model.nodeId };
    const [nodeId] = await this.graph.createNodes(tx, [node]);
    return {
      nodeId: nodeId!,
      modelId: model.nodeId,
      number,
      semanticVersion: semantic?.version ?? null,
      semanticOrder: semantic ? semanticOrderOf(semantic) : null,
      stage: firstStage!.name,
      status: foreign?.status ?? VersionStatus.READY,
      statusMessage: foreign?.statusMessage ?? null,
      ...facts,
      runId: origin.run?.nodeId ?? null,
      loggedModelId: origin.loggedModel?.nodeId ?? null,
      commitId: origin.commit?.nodeId ?? null,
      createdById: actor.node,
      attributedTo: foreign?.attributedTo ?? null,
      createdAt: foreign?.createdAt ?? now,
      updatedAt: foreign?.updatedAt ?? now,
      deletedAt: null,
      revision: 1,
    };
  }

  private async mustBeFree(
    tx: Transaction,
    model: Model,
    field: "externalId" | "semanticVersion",
    value: string | null,
  ): Promise<void> {
    if (value === null) return;
    const column = field === "externalId" ? sql`externalId` : sql`semanticVersion`;
    const [taken] = await tx.query<{ number: number }>(
      sql`SELECT number FROM model_version WHERE modelId = ${model.nodeId} AND ${column} = ${value}`,
    );
    if (taken) throw alreadyExists(`${field}: ${model.name}/${taken.number} has ${value} already`, field);
  }

  /** The facts that are fixed now; long ones by digest. */
  private registered(
    model: Model,
    version: ModelVersion,
    { run, loggedModel, commit }: Origin,
    params: Map<string, string>,
    metrics: unknown[],
  ): Record<string, unknown> {
    const digest = (value: unknown) => sha256(canonical(value));
    return {
      model: model.name,
      number: version.number,
      semanticVersion: version.semanticVersion,
      externalId: version.externalId,
      framework: version.framework,
      format: version.format,
      run: run?.runId ?? null,
      loggedModel: loggedModel?.modelId ?? null,
      commit: commit?.sha ?? null,
      params: { count: params.size, digest: digest(Object.fromEntries(params)) },
      metrics: { count: metrics.length, digest: digest(metrics) },
      signatureDigest: version.signature === null ? null : digest(version.signature),
    };
  }

  /** In this stage, not the version's: moves of the same transaction have changed that by now. */
  private openFirstStay(tx: Transaction, version: ModelVersion, stage: string, seq: number): Promise<void> {
    const { nodeId: versionId, modelId, createdAt: fromAt } = version;
    return tx.insert(StageChangeRow, [
      { versionId, modelId, stage, fromSeq: seq, toSeq: null, fromAt, toAt: null },
    ]);
  }
}
