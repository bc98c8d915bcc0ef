import { Field, ID, Int, ObjectType, registerEnumType } from "type-graphql";
import { EdgeType } from "../graph/graph.entity.ts";
import { LineageDirection, PartialReason, type WalkedEdge } from "../graph/traversal.ts";
import { PageInfo } from "../kernel/connection.ts";
import { formatId, type Kind } from "../kernel/ids.ts";
import { EventCursor } from "../kernel/scalars.ts";
import type { Outlook } from "./outlook.ts";

/** The kinds of node that lineage shows. */
export enum NodeKind {
  MODEL = "MODEL",
  MODEL_VERSION = "MODEL_VERSION",
  EXPERIMENT = "EXPERIMENT",
  RUN = "RUN",
  LOGGED_MODEL = "LOGGED_MODEL",
  DATASET = "DATASET",
  DATASET_VERSION = "DATASET_VERSION",
  COMMIT = "COMMIT",
  VALIDATION = "VALIDATION",
  CARD = "CARD",
  TRANSITION_REQUEST = "TRANSITION_REQUEST",
  APPROVAL = "APPROVAL",
  ARTIFACT = "ARTIFACT",
}

registerEnumType(NodeKind, {
  name: "NodeKind",
  description: "What a node of the lineage graph is.",
  valuesConfig: {
    MODEL: { description: "A container: as a root it stands for its versions." },
    MODEL_VERSION: { description: "A release of a model; its container is the model." },
    EXPERIMENT: { description: "A container: as a root it stands for its runs and logged models." },
    RUN: { description: "An execution of code; its container is the experiment." },
    LOGGED_MODEL: { description: "A model as a run left it; its container is the experiment." },
    DATASET: { description: "A container: as a root it stands for its versions." },
    DATASET_VERSION: { description: "A dataset at one digest; its container is the dataset." },
    COMMIT: { description: "A commit of a repository." },
    VALIDATION: { description: "A validation of a version by a third party; shown as cards are." },
    TRANSITION_REQUEST: {
      description: "A request for a transition of a model version; shown as cards are.",
    },
    APPROVAL: { description: "A reviewer's decision about a model version; shown as cards are." },
    ARTIFACT: {
      description:
        "A file that was attached to a version as evidence; shown as cards are. Files of bundles are nodes without edges.",
    },
    CARD: {
      description:
        "The card of a model version; its container is the model. Shown where it is asked for, one degree after its version, and never walked through.",
    },
  },
});

registerEnumType(LineageDirection, {
  name: "LineageDirection",
  description: "Which way to walk.",
  valuesConfig: {
    UPSTREAM: { description: "Against the data flow: what it came from." },
    DOWNSTREAM: { description: "Along the data flow: what came of it." },
    BOTH: { description: "What it came from and what came of it, but not what else those fed." },
  },
});

registerEnumType(PartialReason, {
  name: "PartialReason",
  description: "Why an answer holds less than there is.",
  valuesConfig: {
    NODE_BUDGET: { description: "More nodes than one walk visits; those nearest to the roots are here." },
    EDGE_BUDGET: { description: "More edges than one walk reads; maxPerNode or edgeTypes narrow it." },
    DEADLINE: { description: "More than was read in time; whole degrees are here, the nearest ones." },
    HUB: {
      description: "Some node had more neighbours than maxPerNode; those with the lowest ids are here.",
    },
  },
});

/** What stands for the id of a node that the caller may not read: its place in the answer. */
export function redactedId(place: number): string {
  return `redacted_${place}`;
}

@ObjectType({
  description:
    "One node of a lineage graph: enough to draw it. Of one that the caller may not read, and that lies on a way between two that it may, the kind is all that is told.",
  simpleResolvers: true,
})
export class LineageNode {
  nodeId!: number;
  containerId!: number | null;
  /** Its place in the answer, where the caller may not read it; null where it may. */
  redactedAt!: number | null;
  outlook!: Outlook;

  @Field(() => ID, {
    description:
      "As `node(id)` takes it. Where it is redacted, its place in this answer, such as redacted_7: the same on all pages of one question, and nothing elsewhere.",
  })
  get id(): string {
    return this.redactedAt === null ? formatId(this.kind as Kind, this.nodeId) : redactedId(this.redactedAt);
  }

  @Field(() => NodeKind, { description: "What it is." })
  kind!: NodeKind;

  @Field(() => String, {
    nullable: true,
    description:
      "What a person would call it within its container: a name, a number, a digest, a short sha. Null where it is redacted.",
  })
  label!: string | null;

  @Field(() => Int, { description: "How many edges it is away from the nearest root." })
  degree!: number;

  @Field(() => Boolean, { description: "True where the caller may know of it, but not what it is." })
  get isRedacted(): boolean {
    return this.redactedAt !== null;
  }
}

@ObjectType({ description: "One edge of a lineage graph, in data-flow direction.", simpleResolvers: true })
export class LineageEdge {
  /** As it was walked; null where one of its nodes is redacted. */
  walked!: WalkedEdge | null;

  @Field(() => ID, { description: "The node upstream." })
  from!: string;

  @Field(() => ID, { description: "The node downstream." })
  to!: string;

  @Field(() => EdgeType, { description: "How the one went into the other." })
  type!: EdgeType;

  @Field(() => String, {
    nullable: true,
    description:
      "In which role: train, validation, finetune, …; null where not told, and where one of its nodes is redacted.",
  })
  role!: string | null;
}

@ObjectType({
  description: "One page of a lineage graph. All pages together are the whole.",
  simpleResolvers: true,
})
export class Lineage {
  @Field(() => [LineageNode], { description: "Breadth-first from the roots, ties by id." })
  nodes!: LineageNode[];

  @Field(() => [LineageEdge], {
    description: "Each on the page of the later one of its two nodes; edges to hidden nodes are left out.",
  })
  edges!: LineageEdge[];

  @Field(() => Int, {
    nullable: true,
    description: "Nodes on all pages together; what the caller may not know of does not count.",
  })
  totalNodes!: number | null;

  @Field(() => Boolean, { description: "Whether there is more than all pages together hold." })
  isPartial!: boolean;

  @Field(() => PartialReason, { nullable: true, description: "Why, where it is partial." })
  partialReason!: PartialReason | null;

  @Field(() => EventCursor, { description: "The place in the journal that all pages show the graph at." })
  snapshot!: string;

  @Field(() => PageInfo, { description: "Where this page lies." })
  pageInfo!: PageInfo;
}

@ObjectType({ description: "A shortest way from one node to another.", simpleResolvers: true })
export class LineagePath {
  @Field(() => [LineageNode], { description: "From end to end; the degree counts from the first." })
  nodes!: LineageNode[];

  @Field(() => [LineageEdge], { description: "One for each step, each in data-flow direction." })
  edges!: LineageEdge[];
}
