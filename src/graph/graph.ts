import { randomInt } from "node:crypto";
import { sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Recorded } from "../journal/journal.ts";
import { conflict, StemmaError, shown } from "../kernel/errors.ts";
import { formatId, type Kind } from "../kernel/ids.ts";
import { edgesBetween } from "./edge-pairs.ts";
import { EdgeRow, NodeRow } from "./graph.entity.ts";
import { type EdgeIdentity, edgeKey, joinKey, mayCloseNoRing, withoutRepeats } from "./graph.rules.ts";
import { amongIds } from "./id-list.ts";
import { PendingGraph, type StoredEdge } from "./pending-graph.ts";
import { ringClosedBy } from "./ring-search.ts";

/** An edge as a room wants it, in data-flow direction: `src` is upstream of `dst`. */
export interface EdgeDraft extends EdgeIdentity {
  /** Read out of params or tags, not declared. */
  isInferred?: boolean;
}

export interface NewNode {
  kind: Kind;
  label: string;
  container?: number | null;
  scope?: string;
}

const longestLabel = 255;
const mostNamed = 10;

/** Writes the graph. Reading it is `traversal.ts`. */
export class Graph {
  /** Gives numbers to new nodes, in order. A container (model, experiment, dataset) brings its scope. The noun's row takes its number as primary key. */
  async createNodes(tx: Transaction, nodes: Iterable<NewNode>): Promise<number[]> {
    const created = await tx.insertNumbered(NodeRow, rowsOf(nodes));
    for (const id of created) this.pendingIn(tx).created.add(id);
    return created;
  }

  async rename(tx: Transaction, node: number, label: string): Promise<void> {
    await tx.run(sql`UPDATE node SET label = ${labelOf(label)} WHERE id = ${node}`);
  }

  /** A model's name is its scope, too. */
  async renameModel(tx: Transaction, node: number, name: string): Promise<void> {
    await tx.run(sql`UPDATE node SET label = ${name}, scope = ${name} WHERE id = ${node}`);
    // Any other value does. One that counted would come again where a database was set back to an earlier state.
    await tx.run(sql`UPDATE scope_revision SET revision = ${randomInt(2 ** 48 - 1)} WHERE id = 1`);
  }

  /**
   * Those of these declared edges that are neither in the graph nor queued yet, each once; they count as queued from here
   * on, so `add` them in this transaction: that ends inferred ones between the same nodes. Locks the graph row where an edge leads into an older node, so what it answers holds
   * until commit: lock the model row before. Throws CONFLICT for edges that would close a ring and for an edge of a node
   * to itself, LIMIT where that could not be found out; let the transaction fail with it.
   */
  async propose(tx: Transaction, edges: readonly EdgeDraft[]): Promise<EdgeDraft[]> {
    const pending = this.pendingIn(tx);
    const wanted = withoutRepeats(edges).filter((edge) => !pending.has(edge));
    if (wanted.length === 0) return [];
    const loop = wanted.find((edge) => edge.src === edge.dst);
    if (loop) throw await this.refusal(tx, [loop.src], wanted);
    if (wanted.some((edge) => !pending.created.has(edge.dst))) await this.lock(tx);
    const stored = await this.storedOf(tx, wanted);
    const declared = new Set(stored.filter(({ isInferred }) => !isInferred).map(edgeKey));
    const fresh = wanted.filter((edge) => !declared.has(edgeKey(edge)));
    pending.noteOutdone(stored.filter(({ isInferred }) => isInferred));
    pending.queue(fresh);
    const acyclic = fresh.filter(mayCloseNoRing);
    const ring = acyclic.length > 0 ? await ringClosedBy(tx, pending, acyclic) : null;
    if (ring) throw await this.refusal(tx, ring, wanted);
    return fresh;
  }

  /**
   * As `propose`, for inferred edges, which nobody vouches for and nothing may fail for: one between nodes that an edge of
   * its type joins already, in whatever role, is not wanted, and one that would close a ring is left out, as is one of
   * which that could not be found out.
   */
  async offer(tx: Transaction, edges: readonly EdgeIdentity[]): Promise<EdgeDraft[]> {
    const pending = this.pendingIn(tx);
    const wanted = withoutRepeats(edges).filter((edge) => edge.src !== edge.dst && !pending.isJoined(edge));
    const joined = new Set((await this.storedOf(tx, wanted)).map(joinKey));
    const fresh = wanted.filter((edge) => !joined.has(joinKey(edge)));
    if (fresh.length === 0) return [];
    if (fresh.some((edge) => !pending.created.has(edge.dst))) await this.lock(tx);
    const taken = (await this.queueSound(tx, fresh)) ? fresh : [];
    if (taken.length === 0 && fresh.length > 1) {
      for (const edge of fresh) if (await this.queueSound(tx, [edge])) taken.push(edge);
    }
    return taken.map((edge) => ({ ...edge, isInferred: true }));
  }

  /** Adds proposed edges; each carries the seq of the event that tells of it. */
  add(tx: Transaction, recorded: Recorded, edges: readonly EdgeDraft[]): void {
    if (edges.length === 0) return;
    const pending = this.pendingIn(tx);
    const outdone = edges.flatMap((edge) => (edge.isInferred ? [] : pending.takeOutdone(edge)));
    recorded.onNumbered(async (seq) => {
      for (const edge of outdone) await end(tx, edge, seq);
      const rows = edges.map(({ src, dst, type, role, isInferred }) => ({
        src,
        dst,
        type,
        role: role ?? "",
        seq,
        retractedSeq: null,
        isInferred: isInferred ?? false,
      }));
      await tx.insert(EdgeRow, rows);
    });
  }

  /**
   * Takes stored edges back: gone from this event's seq on, still there before. Returns how many of them were live; those
   * that were not, or that this transaction only proposed, are left alone. Locks the graph row.
   */
  async retract(tx: Transaction, recorded: Recorded, edges: readonly EdgeIdentity[]): Promise<number> {
    if (edges.length === 0) return 0;
    await this.lock(tx);
    const wanted = new Set(edges.map(edgeKey));
    const live = (await this.storedOf(tx, edges)).filter((edge) => wanted.has(edgeKey(edge)));
    for (const edge of live) this.pendingIn(tx).retracted.add(edgeKey(edge));
    recorded.onNumbered(async (retractedSeq) => {
      for (const edge of live) await end(tx, edge, retractedSeq);
    });
    return live.length;
  }

  private pendingIn(tx: Transaction): PendingGraph {
    return tx.once(this, () => new PendingGraph());
  }

  /** Edges into older nodes queue up at this one row, so that two transactions cannot close a ring together. */
  private async lock(tx: Transaction): Promise<void> {
    const pending = this.pendingIn(tx);
    if (pending.isLocked) return;
    await tx.lock(sql`SELECT id FROM graph_lock WHERE id = 1`);
    pending.isLocked = true;
  }

  /** Queues these edges and answers true, unless they close a ring together or that could not be found out. */
  private async queueSound(tx: Transaction, edges: readonly EdgeIdentity[]): Promise<boolean> {
    const pending = this.pendingIn(tx);
    pending.queue(edges);
    const acyclic = edges.filter(mayCloseNoRing);
    const isSound =
      acyclic.length === 0 ||
      (await ringClosedBy(tx, pending, acyclic).then(
        (ring) => ring === null,
        (error) => {
          if (error instanceof StemmaError && error.code === "LIMIT") return false;
          throw error;
        },
      ));
    if (!isSound) pending.drop(edges);
    return isSound;
  }

  /** The live rows between the nodes of these edges, of these types, in any role, without those that this transaction takes back. */
  private async storedOf(tx: Transaction, edges: readonly EdgeIdentity[]): Promise<StoredEdge[]> {
    const { created, retracted } = this.pendingIn(tx);
    const wanted = new Set(edges.map(joinKey));
    const older = edges.filter(({ src, dst }) => !created.has(src) && !created.has(dst));
    const columns = sql`edge.src, edge.dst, edge.type, edge.role, edge.seq, edge.isInferred`;
    const rows = await edgesBetween<StoredEdge>(tx, older, columns, sql`edge.retractedSeq IS NULL`);
    return rows
      .filter((row) => wanted.has(joinKey(row)) && !retracted.has(edgeKey(row)))
      .map((row) => ({ ...row, isInferred: Boolean(row.isInferred) }));
  }

  /**
   * Names the nodes of a ring as people know them, as far as the caller named them by its edges: those between may be
   * none of its business, and `lineagePath` shows what it may know of them.
   */
  private async refusal(
    tx: Transaction,
    ring: readonly number[],
    wanted: readonly EdgeIdentity[],
  ): Promise<Error> {
    const told = new Set(wanted.flatMap(({ src, dst }) => [src, dst]));
    const named = ring.filter((node) => told.has(node)).slice(0, mostNamed);
    const rows = await tx.query<NodeRow>(
      sql`SELECT id, kind, label FROM node WHERE ${amongIds(tx.dialect.engine, sql`id`, named)}`,
    );
    const names = new Map(
      rows.map(({ id, kind, label }) => [id, `${formatId(kind, id)} (${shown(label)})`] as const),
    );
    const others = ring.length - named.length;
    const between = others > 0 ? `, with ${others} more between them` : "";
    const path = [...named, named[0]!].map((node) => names.get(node) ?? `node ${node}`).join(" → ");
    return conflict(`lineage runs one way; these edges would close a ring: ${path}${between}`);
  }
}

/** One that is over stays in the tables: it was there until then. */
async function end(tx: Transaction, { src, dst, type, role, seq }: StoredEdge, at: number): Promise<void> {
  await tx.run(
    sql`UPDATE edge SET retractedSeq = ${at} WHERE src = ${src} AND dst = ${dst} AND type = ${type} AND role = ${role} AND seq = ${seq}`,
  );
}

/** As much of it as a node keeps; its noun has all of it. */
function labelOf(text: string): string {
  return text.length <= longestLabel ? text : [...text].slice(0, longestLabel).join("");
}

function* rowsOf(nodes: Iterable<NewNode>): Iterable<Partial<NodeRow>> {
  for (const { kind, label, container, scope } of nodes) {
    yield {
      kind,
      label: labelOf(label),
      container: container ?? null,
      scope: scope ?? null,
    };
  }
}
