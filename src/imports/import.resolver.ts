import { Arg, Ctx, Mutation, Resolver } from "type-graphql";
import { answer } from "../kernel/payload.ts";
import type { Request } from "../kernel/request.ts";
import { ImportHistoryInput, ImportHistoryPayload } from "./import.inputs.ts";
import type { ImportService } from "./import.service.ts";

@Resolver()
export class ImportResolver {
  constructor(private readonly service: ImportService) {}

  @Mutation(() => ImportHistoryPayload, {
    description:
      "Takes over a batch of history from elsewhere, all of it or nothing; the same batch again changes nothing.",
  })
  importHistory(
    @Ctx() request: Request,
    @Arg("input", () => ImportHistoryInput, { description: "See the input type." }) input: ImportHistoryInput,
  ): Promise<ImportHistoryPayload> {
    return answer<ImportHistoryPayload>({ imported: 0, unchanged: 0 }, () =>
      this.service.importHistory(request.actor, input),
    );
  }
}
