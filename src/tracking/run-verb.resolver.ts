import { Arg, Ctx, Mutation, Resolver } from "type-graphql";
import { answer } from "../kernel/payload.ts";
import type { Request } from "../kernel/request.ts";
import { Run } from "./run.entity.ts";
import {
  CreateRunInput,
  DeleteRunInput,
  FinishRunInput,
  LogRunInput,
  RestoreRunInput,
  RunPayload,
  SetRunTagsInput,
  UpdateRunInput,
} from "./run.inputs.ts";
import type { RunLoaders } from "./run.loaders.ts";
import type { RunOutcome, RunService } from "./run.service.ts";
import type { RunCreationService } from "./run-creation.service.ts";

const inputText = { description: "See the input type." };

@Resolver(() => Run)
export class RunVerbResolver {
  constructor(
    private readonly loaders: RunLoaders,
    private readonly creation: RunCreationService,
    private readonly service: RunService,
  ) {}

  @Mutation(() => RunPayload, { description: "Makes a run." })
  createRun(
    @Ctx() request: Request,
    @Arg("input", () => CreateRunInput, inputText) input: CreateRunInput,
  ): Promise<RunPayload> {
    return this.answer(request, () => this.creation.create(request.actor, input));
  }

  @Mutation(() => RunPayload, {
    description: "Adds params, metric points, tags and data to a run; all of it, or nothing.",
  })
  logRun(
    @Ctx() request: Request,
    @Arg("input", () => LogRunInput, inputText) input: LogRunInput,
  ): Promise<RunPayload> {
    return this.answer(request, () => this.service.log(request.actor, input));
  }

  @Mutation(() => RunPayload, {
    description: "Ends a run; what it has logged is fixed in the journal by a digest.",
  })
  finishRun(
    @Ctx() request: Request,
    @Arg("input", () => FinishRunInput, inputText) input: FinishRunInput,
  ): Promise<RunPayload> {
    return this.answer(request, () => this.service.finish(request.actor, input));
  }

  @Mutation(() => RunPayload, { description: "Names a run anew, ends it, or takes it up again." })
  updateRun(
    @Ctx() request: Request,
    @Arg("input", () => UpdateRunInput, inputText) input: UpdateRunInput,
  ): Promise<RunPayload> {
    return this.answer(request, () => this.service.update(request.actor, input));
  }

  @Mutation(() => RunPayload, { description: "Sets and deletes tags of a run." })
  setRunTags(
    @Ctx() request: Request,
    @Arg("input", () => SetRunTagsInput, inputText) input: SetRunTagsInput,
  ): Promise<RunPayload> {
    return this.answer(request, () => this.service.setTags(request.actor, input));
  }

  @Mutation(() => RunPayload, {
    description: "Deletes a run: it leaves the lists; versions that came of it still show it.",
  })
  deleteRun(
    @Ctx() request: Request,
    @Arg("input", () => DeleteRunInput, inputText) input: DeleteRunInput,
  ): Promise<RunPayload> {
    return this.answer(request, () => this.service.delete(request.actor, input));
  }

  @Mutation(() => RunPayload, { description: "Brings a deleted run back." })
  restoreRun(
    @Ctx() request: Request,
    @Arg("input", () => RestoreRunInput, inputText) input: RestoreRunInput,
  ): Promise<RunPayload> {
    return this.answer(request, () => this.service.restore(request.actor, input));
  }

  private answer(request: Request, act: () => Promise<RunOutcome>): Promise<RunPayload> {
    return answer<RunPayload>({ run: null }, async () => {
      const { run } = await act();
      return { run: await this.loaders.byId(request, run) };
    });
  }
}
