import { Arg, Ctx, Mutation, Resolver } from "type-graphql";
import { answer } from "../kernel/payload.ts";
import type { Request } from "../kernel/request.ts";
import { RecordLineageInput, RecordLineagePayload } from "./record-lineage.inputs.ts";
import type { RecordLineageService } from "./record-lineage.service.ts";

@Resolver()
export class RecordLineageResolver {
  constructor(private readonly service: RecordLineageService) {}

  @Mutation(() => RecordLineagePayload, { description: "Records a subgraph: all of it, or nothing." })
  recordLineage(
    @Ctx() request: Request,
    @Arg("input", () => RecordLineageInput, { description: "See the input type." }) input: RecordLineageInput,
  ): Promise<RecordLineagePayload> {
    return answer<RecordLineagePayload>({ addedEdges: 0, addedNodes: 0 }, () =>
      this.service.record(request.actor, input),
    );
  }
}
