import { type Reader, sql } from "../db/sql.ts";
import type { GraphLoaders } from "../graph/graph.loaders.ts";
import type { Root, View } from "../graph/traversal.ts";
import { seqAt, TimeBasis } from "../journal/as-of.ts";
import { genesisHash } from "../journal/chain.ts";
import { formatCursor, seqOf } from "../journal/cursor.ts";
import { headOf } from "../journal/feed.ts";
import { notFound } from "../kernel/errors.ts";
import { formatId, type Kind, nodeOf } from "../kernel/ids.ts";
import type { Request } from "../kernel/request.ts";
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
 * not for the caller to read.
 */
export async function rootsOf(
  nodes: GraphLoaders,
  request: Request,
  ids: readonly string[],
  field: string,
): Promise<Root[]> {
  const at = (index: number) => (ids.length > 1 ? `${field}.${index}` : field);
  const wanted = ids.map((id, index) => nodeOf(id, at(index), ...(Object.values(NodeKind) as Kind[])));
  const kinds = await nodes.readableKinds(request, [...new Set(wanted)]);
  return wanted.map((id, index) => {
    const kind = kinds.get(id);
    if (!kind || formatId(kind, id) !== ids[index]) throw notFound(ids[index]!, at(index));
    return { id, kind };
  });
}
