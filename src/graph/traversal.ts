import type { View } from "../journal/as-of.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Kind } from "../kernel/ids.ts";
import type { EdgeType } from "./graph.entity.ts";

export enum LineageDirection {
  UPSTREAM = "UPSTREAM",
  DOWNSTREAM = "DOWNSTREAM",
  BOTH = "BOTH",
}

/** Why an answer holds less than there is. */
export enum PartialReason {
  NODE_BUDGET = "NODE_BUDGET",
  EDGE_BUDGET = "EDGE_BUDGET",
  DEADLINE = "DEADLINE",
  HUB = "HUB",
}

/** Where to begin. A model, dataset or experiment stands for its members. */
export interface Root {
  id: number;
  kind: Kind;
}

/** How much one answer may take. */
export interface Budget {
  /** Nodes visited, shown or not. Four edges are read for each at most. */
  nodes: number;
  /** Epoch ms; null for no deadline. */
  deadlineAt: number | null;
  /** Ends the work with UNAVAILABLE once nobody waits for it. */
  signal?: AbortSignal | undefined;
}

export interface WalkQuestion {
  roots: readonly Root[];
  /** BOTH is upstream of the roots and downstream of them: what fed them and what they fed, not what else that fed. */
  direction: LineageDirection;
  /** How many edges away from the nearest root; null for all. */
  depth: number | null;
  /** Kinds to show; the others are walked through, but neither they nor their edges are in the answer. Null for all. */
  kinds: readonly Kind[] | null;
  /** Types to walk; null for all but EVIDENCE and PARENT_COMMIT. */
  edgeTypes: readonly EdgeType[] | null;
  /** Kinds that are shown and not walked past, roots excepted. */
  stopAt: readonly Kind[] | null;
  /** Of each node's neighbours in a direction, only so many, the lowest ids first; null for all. */
  maxPerNode: number | null;
  view: View;
  budget: Budget;
}

/** An edge in data-flow direction. */
export interface WalkedEdge {
  src: number;
  dst: number;
  type: EdgeType;
  role: string;
  /** The journal entry that made it. */
  seq: number;
}

export interface Walk {
  /** Every visited node and how many edges it is away from the nearest root; breadth-first, ties by id. */
  visited: ReadonlyMap<number, number>;
  /** The visited nodes that are shown, in the same order. */
  shown: readonly number[];
  /** The edges that were followed between shown nodes, each once, in no particular order. */
  edges: readonly WalkedEdge[];
  reason: PartialReason | null;
  /** Levels that were followed to their end. The same walk with this depth visits the same nodes and edges. */
  levels: number;
}

export interface PathQuestion {
  from: readonly Root[];
  to: readonly Root[];
  /** Longest path wanted, in edges; null for any. */
  maxDepth: number | null;
  view: View;
  budget: Budget;
}

/** A path from `from` to `to`: along the data flow, or against it where there is none along it. */
export interface FoundPath {
  nodes: number[];
  /** One for each step, in data-flow direction. */
  edges: WalkedEdge[];
}

/** Which neighbours count. */
export interface OpenEndsQuestion {
  ids: readonly number[];
  direction: LineageDirection.UPSTREAM | LineageDirection.DOWNSTREAM;
  visited: { has(id: number): boolean };
  edgeTypes: readonly EdgeType[] | null;
  view: View;
  /** A neighbour that this actor may not read does not count. */
  reader: Actor;
}

/**
 * Reads the graph. The same question about the same view has the same answer from every implementation, and for ever:
 * nodes, degrees, edges, cuts and the choice among equally short paths. Walks and paths are those of the whole graph,
 * whoever asks: what of them may be told is for the caller to see to.
 *
 * Not promised: an order of edges; that a root exists (one that does not is a node without edges); how far a walk comes
 * before its deadline; that the deadline or an abort is seen within one database statement.
 */
export interface Traversal {
  walk(question: WalkQuestion): Promise<Walk>;

  /**
   * A shortest path, or null. Of several, the one whose nodes, read backwards along the data flow, have the lowest ids;
   * of several edges between two nodes, the first by type and role. EVIDENCE and PARENT_COMMIT are not walked. Throws LIMIT where the
   * budget does not do.
   */
  path(question: PathQuestion): Promise<FoundPath | null>;

  /** Those of the nodes with a neighbour in that direction that was not visited. */
  openEnds(question: OpenEndsQuestion): Promise<ReadonlySet<number>>;
}
