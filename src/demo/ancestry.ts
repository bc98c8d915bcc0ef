import type { LineageEdge, LineageNode } from "./question.ts";

/** What a person calls it. */
function titleOf({ kind, containerLabel, label, node }: LineageNode): string {
  switch (kind) {
    case "MODEL_VERSION":
      return `${containerLabel}/${label} · ${node?.stage}`;
    case "RUN":
      return `run "${label}"`;
    case "LOGGED_MODEL":
      return `logged model "${label}"`;
    case "DATASET_VERSION":
      return `${containerLabel} @ ${label}`;
    default:
      return `${kind.toLowerCase()} ${label}${node?.message ? ` "${node.message}"` : ""}`;
  }
}

/** How what is upstream went in. */
function linkOf({ type, role }: LineageEdge): string {
  switch (type) {
    case "DERIVED":
      return `${role} from`;
    case "PRODUCED":
      return "made by";
    case "CONSUMED":
      return `${role || "data"}:`;
    case "CODE_OF":
      return "code:";
    case "DATA_DERIVED":
      return "from";
    case "REGISTERED_AS":
      return "registered from";
    case "SPAWNED":
      return "part of";
    default:
      return type.toLowerCase();
  }
}

/** Upstream lineage as a tree, the first node on top; a node with several ways to it is drawn out once. `mark` stands behind one node. */
export function ancestryOf(
  nodes: readonly LineageNode[],
  edges: readonly LineageEdge[],
  mark: { id: string; says: string },
): string[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const drawn = new Set<string>();
  const lines: string[] = [];
  const draw = (id: string, link: string, stem: string, branch: string) => {
    const sources = edges.filter(({ from, to }) => to === id && byId.has(from));
    const isAgain = drawn.has(id) && sources.length > 0;
    const note = id === mark.id ? `   <== ${mark.says}` : "";
    lines.push(`${stem}${branch}${link}${titleOf(byId.get(id)!)}${isAgain ? " (above)" : ""}${note}`);
    if (drawn.has(id)) return;
    drawn.add(id);
    const inner = branch === "" ? stem : `${stem}${branch.startsWith("└") ? "   " : "│  "}`;
    sources.forEach((edge, index) => {
      draw(edge.from, `${linkOf(edge)} `, inner, index === sources.length - 1 ? "└─ " : "├─ ");
    });
  };
  if (nodes.length > 0) draw(nodes[0]!.id, "", "", "");
  return lines;
}
