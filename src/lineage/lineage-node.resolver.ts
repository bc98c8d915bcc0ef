import { Ctx, FieldResolver, ID, Resolver, Root } from "type-graphql";
import type { GraphLoaders } from "../graph/graph.loaders.ts";
import type { NodeDirectory } from "../graph/node-directory.ts";
import { LineageDirection } from "../graph/traversal.ts";
import { formatId, type Kind } from "../kernel/ids.ts";
import { Node } from "../kernel/node.ts";
import type { Request } from "../kernel/request.ts";
import { DateTime } from "../kernel/scalars.ts";
import { LineageEdge, LineageNode } from "./lineage.entity.ts";
import type { LineageLoaders } from "./lineage.loaders.ts";

/** What of a node is looked up only when somebody asks. */
@Resolver(() => LineageNode)
export class LineageNodeResolver {
  constructor(
    private readonly directory: NodeDirectory,
    private readonly graph: GraphLoaders,
  ) {}

  @FieldResolver(() => ID, {
    nullable: true,
    description:
      "What it is a member of: the model of a version, the dataset of its version, the experiment of a run.",
  })
  async container(@Root() node: LineageNode, @Ctx() request: Request): Promise<string | null> {
    const row = node.containerId && (await this.graph.node(request, node.containerId));
    return row ? formatId(row.kind, row.id) : null;
  }

  @FieldResolver(() => String, { nullable: true, description: "The name of its container." })
  async containerLabel(@Root() node: LineageNode, @Ctx() request: Request): Promise<string | null> {
    const row = node.containerId && (await this.graph.node(request, node.containerId));
    return row ? row.label : null;
  }

  @FieldResolver(() => Boolean, {
    description: "Whether an edge leads further upstream from here, to a node that is on none of the pages.",
  })
  hasMoreUpstream(@Root() node: LineageNode): Promise<boolean> {
    return node.outlook.hasMore(node.nodeId, LineageDirection.UPSTREAM);
  }

  @FieldResolver(() => Boolean, {
    description:
      "Whether an edge leads further downstream from here, to a node that is on none of the pages.",
  })
  hasMoreDownstream(@Root() node: LineageNode): Promise<boolean> {
    return node.outlook.hasMore(node.nodeId, LineageDirection.DOWNSTREAM);
  }

  @FieldResolver(() => Node, { nullable: true, description: "The thing itself." })
  node(@Root() node: LineageNode, @Ctx() request: Request): Promise<Node | null> {
    return this.directory.load(request, node.kind as Kind, node.nodeId);
  }
}

@Resolver(() => LineageEdge)
export class LineageEdgeResolver {
  constructor(private readonly loaders: LineageLoaders) {}

  @FieldResolver(() => DateTime, { description: "When it came about; for imported history as told." })
  at(@Root() edge: LineageEdge, @Ctx() request: Request): Promise<number> {
    return this.loaders.occurredAt(request, edge.walked.seq);
  }
}
