import { readableNodes } from "../db/readable.ts";
import { among, every, type Reader, sql } from "../db/sql.ts";
import type { NodeRow } from "../graph/graph.entity.ts";
import type { Root, View } from "../graph/traversal.ts";
import { seqAt, TimeBasis } from "../journal/as-of.ts";
import { genesisHash } from "../journal/chain.ts";
import { formatCursor, seqOf } from "../journal/cursor.ts";
import { headOf } from "../journal/feed.ts";
import type { Actor } from "../kernel/actor.ts";
import { notFound } from "../kernel/errors.ts";
import { formatId, type Kind, nodeOf } from "../kernel/ids.ts";
import { NodeKind } from "./lineage.entity.ts";

/** A view of the graph, and the public name of its place in the journal. */
export interface Viewpoint {
  view: View;
  snapshot: string;
}

/** The graph as of an instant, or now. */
export async function viewpoint(reader: Reader, asOf: number | null, basis: TimeBasis): Promise<Viewpoint> {
  if (asOf !== null && basis === TimeBasis.RECORDED) {
    const seq = await seqAt(reader, asOf);
    const [row] = await reader.query<{ hash: string }>(sql`SELECT hash FROM event WHERE seq = ${seq}`);
    const hash = row?.hash ?? genesisHash;
    return { view: { seq, occurredBy: null }, snapshot: formatCursor({ seq, hash }) };
  }
  const head = await headOf(reader);
  return { view: { seq: head.seq, occurredBy: asOf }, snapshot: formatCursor(head) };
}

/** The view that an earlier page showed. Throws CURSOR_EXPIRED where that place is not in this journal. */
export async function viewpointAt(
  reader: Reader,
  snapshot: string,
  asOf: number | null,
  basis: TimeBasis,
): Promise<Viewpoint> {
  const occurredBy = basis === TimeBasis.OCCURRED ? asOf : null;
  return { view: { seq: await seqOf(reader, snapshot), occurredBy }, snapshot };
}

/**
 * The nodes with these public ids. Throws INVALID for what is no id of a lineage node, NOT_FOUND for what is not there or
 * not for the actor to read.
 */
export async function rootsOf(
  reader: Reader,
  actor: Actor,
  ids: readonly string[],
  field: string,
): Promise<Root[]> {
  const at = (index: number) => (ids.length > 1 ? `${field}.${index}` : field);
  const wanted = ids.map((id, index) => nodeOf(id, at(index), ...(Object.values(NodeKind) as Kind[])));
  const conditions = [among(sql`node.id`, [...new Set(wanted)]), ...readableNodes(actor, sql`node.id`)];
  const rows = await reader.query<Pick<NodeRow, "id" | "kind">>(
    sql`SELECT id, kind FROM node WHERE ${every(conditions)}`,
  );
  const byId = new Map(rows.map((row) => [formatId(row.kind, row.id), row]));
  return ids.map((id, index) => {
    const row = byId.get(id);
    if (!row) throw notFound(id, at(index));
    return { id: row.id, kind: row.kind };
  });
}
