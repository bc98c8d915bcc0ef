import { Field, InputType, Int, ObjectType } from "type-graphql";
import { EdgeType } from "../graph/graph.entity.ts";
import { MutationInput, Payload } from "../kernel/payload.ts";
import { DateTime, VersionRef } from "../kernel/scalars.ts";
import { CommitInput } from "../tracking/commit.inputs.ts";
import { DatasetUseInput } from "../tracking/dataset.inputs.ts";
import { RunStatus } from "../tracking/run.entity.ts";

@InputType({ description: "A run, found by its id or made." })
export class LineageRunInput {
  @Field(() => String, { description: "32 lower-case hex digits." })
  runId!: string;

  @Field(() => String, {
    nullable: true,
    description: "For a new run: its experiment; Default where not given.",
  })
  experiment?: string | null;

  @Field(() => String, { nullable: true, description: "For a new run: its name." })
  name?: string | null;

  @Field(() => RunStatus, {
    nullable: true,
    description: "For a new run: how far it is; FINISHED where not given.",
  })
  status?: RunStatus | null;

  @Field(() => DateTime, { nullable: true, description: "For a new run: when it began." })
  startedAt?: number | null;

  @Field(() => DateTime, { nullable: true, description: "For a new run: when it ended." })
  endedAt?: number | null;

  @Field(() => String, { nullable: true, description: "For a new run: what was executed." })
  entryPoint?: string | null;
}

@InputType({
  description:
    "A node of the subgraph: exactly one of run, datasetVersion, commit, modelVersion, loggedModel.",
})
export class LineageNodeInput {
  @Field(() => String, { description: "Its name within this input, for the edges." })
  ref!: string;

  @Field(() => LineageRunInput, { nullable: true, description: "A run, found or made." })
  run?: LineageRunInput | null;

  @Field(() => DatasetUseInput, {
    nullable: true,
    description: "A dataset version, found or made; its role is not used.",
  })
  datasetVersion?: DatasetUseInput | null;

  @Field(() => CommitInput, { nullable: true, description: "A commit, found or made." })
  commit?: CommitInput | null;

  @Field(() => VersionRef, { nullable: true, description: "A model version; it must exist." })
  modelVersion?: string | null;

  @Field(() => String, { nullable: true, description: "Id of a logged model; it must exist." })
  loggedModel?: string | null;
}

@InputType({ description: "An edge of the subgraph, in data-flow direction." })
export class LineageEdgeInput {
  @Field(() => String, { description: "`ref` of the upstream node." })
  from!: string;

  @Field(() => String, { description: "`ref` of the downstream node." })
  to!: string;

  @Field(() => EdgeType, { description: "How the one went into the other." })
  type!: EdgeType;

  @Field(() => String, { nullable: true, description: "train, eval, finetune, …; at most 64 characters." })
  role?: string | null;
}

@InputType({ description: "A subgraph, taken whole or not at all; the same one again changes nothing." })
export class RecordLineageInput extends MutationInput {
  @Field(() => [LineageNodeInput], { description: "1–1,000 nodes." })
  nodes!: LineageNodeInput[];

  @Field(() => [LineageEdgeInput], { description: "At most 2,000 edges between them." })
  edges!: LineageEdgeInput[];
}

@ObjectType({ description: "What became of a subgraph. Never the graph itself: ask `lineage`." })
export class RecordLineagePayload extends Payload {
  @Field(() => Int, { description: "Edges that were not there before.", simple: true })
  addedEdges!: number;

  @Field(() => Int, { description: "Nodes that were not there before.", simple: true })
  addedNodes!: number;
}
