import { join, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import { overLimit } from "../kernel/errors.ts";
import type { EdgeType } from "./graph.entity.ts";
import { acyclicTypes, type EdgeIdentity, edgeKey, findRing } from "./graph.rules.ts";
import { amongIds, idChunks } from "./id-list.ts";
import type { PendingGraph } from "./pending-graph.ts";

const mostNodes = 100_000;
/** Rows a side may read for one level; where both sides need more, the next of these. */
const rowLimits = [5_000, 50_000, 500_000];

interface Link {
  src: number;
  dst: number;
}

/** One side of the search: everything downstream of the new edges' heads, or upstream of their tails. */
interface Side {
  isDownstream: boolean;
  seen: Set<number>;
  frontier: number[];
  links: Link[];
  /** Which row limit its next level has exceeded so far. */
  tooWideAt: number;
}

function sideOf(starts: Iterable<number>, isDownstream: boolean): Side {
  const seen = new Set(starts);
  return { isDownstream, seen, frontier: [...seen], links: [], tooWideAt: -1 };
}

/**
 * A ring that these queued edges close together with stored and other queued ones; null where they close none. A ring
 * lies both downstream of the edges' heads and upstream of their tails, so it is enough to know one of the two sides
 * whole: the narrower one is walked. An older run that gets an input has no outputs as a rule, and is one query.
 * Throws LIMIT where neither side ends within 100,000 nodes.
 */
export async function ringClosedBy(
  tx: Transaction,
  pending: PendingGraph,
  edges: readonly EdgeIdentity[],
): Promise<number[] | null> {
  const downstream = sideOf(
    edges.map((edge) => edge.dst),
    true,
  );
  const upstream = sideOf(
    edges.map((edge) => edge.src),
    false,
  );
  let limit = 0;
  while (downstream.frontier.length > 0 && upstream.frontier.length > 0) {
    const open = [downstream, upstream].filter((side) => side.tooWideAt < limit);
    const side = open.sort((a, b) => a.frontier.length - b.frontier.length)[0];
    if (!side) limit++;
    else await advance(tx, pending, side, limit);
    if (limit >= rowLimits.length || downstream.seen.size + upstream.seen.size > mostNodes) {
      throw overLimit(
        `whether these edges close a ring could not be found out within ${mostNodes} nodes of lineage; add them nearer to the ends of the graph`,
      );
    }
  }
  return findRing((downstream.frontier.length === 0 ? downstream : upstream).links);
}

/** One level further, or a note that the level is too wide for now. */
async function advance(tx: Transaction, pending: PendingGraph, side: Side, limit: number): Promise<void> {
  const { isDownstream, seen } = side;
  const stored = await storedLinks(tx, pending, side, rowLimits[limit]!);
  if (!stored) {
    side.tooWideAt = limit;
    return;
  }
  const queued = side.frontier.flatMap((node) =>
    pending.next(node, isDownstream).map((to) => (isDownstream ? link(node, to) : link(to, node))),
  );
  const reached: number[] = [];
  for (const found of [stored, queued]) {
    for (const each of found) {
      side.links.push(each);
      const to = isDownstream ? each.dst : each.src;
      if (seen.has(to)) continue;
      seen.add(to);
      reached.push(to);
    }
  }
  side.frontier = reached;
}

function link(src: number, dst: number): Link {
  return { src, dst };
}

/** The stored edges that leave the frontier; null where they are more than `most`. */
async function storedLinks(
  tx: Transaction,
  pending: PendingGraph,
  { frontier, isDownstream }: Side,
  most: number,
): Promise<Link[] | null> {
  const { engine } = tx.dialect;
  const near = isDownstream ? sql`src` : sql`dst`;
  const older = frontier.filter((node) => !pending.created.has(node));
  if (older.length === 0) return [];
  const links: Link[] = [];
  for (const chunk of idChunks(engine, older)) {
    const rows = await tx.query<Link & { type: EdgeType; role: string }>(
      sql`SELECT src, dst, type, role FROM edge WHERE ${amongIds(engine, near, chunk)}
          AND type IN (${join([...acyclicTypes])}) AND retractedSeq IS NULL LIMIT ${most - links.length + 1}`,
    );
    if (links.length + rows.length > most) return null;
    for (const row of rows) {
      if (pending.retracted.size === 0 || !pending.retracted.has(edgeKey(row))) links.push(row);
    }
  }
  return links;
}
