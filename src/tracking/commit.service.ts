import { among, chunksOf, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import { EdgeType } from "../graph/graph.entity.ts";
import type { EdgeDraft, Graph } from "../graph/graph.ts";
import type { Journal } from "../journal/journal.ts";
import type { Verbs } from "../journal/verbs.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { invalid } from "../kernel/errors.ts";
import { Commit } from "./commit.entity.ts";
import type { ImportedCommitInput, RecordCommitInput } from "./commit.inputs.ts";
import { commitColumns, commitOfRow } from "./commit.query.ts";
import {
  type CommitToEnsure,
  commitKey,
  fillsOf,
  type ToldCommit,
  toldCommit,
  wholeSha,
  withParents,
} from "./commit.rules.ts";
import { grouped } from "./grouping.ts";

const shasPerQuery = 400;
const digitsInLabel = 10;

interface Options {
  /** Imported commits happened when they were committed; where that is not known, at their `occurredAt`. */
  isImported?: boolean;
  fieldOf?: (index: number) => string;
}

/** Verbs about commits. */
export class CommitService {
  constructor(
    private readonly verbs: Verbs,
    private readonly journal: Journal,
    private readonly graph: Graph,
    private readonly clock: Clock,
  ) {}

  record(actor: Actor, input: RecordCommitInput): Promise<{ commit: number }> {
    return this.verbs.run(actor, "recordCommit", input, async (tx) => {
      return { commit: (await this.ensure(tx, actor, input, "")).nodeId };
    });
  }

  /**
   * Finds or makes a commit, adds what was not told before, joins it to its parents. `field` names it in refusals. Throws
   * FORBIDDEN for who may write neither runs nor versions anywhere; for imported ones, for who may import nowhere.
   */
  async ensure(
    tx: Transaction,
    actor: Actor,
    input: CommitToEnsure & { isImported?: boolean },
    field = "commit",
  ): Promise<Commit> {
    const { isImported = false } = input;
    const [commit] = await this.ensureMany(tx, actor, [input], { isImported, fieldOf: () => field });
    return commit!;
  }

  /** The same for many at once, answered in their order. `fieldOf` names each in refusals. */
  async ensureMany(
    tx: Transaction,
    actor: Actor,
    inputs: readonly CommitToEnsure[],
    options: Options = {},
  ): Promise<Commit[]> {
    return (await this.ensureAll(tx, actor, inputs, options)).commits;
  }

  /** Takes over history; answers how many of the commits were new or brought something new. `at` names the list in refusals. */
  async importIn(
    tx: Transaction,
    actor: Actor,
    inputs: readonly ImportedCommitInput[],
    at = "batch.commits",
  ): Promise<number> {
    const options = { isImported: true, fieldOf: (index: number) => `${at}.${index}` };
    return (await this.ensureAll(tx, actor, inputs, options)).changed;
  }

  private async ensureAll(
    tx: Transaction,
    actor: Actor,
    inputs: readonly CommitToEnsure[],
    { isImported = false, fieldOf = (index) => `commits.${index}` }: Options,
  ): Promise<{ commits: Commit[]; changed: number }> {
    if (inputs.length === 0) return { commits: [], changed: 0 };
    mustRecord(actor, isImported);
    const told = inputs.map((input, index) => toldCommit(fieldOf(index), input));
    await this.lengthen(tx, told, fieldOf);
    const wanted = withParents(told, fieldOf);
    const commits = await this.storedOf(tx, [...wanted.values()]);
    const changes = new Map<string, Change>();
    await this.fill(tx, commits, wanted, changes);
    await this.create(tx, commits, wanted, changes);
    const edges = await this.joins(tx, commits, wanted);
    for (const key of edges.keys()) {
      if (!changes.has(key)) changes.set(key, { type: "commit.updated", facts: {} });
    }
    for (const [key, { type, facts }] of changes) {
      const commit = commits.get(key)!;
      const { parents, occurredAt } = wanted.get(key)!;
      const { message, attributedTo, committedAt, ...others } = facts;
      const recorded = this.journal.record(tx, actor, {
        type,
        subject: commit.nodeId,
        body: {
          ...others,
          ...(committedAt == null ? {} : { committedAt: new Date(committedAt).toISOString() }),
          ...(edges.has(key) ? { parents } : {}),
        },
        texts: { message },
        attributedTo: attributedTo ?? null,
        isImported,
        ...(isImported ? { occurredAt: commit.committedAt ?? occurredAt ?? this.clock() } : {}),
      });
      this.graph.add(tx, recorded, edges.get(key) ?? []);
    }
    const isMentioned = new Set(told.map(commitKey));
    return {
      commits: told.map((commit) => commits.get(commitKey(commit))!),
      changed: [...changes.keys()].filter((key) => isMentioned.has(key)).length,
    };
  }

  /** A short sha that begins exactly one known commit of its repository names that one. */
  private async lengthen(
    tx: Transaction,
    told: ToldCommit[],
    fieldOf: (index: number) => string,
  ): Promise<void> {
    for (const [index, commit] of told.entries()) {
      const wholeOf = async (sha: string) => {
        if (sha.length >= wholeSha) return sha;
        // "g" comes after the last hex digit. LIKE would not use the index on SQLite.
        const rows = await tx.query<{ sha: string }>(
          sql`SELECT sha FROM git_commit WHERE sha >= ${sha} AND sha < ${`${sha}g`} AND repository = ${commit.repository} LIMIT 2`,
        );
        if (rows.length < 2 || rows.some((row) => row.sha === sha))
          return rows.length === 1 ? rows[0]!.sha : sha;
        throw invalid(fieldOf(index) || "sha", "enough digits to tell commits apart", sha);
      };
      commit.sha = await wholeOf(commit.sha);
      for (const [at, parent] of commit.parents.entries()) commit.parents[at] = await wholeOf(parent);
    }
  }

  private async storedOf(tx: Transaction, wanted: ToldCommit[]): Promise<Map<string, Commit>> {
    const found = new Map<string, Commit>();
    const shas = [...new Set(wanted.map(({ sha }) => sha))];
    for (const some of chunksOf(shas, shasPerQuery)) {
      const rows = await tx.query<object>(
        sql`SELECT ${commitColumns} FROM git_commit c WHERE ${among(sql`c.sha`, some)}`,
      );
      for (const commit of rows.map(commitOfRow)) found.set(commitKey(commit), commit);
    }
    return found;
  }

  private async fill(
    tx: Transaction,
    commits: Map<string, Commit>,
    wanted: Map<string, ToldCommit>,
    changes: Map<string, Change>,
  ): Promise<void> {
    // In the order of their ids, so that two imports cannot lock the same commits crosswise.
    const seenInOrder = [...commits].sort(([, a], [, b]) => a.nodeId - b.nodeId);
    for (const [key, seen] of seenInOrder) {
      const told = wanted.get(key);
      if (!told || Object.keys(fillsOf(seen, told)).length === 0) continue;
      const [row] = await tx.lock<object>(
        sql`SELECT ${commitColumns} FROM git_commit c WHERE c.id = ${seen.nodeId}`,
      );
      const commit = commitOfRow(row!);
      const facts = fillsOf(commit, told);
      if (Object.keys(facts).length === 0) continue;
      const { branch, message, committedAt, attributedTo } = Object.assign(commit, facts);
      await tx.run(
        sql`UPDATE git_commit SET branch = ${branch}, message = ${message}, committedAt = ${committedAt}, attributedTo = ${attributedTo}
            WHERE id = ${commit.nodeId}`,
      );
      commits.set(key, commit);
      changes.set(key, { type: "commit.updated", facts });
    }
  }

  private async create(
    tx: Transaction,
    commits: Map<string, Commit>,
    wanted: Map<string, ToldCommit>,
    changes: Map<string, Change>,
  ): Promise<void> {
    const missing = [...wanted].filter(([key]) => !commits.has(key));
    if (missing.length === 0) return;
    const labels = missing.map(([, { sha }]) => ({
      kind: "COMMIT" as const,
      label: sha.slice(0, digitsInLabel),
    }));
    const nodes = await this.graph.createNodes(tx, labels);
    const createdAt = this.clock();
    const rows = missing.map(([, { parents: _, occurredAt: __, ...facts }], index) =>
      commitOfRow({ ...facts, nodeId: nodes[index], createdAt }),
    );
    await tx.insertNew(Commit, rows);
    for (const [index, [key]] of missing.entries()) {
      const commit = rows[index]!;
      commits.set(key, commit);
      const { nodeId: _, createdAt: __, ...facts } = commit;
      changes.set(key, { type: "commit.recorded", facts: withoutNulls(facts) });
    }
  }

  /** New edges from parents, by the key of the child. */
  private async joins(
    tx: Transaction,
    commits: Map<string, Commit>,
    wanted: Map<string, ToldCommit>,
  ): Promise<Map<string, EdgeDraft[]>> {
    const drafts = [...wanted].flatMap(([key, { repository, parents }]) =>
      parents.map((sha) => ({
        src: commits.get(commitKey({ repository, sha }))!.nodeId,
        dst: commits.get(key)!.nodeId,
        type: EdgeType.PARENT_COMMIT,
      })),
    );
    const fresh = drafts.length > 0 ? await this.graph.propose(tx, drafts) : [];
    const keyOf = new Map([...commits].map(([key, { nodeId }]) => [nodeId, key]));
    return grouped(fresh, ({ dst }) => keyOf.get(dst)!);
  }
}

/** A commit has no scope: whoever may write runs or versions anywhere may tell of it. */
function mustRecord(actor: Actor, isImported: boolean): void {
  if (isImported) actor.mustAnywhere("history:import");
  else if (!actor.mayAnywhere("version:write")) actor.mustAnywhere("run:write");
}

interface Change {
  type: "commit.recorded" | "commit.updated";
  facts: Partial<Commit>;
}

function withoutNulls(facts: object): Partial<Commit> {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== null));
}
