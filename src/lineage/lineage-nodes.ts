import { among, chunksOf, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Actor } from "../kernel/actor.ts";
import { notFound } from "../kernel/errors.ts";
import type { Permission } from "../kernel/permission.ts";
import type { VersionService } from "../registry/version.service.ts";
import type { CommitService } from "../tracking/commit.service.ts";
import type { DatasetService } from "../tracking/dataset.service.ts";
import { grouped } from "../tracking/grouping.ts";
import { mustWithin } from "../tracking/guarding.ts";
import type { LoggedModelService } from "../tracking/logged-model.service.ts";
import { isRunId } from "../tracking/run.rules.ts";
import type { RunCreationService } from "../tracking/run-creation.service.ts";
import type { LineageNodeInput, RecordLineageInput } from "./record-lineage.inputs.ts";

const nodesPerQuery = 400;

/** What it takes to change a node, and the experiment or dataset on whose scope that is asked. */
interface Guard {
  permission: Permission;
  container: number;
}

/** A node that is there now; whoever may tell of a commit may add to it. */
interface FoundNode {
  nodeId: number;
  guard: Guard | null;
}

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
   * Whoever names a node must be able to read it, or to make it; what an edge leads into changes, and takes the right to
   * write it. Throws NOT_FOUND and FORBIDDEN.
   */
  async of(
    tx: Transaction,
    actor: Actor,
    { nodes, edges }: Pick<RecordLineageInput, "nodes" | "edges">,
  ): Promise<Map<string, number>> {
    const found = new Map<string, number>();
    const numbered = nodes.map((node, index) => ({ node, at: `nodes.${index}` }));
    const changing = new Set(edges.map(({ to }) => to));
    const versions = numbered.filter(({ node }) => node.modelVersion != null);
    versions.sort((a, b) => (a.node.modelVersion! < b.node.modelVersion! ? -1 : 1));
    for (const { node, at } of versions) {
      const permission = changing.has(node.ref) ? "version:write" : "registry:read";
      const { version } = await this.versions.lockFor(
        tx,
        actor,
        permission,
        node.modelVersion!,
        `${at}.modelVersion`,
      );
      found.set(node.ref, version.nodeId);
    }
    await this.lock(
      tx,
      actor,
      nodes.filter(({ ref }) => changing.has(ref)),
    );
    const guards: Guard[] = [];
    for (const { node, at } of numbered) {
      if (node.modelVersion != null) continue;
      const { nodeId, guard } = await this.one(tx, actor, node, at);
      found.set(node.ref, nodeId);
      if (guard && changing.has(node.ref)) guards.push(guard);
    }
    for (const [permission, members] of grouped(guards, (guard) => guard.permission)) {
      await mustWithin(tx, actor, permission, members);
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

  private async one(tx: Transaction, actor: Actor, node: LineageNodeInput, at: string): Promise<FoundNode> {
    const { run, datasetVersion, commit, loggedModel } = node;
    if (run) {
      const { nodeId, experimentId } = await this.runs.ensure(tx, actor, run, `${at}.run`);
      return { nodeId, guard: { permission: "run:write", container: experimentId } };
    }
    if (datasetVersion) {
      const field = `${at}.datasetVersion`;
      const { nodeId, datasetId } = await this.datasets.ensureVersion(tx, actor, datasetVersion, field);
      return { nodeId, guard: { permission: "dataset:write", container: datasetId } };
    }
    if (commit) {
      const { nodeId } = await this.commits.ensure(tx, actor, commit, `${at}.commit`);
      return { nodeId, guard: null };
    }
    const found = await this.loggedModels.find(tx, actor, loggedModel!);
    if (!found) throw notFound(`logged model ${loggedModel}`, `${at}.loggedModel`);
    return { nodeId: found.nodeId, guard: { permission: "run:write", container: found.experimentId } };
  }
}
