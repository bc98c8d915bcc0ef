import { Arg, Ctx, FieldResolver, ID, Query, Resolver, Root } from "type-graphql";
import { RegistryEvent } from "../journal/event.entity.ts";
import { invalid } from "../kernel/errors.ts";
import { Node } from "../kernel/node.ts";
import type { Request } from "../kernel/request.ts";
import type { GraphLoaders } from "./graph.loaders.ts";
import type { NodeDirectory } from "./node-directory.ts";

const mostIds = 100;

@Resolver(() => RegistryEvent)
export class NodeResolver {
  constructor(
    private readonly directory: NodeDirectory,
    private readonly loaders: GraphLoaders,
  ) {}

  @Query(() => Node, {
    nullable: true,
    description: "Anything by its id; null where there is no such thing.",
  })
  node(
    @Ctx() request: Request,
    @Arg("id", () => ID, { description: "As the `id` field gave it." }) id: string,
  ): Promise<Node | null> {
    return this.directory.find(request, id);
  }

  @Query(() => [Node], { nullable: "items", description: "Several at once, in the order asked for." })
  nodes(
    @Ctx() request: Request,
    @Arg("ids", () => [ID], { description: "At most 100 ids." }) ids: string[],
  ): Promise<(Node | null)[]> {
    if (ids.length > mostIds) throw invalid("ids", `at most ${mostIds} ids`, ids.length);
    return Promise.all(ids.map((id) => this.directory.find(request, id)));
  }

  @FieldResolver(() => Node, { nullable: true, description: "What changed." })
  async subject(@Root() event: RegistryEvent, @Ctx() request: Request): Promise<Node | null> {
    const row = await this.loaders.node(request, event.subjectId);
    return row && this.directory.load(request, row.kind, row.id);
  }
}
