import { grouped } from "../tracking/grouping.ts";

/** A node upstream of a version, as far as comparing goes. */
export interface Placed {
  nodeId: number;
  kind: string;
  containerId: number | null;
}

export interface Difference<N> {
  added: N[];
  removed: N[];
  changed: { left: N; right: N }[];
}

/**
 * Compares two lists in their order. Nodes of one kind and container that are on one side only are paired, first with
 * first: another version of the same dataset is one change, not a loss and a gain.
 */
export function differenceOf<N extends Placed>(left: readonly N[], right: readonly N[]): Difference<N> {
  const [inLeft, inRight] = [left, right].map((side) => new Set(side.map(({ nodeId }) => nodeId)));
  const removed = left.filter(({ nodeId }) => !inRight!.has(nodeId));
  const added = right.filter(({ nodeId }) => !inLeft!.has(nodeId));
  const byPlace = grouped(added, placeOf);
  byPlace.delete(null);
  const waiting = new Map([...byPlace].map(([place, nodes]) => [place, nodes.values()]));
  const changed: { left: N; right: N }[] = [];
  for (const node of removed) {
    const other = waiting.get(placeOf(node))?.next().value;
    if (other) changed.push({ left: node, right: other });
  }
  const paired = new Set(changed.flatMap((pair) => [pair.left.nodeId, pair.right.nodeId]));
  const isAlone = ({ nodeId }: N) => !paired.has(nodeId);
  return { added: added.filter(isAlone), removed: removed.filter(isAlone), changed };
}

function placeOf({ kind, containerId }: Placed): string | null {
  return containerId === null ? null : `${kind} ${containerId}`;
}
