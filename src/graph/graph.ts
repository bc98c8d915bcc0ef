import { randomInt } from "node:crypto";
import { chunksOf, join, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Recorded } from "../journal/journal.ts";
import { conflict, shown } from "../kernel/errors.ts";
import { formatId, type Kind } from "../kernel/ids.ts";
import { EdgeRow, type EdgeType, NodeRow } from "./graph.entity.ts";
import { type EdgeIdentity, edgeKey, mayCloseNoRing, withoutRepeats } from "./graph.rules.ts";
import { amongIds } from "./id-list.ts";
import { PendingGraph } from "./pending-graph.ts";
import { ringClosedBy } from "./ring-search.ts";

/** An edge as a room wants it, in data-flow direction: `src` is upstream of `dst`. */
export interface EdgeDraft extends EdgeIdentity {
  isInferred?: boolean;
}

export interface NewNode {
  kind: Kind;
  label: string;
  container?: number | null;
  scope?: string;
}

interface StoredEdge {
  src: number;
  dst: number;
  type: EdgeType;
  role: string;
  seq: number;
}

const longestLabel = 255;
const pairsPerStatement = 400; // SQLite takes 500 SELECTs in a UNION
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
    await tx.run(sql`UPDATE node SET label = ${label} WHERE id = ${node}`);
  }

  /** A model's name is its scope, too. */
  async renameModel(tx: Transaction, node: number, name: string): Promise<void> {
    await tx.run(sql`UPDATE node SET label = ${name}, scope = ${name} WHERE id = ${node}`);
    // Any other value does. One that counted would come again where a database was set back to an earlier state.
    await tx.run(sql`UPDATE scope_revision SET revision = ${randomInt(2 ** 48 - 1)} WHERE id = 1`);
  }

  /**
   * Those of these edges that are neither in the graph nor queued yet, each once; they count as queued from here on, so
   * `add` them in this transaction. Locks the graph row where an edge leads into an older node, so what it answers holds
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
    const live = await this.storedOf(tx, wanted);
    const fresh = wanted.filter((edge) => !live.has(edgeKey(edge)));
    pending.queue(fresh);
    const acyclic = fresh.filter(mayCloseNoRing);
    const ring = acyclic.length > 0 ? await ringClosedBy(tx, pending, acyclic) : null;
    if (ring) throw await this.refusal(tx, ring, wanted);
    return fresh;
  }

  /** Adds proposed edges; each carries the seq of the event that tells of it. */
  add(tx: Transaction, recorded: Recorded, edges: readonly EdgeDraft[]): void {
    if (edges.length === 0) return;
    recorded.onNumbered(async (seq) => {
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
    const live = [...(await this.storedOf(tx, withoutRepeats(edges))).values()];
    for (const edge of live) this.pendingIn(tx).retracted.add(edgeKey(edge));
    recorded.onNumbered(async (retractedSeq) => {
      for (const { src, dst, type, role, seq } of live) {
        await tx.run(
          sql`UPDATE edge SET retractedSeq = ${retractedSeq} WHERE src = ${src} AND dst = ${dst} AND type = ${type} AND role = ${role} AND seq = ${seq}`,
        );
      }
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

  /** The live rows of these edges by key, without those that this transaction takes back. */
  private async storedOf(tx: Transaction, edges: readonly EdgeIdentity[]): Promise<Map<string, StoredEdge>> {
    const { created, retracted } = this.pendingIn(tx);
    const wanted = new Set(edges.map(edgeKey));
    const pairs = new Map(
      edges
        .filter(({ src, dst }) => !created.has(src) && !created.has(dst))
        .map(({ src, dst }) => [`${src} ${dst}`, sql`SELECT ${src} AS src, ${dst} AS dst`]),
    );
    const stored = new Map<string, StoredEdge>();
    for (const chunk of chunksOf([...pairs.values()], pairsPerStatement)) {
      // CROSS JOIN: SQLite then takes the pairs as the outer loop, one index lookup each.
      const rows = await tx.query<StoredEdge>(
        sql`SELECT edge.src, edge.dst, edge.type, edge.role, edge.seq FROM (${join(chunk, " UNION ALL ")}) AS pair
            CROSS JOIN edge WHERE edge.src = pair.src AND edge.dst = pair.dst AND edge.retractedSeq IS NULL`,
      );
      for (const row of rows) {
        const key = edgeKey(row);
        if (wanted.has(key) && !retracted.has(key)) stored.set(key, row);
      }
    }
    return stored;
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

function* rowsOf(nodes: Iterable<NewNode>): Iterable<Partial<NodeRow>> {
  for (const { kind, label, container, scope } of nodes) {
    const isShort = label.length <= longestLabel;
    yield {
      kind,
      label: isShort ? label : [...label].slice(0, longestLabel).join(""),
      container: container ?? null,
      scope: scope ?? null,
    };
  }
}
