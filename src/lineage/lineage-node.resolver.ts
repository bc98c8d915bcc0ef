import { Ctx, FieldResolver, ID, Resolver, Root } from "type-graphql";
import type { GraphLoaders, SeenNode } from "../graph/graph.loaders.ts";
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
    const container = await this.containerOf(node, request);
    return container?.isReadable ? formatId(container.kind, container.id) : null;
  }

  @FieldResolver(() => String, { nullable: true, description: "The name of its container." })
  async containerLabel(@Root() node: LineageNode, @Ctx() request: Request): Promise<string | null> {
    return (await this.containerOf(node, request))?.label ?? null;
  }

  @FieldResolver(() => Boolean, {
    description:
      "Whether an edge leads further upstream from here, to a node that the caller may read and that is on none of the pages.",
  })
  async hasMoreUpstream(@Root() node: LineageNode): Promise<boolean> {
    return !node.isRedacted && node.outlook.hasMore(node.nodeId, LineageDirection.UPSTREAM);
  }

  @FieldResolver(() => Boolean, {
    description:
      "Whether an edge leads further downstream from here, to a node that the caller may read and that is on none of the pages.",
  })
  async hasMoreDownstream(@Root() node: LineageNode): Promise<boolean> {
    return !node.isRedacted && node.outlook.hasMore(node.nodeId, LineageDirection.DOWNSTREAM);
  }

  @FieldResolver(() => Node, { nullable: true, description: "The thing itself; null where it is redacted." })
  async node(@Root() node: LineageNode, @Ctx() request: Request): Promise<Node | null> {
    return node.isRedacted ? null : this.directory.load(request, node.kind as Kind, node.nodeId);
  }

  private async containerOf({ containerId }: LineageNode, request: Request): Promise<SeenNode | null> {
    return containerId === null ? null : this.graph.node(request, containerId);
  }
}

@Resolver(() => LineageEdge)
export class LineageEdgeResolver {
  constructor(private readonly loaders: LineageLoaders) {}

  @FieldResolver(() => DateTime, {
    nullable: true,
    description: "When it came about; for imported history as told. Null where one of its nodes is redacted.",
  })
  async at(@Root() edge: LineageEdge, @Ctx() request: Request): Promise<number | null> {
    return edge.walked && this.loaders.occurredAt(request, edge.walked.seq);
  }

  @FieldResolver(() => Boolean, {
    nullable: true,
    description:
      "True where it was read out of params or tags, not declared. Null where one of its nodes is redacted.",
  })
  async isInferred(@Root() edge: LineageEdge, @Ctx() request: Request): Promise<boolean | null> {
    return edge.walked && this.loaders.isInferred(request, edge.walked);
  }
}
