import type { Transaction } from "../db/transaction.ts";
import { EdgeType } from "../graph/graph.entity.ts";
import type { EdgeDraft, Graph } from "../graph/graph.ts";
import type { Journal } from "../journal/journal.ts";
import { listOrDigest } from "../journal/listing.ts";
import type { Actor } from "../kernel/actor.ts";
import { formatId } from "../kernel/ids.ts";
import type { CommitService } from "./commit.service.ts";
import { grouped } from "./grouping.ts";
import { candidatesFor, type InferredEdge, inferredInto, saidBy } from "./inference.query.ts";
import {
  type Clue,
  cluesIn,
  type InferenceRule,
  isStillSaid,
  isTelling,
  isWholeSha,
  meantBy,
  typeOfClue,
} from "./inference.rules.ts";

/** A noun that was just told params or tags, and has them by now. */
export interface Speaker {
  node: number;
  container: number;
  params?: ReadonlyMap<string, string> | undefined;
  /** Null for a tag that was deleted. */
  tags?: ReadonlyMap<string, string | null> | undefined;
  /** When imported history says so; left out for what happens now. */
  importedAt?: number | undefined;
}

/**
 * Draws lineage edges from params and tags that name data by its digest or code by its sha: for people who declare
 * neither. An edge of that kind is a guess. It is marked, gives way to a declared one, and counts for no decision.
 *
 * A digest that no dataset version has, or several, makes no edge, and no dataset version either: a hash alone does not
 * say which data that is, and what the registry made up would look like a record to an auditor. A whole sha does make a
 * commit known, for it means the same in every repository. Nothing is refused for a value that fits nothing.
 */
export class EdgeInference {
  constructor(
    private readonly journal: Journal,
    private readonly graph: Graph,
    private readonly commits: CommitService,
    private readonly rules: readonly InferenceRule[],
  ) {}

  /**
   * Brings the inferred edges into these nouns in line with what they say now. Asks nothing of the database where none of
   * the keys was told. The caller holds the nouns' locks, and has recorded what else happened to them.
   */
  async infer(tx: Transaction, actor: Actor, told: readonly Speaker[]): Promise<void> {
    const speakers = told.filter(({ params, tags }) =>
      isTelling(this.rules, [...(params?.keys() ?? []), ...(tags?.keys() ?? [])]),
    );
    if (speakers.length === 0) return;
    const nodes = speakers.map(({ node }) => node);
    const keys = this.rules.map(({ key }) => key);
    const said = grouped(await saidBy(tx, nodes, keys), ({ nodeId }) => nodeId);
    const clues = new Map(
      nodes.map((node) => [
        node,
        cluesIn(
          this.rules,
          (said.get(node) ?? []).map(({ key, value }) => [key, value]),
        ),
      ]),
    );
    const known = await inferredInto(tx, nodes);
    const stale = grouped(
      known.filter((edge) => !isStillSaid(edge, clues.get(edge.dst)!)),
      ({ dst }) => dst,
    );
    const meant = await this.meant(tx, actor, speakers, clues);
    const fresh = grouped(await this.graph.offer(tx, meant), ({ dst }) => dst);
    for (const speaker of speakers) {
      const { node } = speaker;
      await this.record(tx, actor, speaker, fresh.get(node) ?? [], stale.get(node) ?? []);
    }
  }

  /** The edges that these clues ask for; commits are made known on the way. */
  private async meant(
    tx: Transaction,
    actor: Actor,
    speakers: readonly Speaker[],
    clues: ReadonlyMap<number, readonly Clue[]>,
  ): Promise<EdgeDraft[]> {
    const asked = speakers.flatMap((speaker) =>
      clues.get(speaker.node)!.map((clue) => ({ speaker, clue, found: null as number | null })),
    );
    const candidates = await candidatesFor(
      tx,
      actor,
      asked.map(({ clue }) => clue),
    );
    for (const [at, one] of asked.entries()) one.found = meantBy(one.clue, candidates[at]!)?.nodeId ?? null;
    const unknown = asked.filter(({ clue }, at) => candidates[at]!.length === 0 && isWholeSha(clue));
    for (const some of grouped(unknown, ({ speaker }) => speaker.importedAt === undefined).values()) {
      const commits = await this.commits.ensureMany(
        tx,
        actor,
        some.map(({ clue, speaker: { importedAt } }) => ({
          sha: clue.text,
          ...(importedAt === undefined ? {} : { occurredAt: importedAt }),
        })),
        { isImported: some[0]!.speaker.importedAt !== undefined },
      );
      for (const [at, one] of some.entries()) one.found = commits[at]!.nodeId;
    }
    return asked.flatMap(({ speaker, clue, found }) =>
      found === null ? [] : [{ src: found, dst: speaker.node, type: typeOfClue[clue.names] }],
    );
  }

  private async record(
    tx: Transaction,
    actor: Actor,
    { node, container, importedAt }: Speaker,
    fresh: readonly EdgeDraft[],
    stale: readonly InferredEdge[],
  ): Promise<void> {
    if (fresh.length + stale.length === 0) return;
    const recorded = this.journal.record(tx, actor, {
      type: "lineage.inferred",
      subject: node,
      container,
      body: {
        ...(fresh.length > 0 ? listOrDigest("edges", fresh.map(toldOf)) : {}),
        ...(stale.length > 0 ? listOrDigest("withdrawn", stale.map(toldOf)) : {}),
      },
      ...(importedAt === undefined ? {} : { isImported: true, occurredAt: importedAt }),
    });
    this.graph.add(tx, recorded, fresh);
    await this.graph.retract(tx, recorded, stale);
  }
}

/** As recorded edges stand in events. */
function toldOf({ src, type, role }: EdgeDraft): unknown[] {
  const kind = type === EdgeType.CODE_OF ? "COMMIT" : "DATASET_VERSION";
  return [formatId(kind, src), type, role ?? ""];
}
