import { ArgsType, Field, ID, Int } from "type-graphql";
import { EdgeType } from "../graph/graph.entity.ts";
import { LineageDirection } from "../graph/traversal.ts";
import { TimeBasis } from "../journal/as-of.ts";
import { DateTime } from "../kernel/scalars.ts";
import { NodeKind } from "./lineage.entity.ts";

/** How to walk from a node that is known already. */
@ArgsType()
export class WalkArgs {
  @Field(() => LineageDirection, { description: "Which way." })
  direction!: LineageDirection;

  @Field(() => Int, { nullable: true, description: "How many edges from the roots; all where not given." })
  depth?: number | null;

  @Field(() => [NodeKind], {
    nullable: true,
    description:
      "Kinds to show; the others are walked through, but not shown. CARD comes with each version that is visited, where it is asked for.",
  })
  kinds?: NodeKind[] | null;

  @Field(() => Int, { nullable: true, defaultValue: 200, description: "Nodes on a page, 1–1,000." })
  first?: number | null;

  @Field(() => String, { nullable: true, description: "The endCursor of the page before." })
  after?: string | null;
}

@ArgsType()
export class LineageArgs extends WalkArgs {
  @Field(() => ID, { description: "Where to begin; a model, dataset or experiment stands for its members." })
  root!: string;

  @Field(() => [EdgeType], {
    nullable: true,
    description: "Types to walk; all but EVIDENCE and PARENT_COMMIT where not given.",
  })
  edgeTypes?: EdgeType[] | null;

  @Field(() => [NodeKind], { nullable: true, description: "Kinds that are shown, but not walked past." })
  stopAt?: NodeKind[] | null;

  @Field(() => DateTime, { nullable: true, description: "The graph as of then; as of now where not given." })
  asOf?: number | null;

  @Field(() => TimeBasis, {
    nullable: true,
    defaultValue: TimeBasis.RECORDED,
    description: "Which time `asOf` means.",
  })
  basis?: TimeBasis | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "Of each node's neighbours in a direction, only so many, the lowest ids first; for hubs. All where not given.",
  })
  maxPerNode?: number | null;
}

@ArgsType()
export class PathArgs {
  @Field(() => ID, { description: "One end; a model, dataset or experiment stands for any of its members." })
  from!: string;

  @Field(() => ID, { description: "The other end, likewise." })
  to!: string;

  @Field(() => Int, {
    nullable: true,
    description: "The longest path wanted, in edges; any where not given.",
  })
  maxDepth?: number | null;
}
