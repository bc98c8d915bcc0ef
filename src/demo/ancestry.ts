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
    case "TRANSITION_REQUEST":
      return `for ${label}, by ${node?.requestedBy?.name} · ${node?.status}`;
    case "APPROVAL":
      return `${label}, by ${node?.reviewer?.name}`;
    case "CARD":
    case "VALIDATION":
      return label;
    default:
      return `${kind.toLowerCase()} ${label}${node?.message ? ` "${node.message}"` : ""}`;
  }
}

/** How what is upstream went in, or which evidence it is. */
function linkOf({ type, role }: LineageEdge, kind: string): string {
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
    case "EVIDENCE":
      return `${kind.toLowerCase().replace("_", " ")}:`;
    default:
      return type.toLowerCase();
  }
}

/** A node's evidence is drawn below it, as what it came from is: the graph has its edges the other way round. */
const lowerEnd = ({ type, from, to }: LineageEdge) => (type === "EVIDENCE" ? to : from);
const upperEnd = ({ type, from, to }: LineageEdge) => (type === "EVIDENCE" ? from : to);

/** Upstream lineage as a tree, the first node on top; a node with several ways to it is drawn out once. */
export function ancestryOf(nodes: readonly LineageNode[], edges: readonly LineageEdge[]): string[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const drawn = new Set<string>();
  const lines: string[] = [];
  const draw = (node: LineageNode, link: string, stem: string, branch: string) => {
    const below = edges.filter((edge) => upperEnd(edge) === node.id && byId.has(lowerEnd(edge)));
    const isAgain = drawn.has(node.id) && below.length > 0;
    lines.push(`${stem}${branch}${link}${titleOf(node)}${isAgain ? " (above)" : ""}`);
    if (drawn.has(node.id)) return;
    drawn.add(node.id);
    const inner = branch === "" ? stem : `${stem}${branch.startsWith("└") ? "   " : "│  "}`;
    below.forEach((edge, index) => {
      const next = byId.get(lowerEnd(edge))!;
      draw(next, `${linkOf(edge, next.kind)} `, inner, index === below.length - 1 ? "└─ " : "├─ ");
    });
  };
  if (nodes.length > 0) draw(nodes[0]!, "", "", "");
  return lines;
}
