import type { NodeRow } from "../graph/graph.entity.ts";
import type { GraphLoaders } from "../graph/graph.loaders.ts";
import type { WalkedEdge } from "../graph/traversal.ts";
import { formatId } from "../kernel/ids.ts";
import { instanceOf } from "../kernel/node.ts";
import type { Request } from "../kernel/request.ts";
import { LineageEdge, LineageNode, type LineagePath, type NodeKind } from "./lineage.entity.ts";
import type { Outlook } from "./outlook.ts";

/** Turns numbers into what can be drawn: kinds and labels, one statement a page. */
export class Drawing {
  constructor(private readonly loaders: GraphLoaders) {}

  async nodes(
    request: Request,
    ids: readonly number[],
    degreeOf: (id: number) => number,
    outlook: Outlook,
  ): Promise<LineageNode[]> {
    const rows = await this.rows(request, ids);
    return ids.map((nodeId) => {
      const { kind, label, container } = rowIn(rows, nodeId);
      return instanceOf(LineageNode, {
        nodeId,
        kind: kind as NodeKind,
        label,
        containerId: container,
        degree: degreeOf(nodeId),
        isRedacted: false,
        outlook,
      });
    });
  }

  async edges(request: Request, edges: readonly WalkedEdge[]): Promise<LineageEdge[]> {
    const ends = new Set<number>();
    for (const { src, dst } of edges) ends.add(src).add(dst);
    const rows = await this.rows(request, [...ends]);
    const idOf = (node: number) => formatId(rowIn(rows, node).kind, node);
    return edges.map((walked) =>
      instanceOf(LineageEdge, {
        walked,
        from: idOf(walked.src),
        to: idOf(walked.dst),
        type: walked.type,
        role: walked.role || null,
      }),
    );
  }

  async path(request: Request, nodes: number[], edges: WalkedEdge[], outlook: Outlook): Promise<LineagePath> {
    const places = new Map(nodes.map((id, place) => [id, place]));
    const [drawnNodes, drawnEdges] = await Promise.all([
      this.nodes(request, nodes, (id) => places.get(id)!, outlook),
      this.edges(request, edges),
    ]);
    return { nodes: drawnNodes, edges: drawnEdges };
  }

  private async rows(request: Request, ids: readonly number[]): Promise<Map<number, NodeRow | null>> {
    const rows = await Promise.all(ids.map((id) => this.loaders.node(request, id)));
    return new Map(ids.map((id, at) => [id, rows[at]!]));
  }
}

function rowIn(rows: ReadonlyMap<number, NodeRow | null>, id: number): NodeRow {
  const row = rows.get(id);
  if (!row) throw new Error(`an edge leads to node ${id}, which is not there`);
  return row;
}
