import { EdgeType } from "../graph/graph.entity.ts";
import { invalid } from "../kernel/errors.ts";
import type { Kind } from "../kernel/ids.ts";
import { nameOf } from "../kernel/names.ts";
import type { LineageEdgeInput, LineageNodeInput, RecordLineageInput } from "./record-lineage.inputs.ts";

const mostNodes = 1_000;
const mostEdges = 2_000;
const longestRole = 64;

/** Which kinds an edge type joins, upstream and downstream; see lineage.md's table. */
const joins: Record<EdgeType, { from: Kind[]; to: Kind[] }> = {
  [EdgeType.CONSUMED]: { from: ["DATASET_VERSION"], to: ["RUN", "MODEL_VERSION"] },
  [EdgeType.CODE_OF]: { from: ["COMMIT"], to: ["RUN", "MODEL_VERSION"] },
  [EdgeType.PRODUCED]: { from: ["RUN"], to: ["LOGGED_MODEL", "MODEL_VERSION", "DATASET_VERSION"] },
  [EdgeType.REGISTERED_AS]: { from: ["LOGGED_MODEL"], to: ["MODEL_VERSION"] },
  [EdgeType.DERIVED]: { from: ["MODEL_VERSION"], to: ["MODEL_VERSION"] },
  [EdgeType.DATA_DERIVED]: { from: ["DATASET_VERSION"], to: ["DATASET_VERSION"] },
  [EdgeType.SPAWNED]: { from: ["RUN"], to: ["RUN"] },
  [EdgeType.EVALUATED]: { from: ["MODEL_VERSION", "DATASET_VERSION"], to: ["RUN"] },
  /** Written by the registry itself. */
  [EdgeType.EVIDENCE]: { from: [], to: [] },
  [EdgeType.PARENT_COMMIT]: { from: ["COMMIT"], to: ["COMMIT"] },
};

const kindOfField = {
  run: "RUN",
  datasetVersion: "DATASET_VERSION",
  commit: "COMMIT",
  modelVersion: "MODEL_VERSION",
  loggedModel: "LOGGED_MODEL",
} as const satisfies Record<string, Kind>;

/** Which kind a node of the input is. Throws INVALID unless exactly one is given. */
export function kindOf(node: LineageNodeInput, at: string): Kind {
  const given = Object.entries(kindOfField).filter(
    ([field]) => node[field as keyof typeof kindOfField] != null,
  );
  if (given.length !== 1) {
    const fields = given.map(([field]) => field);
    throw invalid(at, `exactly one of ${Object.keys(kindOfField).join(", ")}`, fields);
  }
  return given[0]![1];
}

/** The kinds of the input's nodes by ref. Throws INVALID for limits, refs given twice, and edges that join nothing. */
export function kindsOf({ nodes, edges }: RecordLineageInput): Map<string, Kind> {
  if (nodes.length < 1 || nodes.length > mostNodes)
    throw invalid("nodes", `1–${mostNodes} nodes`, nodes.length);
  if (edges.length > mostEdges) throw invalid("edges", `at most ${mostEdges} edges`, edges.length);
  const kinds = new Map<string, Kind>();
  for (const [index, node] of nodes.entries()) {
    if (kinds.has(node.ref)) throw invalid(`nodes.${index}.ref`, "each ref once", node.ref);
    kinds.set(node.ref, kindOf(node, `nodes.${index}`));
  }
  for (const [index, edge] of edges.entries()) mustJoin(edge, kinds, `edges.${index}`);
  return kinds;
}

function mustJoin({ from, to, type }: LineageEdgeInput, kinds: ReadonlyMap<string, Kind>, at: string): void {
  if (type === EdgeType.EVIDENCE)
    throw invalid(`${at}.type`, "another type: what decisions rest on has mutations of its own", type);
  for (const [end, ref] of [
    ["from", from],
    ["to", to],
  ] as const) {
    const kind = kinds.get(ref);
    if (!kind) throw invalid(`${at}.${end}`, "the ref of a node of this input", ref);
    if (!joins[type][end].includes(kind)) {
      throw invalid(`${at}.${end}`, `${joins[type][end].join(" or ")} for ${type}`, kind);
    }
  }
}

export function roleOfEdge({ role }: LineageEdgeInput, at: string): string {
  return role ? nameOf(`${at}.role`, role, longestRole) : "";
}
