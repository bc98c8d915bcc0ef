import { overLimit } from "../kernel/errors.ts";
import { startsOf } from "./breadth-first.ts";
import { type EdgeSource, type OneWay, OutOfTime } from "./edge-source.ts";
import { type FoundPath, LineageDirection, type PathQuestion, type WalkedEdge } from "./traversal.ts";

const mostEdgesPerLevel = 4; // of the node budget

/** One half of the search: levels of nodes, and for each node the edges that lead back to the level before. */
interface Half {
  direction: OneWay;
  levels: Map<number, WalkedEdge[]>[];
  seen: Set<number>;
  /** Its next level is more than may be read at once; the other half goes on alone. */
  isStuck: boolean;
}

function halfOf(direction: OneWay, starts: readonly number[]): Half {
  const levels = [new Map(starts.map((id): [number, WalkedEdge[]] => [id, []]))];
  return { direction, levels, seen: new Set(starts), isStuck: false };
}

/** Along the data flow from `from` to `to`, else against it. */
export async function shortestPath(source: EdgeSource, question: PathQuestion): Promise<FoundPath | null> {
  const { budget } = question;
  try {
    const from = await startsOf(source, question.from, budget.nodes);
    const to = await startsOf(source, question.to, budget.nodes);
    const along = await search(source, question, from, to);
    if (along) return along;
    const against = await search(source, question, to, from);
    return against && { nodes: against.nodes.reverse(), edges: against.edges.reverse() };
  } catch (error) {
    if (!(error instanceof OutOfTime)) throw error;
    throw overLimit("no path was found in time; ask for nodes nearer to each other");
  }
}

/** From both ends at once, always the half with fewer nodes in its last level. */
async function search(
  source: EdgeSource,
  { maxDepth, budget }: PathQuestion,
  from: readonly number[],
  to: readonly number[],
): Promise<FoundPath | null> {
  const upper = halfOf(LineageDirection.DOWNSTREAM, from);
  const lower = halfOf(LineageDirection.UPSTREAM, to);
  for (;;) {
    const meeting = meetingOf(upper, lower);
    if (meeting.length > 0) return trace(upper, lower, meeting);
    if (lastOf(upper).size === 0 || lastOf(lower).size === 0) return null;
    if (maxDepth !== null && upper.levels.length + lower.levels.length - 2 >= maxDepth) return null;
    const [half] = [lower, upper]
      .filter(({ isStuck }) => !isStuck)
      .sort((a, b) => lastOf(a).size - lastOf(b).size);
    if (!half || upper.seen.size + lower.seen.size > budget.nodes) {
      throw overLimit(`no path was found within ${budget.nodes} nodes; ask for nodes nearer to each other`);
    }
    await advance(source, half, budget.nodes * mostEdgesPerLevel);
  }
}

function lastOf({ levels }: Half): Map<number, WalkedEdge[]> {
  return levels[levels.length - 1]!;
}

function meetingOf(upper: Half, lower: Half): number[] {
  const [few, many] = [lastOf(upper), lastOf(lower)].sort((a, b) => a.size - b.size);
  return [...few!.keys()].filter((id) => many!.has(id));
}

async function advance(source: EdgeSource, half: Half, most: number): Promise<void> {
  const { direction, levels, seen } = half;
  const edges = await source.edges([...lastOf(half).keys()], direction, null, most);
  if (!edges) {
    half.isStuck = true;
    return;
  }
  const next = new Map<number, WalkedEdge[]>();
  for (const edge of edges) {
    const far = direction === LineageDirection.DOWNSTREAM ? edge.dst : edge.src;
    if (seen.has(far)) continue;
    const known = next.get(far);
    if (known) known.push(edge);
    else next.set(far, [edge]);
  }
  for (const id of next.keys()) seen.add(id);
  levels.push(next);
}

/** Every shortest path goes through a meeting node; of them the one whose nodes, read backwards, have the lowest ids. */
function trace(upper: Half, lower: Half, meeting: readonly number[]): FoundPath {
  // Downwards from the meeting nodes: which nodes of the lower half lie on shortest paths, and their edges upwards.
  const upwards = lower.levels.map(() => new Map<number, WalkedEdge[]>());
  let reached = new Set(meeting);
  for (let level = lower.levels.length - 1; level > 0; level--) {
    const below = upwards[level - 1]!;
    for (const id of reached) {
      for (const edge of lower.levels[level]!.get(id)!) {
        below.set(edge.dst, [...(below.get(edge.dst) ?? []), edge]);
      }
    }
    reached = new Set(below.keys());
  }
  const nodes = [lowestOf(reached)];
  const edges: WalkedEdge[] = [];
  // Backwards: up through the lower half, then through the upper one.
  for (const level of [...upwards.slice(0, -1), ...upper.levels.slice(1).reverse()]) {
    const edge = level
      .get(nodes[nodes.length - 1]!)!
      .reduce((best, each) => (isBefore(each, best) ? each : best));
    edges.push(edge);
    nodes.push(edge.src);
  }
  return { nodes: nodes.reverse(), edges: edges.reverse() };
}

function lowestOf(ids: Iterable<number>): number {
  let lowest = Number.POSITIVE_INFINITY;
  for (const id of ids) if (id < lowest) lowest = id;
  return lowest;
}

/** The order among edges into one node. */
export function isBefore(a: WalkedEdge, b: WalkedEdge): boolean {
  if (a.src !== b.src) return a.src < b.src;
  return a.type === b.type ? a.role < b.role : a.type < b.type;
}
