import type { Transaction } from "../db/transaction.ts";
import { EdgeType } from "../graph/graph.entity.ts";
import type { EdgeDraft } from "../graph/graph.ts";
import type { Actor } from "../kernel/actor.ts";
import { conflict, invalid, notFound } from "../kernel/errors.ts";
import type { Commit } from "../tracking/commit.entity.ts";
import type { CommitService } from "../tracking/commit.service.ts";
import { roleOf } from "../tracking/dataset.rules.ts";
import type { DatasetService } from "../tracking/dataset.service.ts";
import type { LoggedModel } from "../tracking/logged-model.entity.ts";
import type { LoggedModelService } from "../tracking/logged-model.service.ts";
import type { Run } from "../tracking/run.entity.ts";
import type { RunService } from "../tracking/run.service.ts";
import { parentRefsOf } from "./registration.rules.ts";
import type { RegisterModelVersionInput } from "./version.inputs.ts";
import { findWithModel } from "./version.query.ts";

/** What a version was made from, found or recorded; `edges` lead into the version once it has a node. */
export interface Origin {
  run: Run | null;
  loggedModel: LoggedModel | null;
  commit: Commit | null;
  edges: Omit<EdgeDraft, "dst">[];
}

/** When and by whom history happened, for records that are made along the way. */
export interface Circumstance {
  occurredAt?: number;
  isImported?: boolean;
}

const mostDatasets = 100;

/** Finds what a registration names: run, logged model, commit, datasets, parents. Makes commits and datasets on the way. */
export class Provenance {
  constructor(
    private readonly runs: RunService,
    private readonly loggedModels: LoggedModelService,
    private readonly commits: CommitService,
    private readonly datasets: DatasetService,
  ) {}

  /** Throws NOT_FOUND for what is named and not there, or not for the actor to read. */
  async of(
    tx: Transaction,
    actor: Actor,
    input: RegisterModelVersionInput,
    circumstance: Circumstance = {},
  ): Promise<Origin> {
    const loggedModel = input.loggedModelId
      ? await this.loggedModels.find(tx, actor, input.loggedModelId)
      : null;
    if (input.loggedModelId && !loggedModel)
      throw notFound(`logged model ${input.loggedModelId}`, "loggedModelId");
    const run = await this.runOf(tx, actor, input, loggedModel);
    const commit = input.commit
      ? await this.commits.ensure(tx, actor, { ...input.commit, ...circumstance })
      : null;
    if (run && commit && run.commitId !== null && run.commitId !== commit.nodeId) {
      throw conflict(`run ${run.runId} was made with another commit than ${commit.sha}`, "commit");
    }
    const edges: Origin["edges"] = [];
    if (run) edges.push({ src: run.nodeId, type: EdgeType.PRODUCED });
    if (loggedModel) edges.push({ src: loggedModel.nodeId, type: EdgeType.REGISTERED_AS });
    if (commit) edges.push({ src: commit.nodeId, type: EdgeType.CODE_OF });
    edges.push(
      ...(await this.dataEdges(tx, actor, input, { ...circumstance, within: run?.experimentId })),
      ...(await this.parentEdges(tx, actor, input)),
    );
    return { run, loggedModel, commit, edges };
  }

  private async runOf(
    tx: Transaction,
    actor: Actor,
    input: RegisterModelVersionInput,
    loggedModel: LoggedModel | null,
  ): Promise<Run | null> {
    const named = input.runId ?? (loggedModel?.runId != null ? `run_${loggedModel.runId}` : null);
    if (named === null) return null;
    const run = await this.runs.find(tx, actor, named);
    if (!run) throw notFound(`run ${named}`, "runId");
    if (loggedModel?.runId != null && loggedModel.runId !== run.nodeId) {
      throw conflict(
        `logged model ${loggedModel.modelId} came out of another run than ${run.runId}`,
        "runId",
      );
    }
    return run;
  }

  private async dataEdges(
    tx: Transaction,
    actor: Actor,
    input: RegisterModelVersionInput,
    { occurredAt, isImported, within }: Circumstance & { within?: number | undefined },
  ): Promise<Origin["edges"]> {
    const uses = input.datasets ?? [];
    if (uses.length > mostDatasets) throw invalid("datasets", `at most ${mostDatasets}`, uses.length);
    const roles = uses.map(({ role }, index) => roleOf(`datasets.${index}.role`, role));
    const told = uses.map((use) => ({ ...use, within, occurredAt }));
    const versions = await this.datasets.ensureVersions(tx, actor, told, { isImported });
    return versions.map((version, index) => ({
      src: version.nodeId,
      type: EdgeType.CONSUMED,
      role: roles[index]!,
    }));
  }

  private async parentEdges(
    tx: Transaction,
    actor: Actor,
    input: RegisterModelVersionInput,
  ): Promise<Origin["edges"]> {
    const edges: Origin["edges"] = [];
    for (const [index, { ref, text, relation }] of parentRefsOf(input).entries()) {
      const parent = await findWithModel(tx, ref);
      if (!parent || !actor.may("registry:read", parent.model.name)) {
        throw notFound(`model version ${text}`, `parents.${index}.version`);
      }
      edges.push({ src: parent.version.nodeId, type: EdgeType.DERIVED, role: relation });
    }
    return edges;
  }
}
