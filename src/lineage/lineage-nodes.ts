import { among, chunksOf, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Actor } from "../kernel/actor.ts";
import { notFound } from "../kernel/errors.ts";
import { readFixedRef } from "../registry/version.rules.ts";
import type { VersionService } from "../registry/version.service.ts";
import type { CommitService } from "../tracking/commit.service.ts";
import type { DatasetService } from "../tracking/dataset.service.ts";
import type { LoggedModelService } from "../tracking/logged-model.service.ts";
import { isRunId } from "../tracking/run.rules.ts";
import type { RunCreationService } from "../tracking/run-creation.service.ts";
import type { LineageNodeInput, RecordLineageInput } from "./record-lineage.inputs.ts";

const nodesPerQuery = 400;

/** Finds or makes the nodes that a subgraph names. */
export class LineageNodes {
  constructor(
    private readonly runs: RunCreationService,
    private readonly datasets: DatasetService,
    private readonly commits: CommitService,
    private readonly loggedModels: LoggedModelService,
    private readonly versions: VersionService,
  ) {}

  /**
   * Node numbers by ref. Versions come first, in a fixed order: their models' rows are locked before anything else, then
   * the runs and logged models that an edge leads into, which will change; the graph's row comes after them all.
   * Throws NOT_FOUND for a version or logged model that is not there.
   */
  async of(
    tx: Transaction,
    actor: Actor,
    { nodes, edges }: Pick<RecordLineageInput, "nodes" | "edges">,
  ): Promise<Map<string, number>> {
    const found = new Map<string, number>();
    const numbered = nodes.map((node, index) => ({ node, at: `nodes.${index}` }));
    const versions = numbered.filter(({ node }) => node.modelVersion != null);
    versions.sort((a, b) => (a.node.modelVersion! < b.node.modelVersion! ? -1 : 1));
    for (const { node, at } of versions) {
      const field = `${at}.modelVersion`;
      const locked = await this.versions.lock(tx, readFixedRef(node.modelVersion!, field), field);
      found.set(node.ref, locked.version.nodeId);
    }
    const changing = new Set(edges.map(({ to }) => to));
    await this.lock(
      tx,
      actor,
      nodes.filter(({ ref }) => changing.has(ref)),
    );
    for (const { node, at } of numbered) {
      if (node.modelVersion == null) found.set(node.ref, await this.one(tx, actor, node, at));
    }
    return found;
  }

  /** In the order in which imports lock them. Those that are not there are made later, or refused. */
  private async lock(tx: Transaction, actor: Actor, nodes: readonly LineageNodeInput[]): Promise<void> {
    const runIds = nodes.flatMap(({ run }) => (run && isRunId(run.runId) ? [run.runId] : []));
    for (const some of chunksOf(runIds.sort(), nodesPerQuery)) {
      await tx.lock(sql`SELECT r.id FROM run r WHERE ${among(sql`r.runId`, some)} ORDER BY r.runId`);
    }
    const modelIds: string[] = [];
    for (const { loggedModel } of nodes) {
      const found = loggedModel == null ? null : await this.loggedModels.find(tx, actor, loggedModel);
      if (found) modelIds.push(found.modelId);
    }
    for (const some of chunksOf(modelIds.sort(), nodesPerQuery)) {
      await tx.lock(
        sql`SELECT l.id FROM logged_model l WHERE ${among(sql`l.modelId`, some)} ORDER BY l.modelId`,
      );
    }
  }

  private async one(tx: Transaction, actor: Actor, node: LineageNodeInput, at: string): Promise<number> {
    if (node.run) return (await this.runs.ensure(tx, actor, node.run, `${at}.run`)).nodeId;
    if (node.datasetVersion) {
      return (await this.datasets.ensureVersion(tx, actor, node.datasetVersion, `${at}.datasetVersion`))
        .nodeId;
    }
    if (node.commit) return (await this.commits.ensure(tx, actor, node.commit, `${at}.commit`)).nodeId;
    const loggedModel = await this.loggedModels.find(tx, actor, node.loggedModel!);
    if (!loggedModel) throw notFound(`logged model ${node.loggedModel}`, `${at}.loggedModel`);
    return loggedModel.nodeId;
  }
}
