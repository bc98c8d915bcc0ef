import { Arg, Args, Ctx, FieldResolver, Int, Mutation, Resolver, Root } from "type-graphql";
import { ActorRow } from "../access/actor.entity.ts";
import type { ActorLoaders } from "../access/actor.loaders.ts";
import { PathArgs, pathPageOf } from "../kernel/path-page.ts";
import { answer } from "../kernel/payload.ts";
import type { Request } from "../kernel/request.ts";
import { LoggedFile } from "./logged-file.entity.ts";
import { DeleteLoggedFilesInput, LoggedFilesPayload } from "./logged-file.inputs.ts";
import type { LoggedFileLoaders } from "./logged-file.loaders.ts";
import type { LoggedFileService } from "./logged-file.service.ts";
import type { LoggedFileDownloads } from "./logged-file-downloads.ts";
import { LoggedModel } from "./logged-model.entity.ts";
import type { LoggedModelLoaders } from "./logged-model.loaders.ts";
import { Run } from "./run.entity.ts";
import type { RunLoaders } from "./run.loaders.ts";

@Resolver(() => Run)
export class RunFilesResolver {
  constructor(private readonly files: LoggedFileLoaders) {}

  @FieldResolver(() => [LoggedFile], { description: "The files it left, in order of their paths (UTF-8)." })
  loggedFiles(
    @Root() { nodeId }: Run,
    @Ctx() request: Request,
    @Args(() => PathArgs) page: PathArgs,
  ): Promise<LoggedFile[]> {
    return this.files.page(request, nodeId, pathPageOf(page));
  }
}

@Resolver(() => LoggedModel)
export class LoggedModelFilesResolver {
  constructor(private readonly files: LoggedFileLoaders) {}

  @FieldResolver(() => [LoggedFile], {
    description: "The files that make it up, in order of their paths (UTF-8).",
  })
  loggedFiles(
    @Root() { nodeId }: LoggedModel,
    @Ctx() request: Request,
    @Args(() => PathArgs) page: PathArgs,
  ): Promise<LoggedFile[]> {
    return this.files.page(request, nodeId, pathPageOf(page));
  }
}

@Resolver(() => LoggedFile)
export class LoggedFileResolver {
  constructor(
    private readonly downloads: LoggedFileDownloads,
    private readonly actors: ActorLoaders,
    private readonly service: LoggedFileService,
    private readonly owners: { runs: RunLoaders; loggedModels: LoggedModelLoaders },
  ) {}

  @FieldResolver(() => ActorRow, { description: "Who logged it." })
  loggedBy(@Root() { loggedById }: LoggedFile, @Ctx() request: Request): Promise<ActorRow | null> {
    return this.actors.byId(request, loggedById);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description:
      "Where its bytes can be got by GET, straight from the object store, until it expires. A secret. Null where they are corrupt or were let go, and without artifact:download.",
  })
  downloadUrl(
    @Root() file: LoggedFile,
    @Ctx() request: Request,
    @Arg("expiresInSeconds", () => Int, {
      nullable: true,
      description: "How long it works, 1–43,200; as long as the server's settings say where not given.",
    })
    expiresInSeconds?: number | null,
  ): Promise<string | null> {
    return this.downloads.urlOf(request, file, expiresInSeconds ?? null);
  }

  @Mutation(() => LoggedFilesPayload, {
    description:
      "Deletes files of a run or of a logged model; needs run:write. Versions that were registered from them keep theirs.",
  })
  deleteLoggedFiles(
    @Ctx() request: Request,
    @Arg("input", () => DeleteLoggedFilesInput, { description: "See the input type." })
    input: DeleteLoggedFilesInput,
  ): Promise<LoggedFilesPayload> {
    const nothing = { run: null, loggedModel: null, fileCount: null };
    return answer<LoggedFilesPayload>(nothing, async () => {
      const { owner, fileCount } = await this.service.delete(request.actor, input);
      const { runs, loggedModels } = this.owners;
      return input.runId == null
        ? { run: null, loggedModel: await loggedModels.byId(request, owner), fileCount }
        : { run: await runs.byId(request, owner), loggedModel: null, fileCount };
    });
  }
}
