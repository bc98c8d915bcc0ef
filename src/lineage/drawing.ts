import type { GraphLoaders, SeenNode } from "../graph/graph.loaders.ts";
import type { WalkedEdge } from "../graph/traversal.ts";
import { formatId } from "../kernel/ids.ts";
import { instanceOf } from "../kernel/node.ts";
import type { Request } from "../kernel/request.ts";
import { LineageEdge, LineageNode, type LineagePath, type NodeKind, redactedId } from "./lineage.entity.ts";
import type { Outlook } from "./outlook.ts";

/** Where the nodes of an answer lie in it. */
interface Layout {
  degreeOf(id: number): number;
  /** From 0 on: it stands for the id of a node that the caller may not read. */
  placeOf(id: number): number;
}

/** Turns numbers into what can be drawn: kinds and labels, one statement a page. */
export class Drawing {
  constructor(readonly loaders: GraphLoaders) {}

  async nodes(
    request: Request,
    ids: readonly number[],
    { degreeOf, placeOf }: Layout,
    outlook: Outlook,
  ): Promise<LineageNode[]> {
    const rows = await this.rows(request, ids);
    return ids.map((nodeId) => {
      const { kind, label, container, isReadable } = rowIn(rows, nodeId);
      return instanceOf(LineageNode, {
        nodeId,
        kind: kind as NodeKind,
        label,
        containerId: container,
        degree: degreeOf(nodeId),
        redactedAt: isReadable ? null : placeOf(nodeId),
        outlook,
      });
    });
  }

  async edges(
    request: Request,
    edges: readonly WalkedEdge[],
    { placeOf }: Pick<Layout, "placeOf">,
  ): Promise<LineageEdge[]> {
    const ends = new Set<number>();
    for (const { src, dst } of edges) ends.add(src).add(dst);
    const rows = await this.rows(request, [...ends]);
    const idOf = ({ id, kind, isReadable }: SeenNode) =>
      isReadable ? formatId(kind, id) : redactedId(placeOf(id));
    return edges.map((walked) => {
      const [upper, lower] = [rowIn(rows, walked.src), rowIn(rows, walked.dst)];
      const isRedacted = !upper.isReadable || !lower.isReadable;
      return instanceOf(LineageEdge, {
        walked: isRedacted ? null : walked,
        from: idOf(upper),
        to: idOf(lower),
        type: walked.type,
        role: isRedacted ? null : walked.role || null,
      });
    });
  }

  async path(request: Request, nodes: number[], edges: WalkedEdge[], outlook: Outlook): Promise<LineagePath> {
    const places = new Map(nodes.map((id, place) => [id, place]));
    const placeOf = (id: number) => places.get(id)!;
    const [drawnNodes, drawnEdges] = await Promise.all([
      this.nodes(request, nodes, { degreeOf: placeOf, placeOf }, outlook),
      this.edges(request, edges, { placeOf }),
    ]);
    return { nodes: drawnNodes, edges: drawnEdges };
  }

  private async rows(request: Request, ids: readonly number[]): Promise<Map<number, SeenNode | null>> {
    const rows = await Promise.all(ids.map((id) => this.loaders.node(request, id)));
    return new Map(ids.map((id, at) => [id, rows[at]!]));
  }
}

function rowIn(rows: ReadonlyMap<number, SeenNode | null>, id: number): SeenNode {
  const row = rows.get(id);
  if (!row) throw new Error(`an edge leads to node ${id}, which is not there`);
  return row;
}
