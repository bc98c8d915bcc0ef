import type { Transaction } from "../db/transaction.ts";
import { EdgeType } from "../graph/graph.entity.ts";
import type { EdgeDraft, Graph } from "../graph/graph.ts";
import type { Recorded } from "../journal/journal.ts";
import type { Actor } from "../kernel/actor.ts";
import { overLimit } from "../kernel/errors.ts";
import type { CommitFacts } from "./commit.inputs.ts";
import type { CommitService } from "./commit.service.ts";
import type { DatasetUseInput } from "./dataset.inputs.ts";
import { roleOf } from "./dataset.rules.ts";
import type { DatasetService } from "./dataset.service.ts";
import { grouped } from "./grouping.ts";
import type { EdgeInference } from "./inference.ts";
import { Run } from "./run.entity.ts";
import { runOfRow } from "./run.query.ts";

const mostDatasets = 100;

/** What belongs to a run in the graph besides itself. */
export interface RunSources {
  commit?: CommitFacts | null;
  datasets?: readonly DatasetUseInput[] | null;
}

/** A run to make, checked. */
export interface NewRun extends RunSources {
  facts: Omit<Run, "id" | "nodeId" | "nodeKind" | "nestedIn" | "commitId">;
  parentRunId: string | null;
}

export interface Naming {
  isImported?: boolean;
  /** What stands before an input's fields in refusals: empty, or such as `runs.3.`. */
  prefixOf?: (runId: string) => string;
}

/** What a run was told; null for a tag that was deleted. */
export interface Told {
  params?: ReadonlyMap<string, string>;
  tags?: ReadonlyMap<string, string | null>;
}

/** Edges by the node they lead into. */
export type EdgesInto = Map<number, EdgeDraft[]>;

/** Puts runs into the graph: their nodes, and the edges from code, data and parent. */
export class RunGraph {
  constructor(
    private readonly graph: Graph,
    private readonly commits: CommitService,
    private readonly datasets: DatasetService,
    private readonly inference: EdgeInference,
  ) {}

  /** Makes runs; their ids are checked and free. `known` gives the node numbers of parents that are there already. */
  async create(
    tx: Transaction,
    actor: Actor,
    given: readonly NewRun[],
    known: ReadonlyMap<string, number>,
    naming: Naming = {},
  ): Promise<{ runs: Run[]; edges: EdgesInto }> {
    if (given.length === 0) return { runs: [], edges: new Map() };
    const commitIds = await this.commitsOf(tx, actor, given, naming);
    const nodes = await this.graph.createNodes(
      tx,
      given.map(({ facts }) => ({
        kind: "RUN",
        label: facts.name ?? facts.runId,
        container: facts.experimentId,
      })),
    );
    const numbers = new Map([...known, ...given.map(({ facts }, at) => [facts.runId, nodes[at]!] as const)]);
    const runs = given.map(({ facts, parentRunId }, index) =>
      runOfRow({
        ...facts,
        nodeId: nodes[index],
        nestedIn: parentRunId === null ? null : numbers.get(parentRunId),
        commitId: commitIds.get(index) ?? null,
      }),
    );
    await tx.insertNew(Run, runs);
    const links = runs.flatMap(({ nodeId, nestedIn, commitId }) => [
      ...(commitId === null ? [] : [{ src: commitId, dst: nodeId, type: EdgeType.CODE_OF }]),
      ...(nestedIn === null ? [] : [{ src: nestedIn, dst: nodeId, type: EdgeType.SPAWNED }]),
    ]);
    const users = runs.map((run, index) => ({ run, datasets: given[index]!.datasets }));
    const uses = await this.uses(tx, actor, users, naming);
    return { runs, edges: intoNodes(await this.graph.propose(tx, [...links, ...uses])) };
  }

  /** Joins runs to the data they use; answers the edges that are new. */
  async consume(
    tx: Transaction,
    actor: Actor,
    users: readonly { run: Run; datasets?: readonly DatasetUseInput[] | null | undefined }[],
    naming: Naming = {},
  ): Promise<EdgesInto> {
    const drafts = await this.uses(tx, actor, users, naming);
    return intoNodes(drafts.length > 0 ? await this.graph.propose(tx, drafts) : []);
  }

  /** Draws the edges that what runs were told names by itself; after the event of what they were told. */
  infer(
    tx: Transaction,
    actor: Actor,
    told: readonly { run: Run; given: Told }[],
    { isImported = false }: Naming = {},
  ): Promise<void> {
    const speakers = told.map(({ run, given: { params, tags } }) => ({
      ...{ node: run.nodeId, container: run.experimentId, params, tags },
      ...(isImported ? { importedAt: run.startedAt ?? run.endedAt ?? run.createdAt } : {}),
    }));
    return this.inference.infer(tx, actor, speakers);
  }

  rename(tx: Transaction, run: number, label: string): Promise<void> {
    return this.graph.rename(tx, run, label);
  }

  /** Adds what `create` or `consume` answered; the event tells of it. */
  add(tx: Transaction, recorded: Recorded, edges: readonly EdgeDraft[] | undefined): void {
    this.graph.add(tx, recorded, edges ?? []);
  }

  private async commitsOf(
    tx: Transaction,
    actor: Actor,
    given: readonly NewRun[],
    { isImported = false, prefixOf = () => "" }: Naming,
  ): Promise<Map<number, number>> {
    const withCommit = given.flatMap(({ commit, facts }, index) =>
      commit ? [{ commit, facts, index }] : [],
    );
    const commits = await this.commits.ensureMany(
      tx,
      actor,
      withCommit.map(({ commit, facts }) => ({ ...commit, ...when(facts) })),
      { isImported, fieldOf: (at) => `${prefixOf(withCommit[at]!.facts.runId)}commit` },
    );
    return new Map(withCommit.map(({ index }, at) => [index, commits[at]!.nodeId]));
  }

  private async uses(
    tx: Transaction,
    actor: Actor,
    users: readonly { run: Run; datasets?: readonly DatasetUseInput[] | null | undefined }[],
    { isImported = false, prefixOf = () => "" }: Naming,
  ): Promise<EdgeDraft[]> {
    const name = isImported ? "inputs" : "datasets";
    const uses = users.flatMap(({ run, datasets }) => {
      const field = `${prefixOf(run.runId)}${name}`;
      if (datasets && datasets.length > mostDatasets) {
        throw overLimit(`${field}: at most ${mostDatasets} at once; got ${datasets.length}`, field);
      }
      return (datasets ?? []).map((use, index) => ({ run, use, field: `${field}.${index}` }));
    });
    const versions = await this.datasets.ensureVersions(
      tx,
      actor,
      uses.map(({ run, use }) => ({ ...use, within: run.experimentId, ...when(run) })),
      { isImported, fieldOf: (at) => uses[at]!.field },
    );
    return uses.map(({ run, use, field }, at) => ({
      src: versions[at]!.nodeId,
      dst: run.nodeId,
      type: EdgeType.CONSUMED,
      role: roleOf(`${field}.role`, use.role),
    }));
  }
}

/** When imported sources of a run are known to have been there. */
function when({ startedAt, endedAt }: Pick<Run, "startedAt" | "endedAt">): { occurredAt?: number } {
  const occurredAt = startedAt ?? endedAt;
  return occurredAt === null ? {} : { occurredAt };
}

function intoNodes(edges: EdgeDraft[]): EdgesInto {
  return grouped(edges, ({ dst }) => dst);
}
