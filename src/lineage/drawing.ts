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

  nodes(
    request: Request,
    ids: readonly number[],
    degreeOf: (id: number) => number,
    outlook: Outlook,
  ): Promise<LineageNode[]> {
    return Promise.all(
      ids.map(async (nodeId) => {
        const { kind, label, container } = await this.row(request, nodeId);
        return instanceOf(LineageNode, {
          nodeId,
          kind: kind as NodeKind,
          label,
          containerId: container,
          degree: degreeOf(nodeId),
          isRedacted: false,
          outlook,
        });
      }),
    );
  }

  edges(request: Request, edges: readonly WalkedEdge[]): Promise<LineageEdge[]> {
    return Promise.all(
      edges.map(async (walked) => {
        const [src, dst] = await Promise.all([this.row(request, walked.src), this.row(request, walked.dst)]);
        return instanceOf(LineageEdge, {
          walked,
          from: formatId(src.kind, src.id),
          to: formatId(dst.kind, dst.id),
          type: walked.type,
          role: walked.role || null,
        });
      }),
    );
  }

  async path(request: Request, nodes: number[], edges: WalkedEdge[], outlook: Outlook): Promise<LineagePath> {
    const [drawnNodes, drawnEdges] = await Promise.all([
      this.nodes(request, nodes, (id) => nodes.indexOf(id), outlook),
      this.edges(request, edges),
    ]);
    return { nodes: drawnNodes, edges: drawnEdges };
  }

  private async row(request: Request, id: number) {
    const row = await this.loaders.node(request, id);
    if (!row) throw new Error(`an edge leads to node ${id}, which is not there`);
    return row;
  }
}
