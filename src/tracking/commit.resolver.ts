import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from "type-graphql";
import type { Database } from "../db/database.ts";
import { readPage } from "../db/keyset.ts";
import { PageArgs, sliceOf } from "../kernel/page.ts";
import { answer } from "../kernel/payload.ts";
import type { Request } from "../kernel/request.ts";
import { Commit, CommitConnection } from "./commit.entity.ts";
import { CommitFilter, CommitOrder, CommitPayload, RecordCommitInput } from "./commit.inputs.ts";
import type { CommitLoaders } from "./commit.loaders.ts";
import { commitList, commitNamed, commitOfRow } from "./commit.query.ts";
import type { CommitService } from "./commit.service.ts";

@Resolver(() => Commit)
export class CommitResolver {
  constructor(
    private readonly db: Database,
    private readonly loaders: CommitLoaders,
    private readonly service: CommitService,
  ) {}

  @Query(() => Commit, {
    nullable: true,
    description:
      "The commit whose sha begins so; null where there is none, an error where there are several.",
  })
  commit(
    @Ctx() request: Request,
    @Arg("sha", () => String, { description: "At least 7 hex digits." }) sha: string,
    @Arg("repository", () => String, { nullable: true, description: "Only of this repository." })
    repository?: string | null,
  ): Promise<Commit | null> {
    return commitNamed(this.db.read, request.actor, sha, repository ?? null);
  }

  @Query(() => CommitConnection, { description: "Commits, the latest first where no order is given." })
  commits(
    @Ctx() request: Request,
    @Args(() => PageArgs) page: PageArgs,
    @Arg("filter", () => CommitFilter, { nullable: true, description: "Which ones." }) filter?: CommitFilter,
    @Arg("orderBy", () => CommitOrder, { nullable: true, description: "In which order." })
    orderBy?: CommitOrder,
  ): Promise<CommitConnection> {
    return readPage(this.db.read, commitList(request.actor, filter, orderBy), sliceOf(page), commitOfRow);
  }

  @FieldResolver(() => [Commit], { description: "The commits it follows, as far as they are told." })
  parents(@Root() commit: Commit, @Ctx() request: Request): Promise<Commit[]> {
    return this.loaders.parentsOf(request, commit.nodeId);
  }

  @Mutation(() => CommitPayload, { description: "Makes a commit known, or tells more of it." })
  recordCommit(
    @Ctx() request: Request,
    @Arg("input", () => RecordCommitInput, { description: "See the input type." }) input: RecordCommitInput,
  ): Promise<CommitPayload> {
    return answer<CommitPayload>({ commit: null }, async () => {
      const { commit } = await this.service.record(request.actor, input);
      return { commit: await this.loaders.byId(request, commit) };
    });
  }
}
