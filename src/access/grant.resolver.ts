import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from "type-graphql";
import { PageArgs, sliceOf } from "../kernel/page.ts";
import { answer } from "../kernel/payload.ts";
import type { Request } from "../kernel/request.ts";
import { ActorRow } from "./actor.entity.ts";
import type { ActorLoaders } from "./actor.loaders.ts";
import { Grant, GrantConnection } from "./grant.entity.ts";
import { GrantFilter, GrantPayload, GrantRoleInput, RevokeRoleInput } from "./grant.inputs.ts";
import type { GrantLoaders } from "./grant.loaders.ts";
import type { GrantOutcome, GrantService } from "./grant.service.ts";

const inputText = { description: "See the input type." };

@Resolver(() => Grant)
export class GrantResolver {
  constructor(
    private readonly actors: ActorLoaders,
    private readonly loaders: GrantLoaders,
    private readonly service: GrantService,
  ) {}

  @Query(() => GrantConnection, {
    description: "Grants, the latest first: one's own, and those on scopes where one holds access:read.",
  })
  grants(
    @Ctx() request: Request,
    @Args(() => PageArgs) page: PageArgs,
    @Arg("filter", () => GrantFilter, { nullable: true, description: "Which ones." }) filter?: GrantFilter,
  ): Promise<GrantConnection> {
    return this.loaders.page(request, filter, sliceOf(page));
  }

  @FieldResolver(() => ActorRow, {
    nullable: true,
    description: "The actor that holds it; null where a group does.",
  })
  actor(@Root() grant: Grant, @Ctx() request: Request): Promise<ActorRow | null> | null {
    return grant.actorId === null ? null : this.actors.byId(request, grant.actorId);
  }

  @FieldResolver(() => ActorRow, { description: "Who granted it." })
  createdBy(@Root() grant: Grant, @Ctx() request: Request): Promise<ActorRow | null> {
    return this.actors.byId(request, grant.createdById);
  }

  @Mutation(() => GrantPayload, {
    description:
      "Grants a role on a scope; needs role:grant all over it, and whatever the role allows. Granting what is granted already succeeds and records nothing.",
  })
  grantRole(
    @Ctx() request: Request,
    @Arg("input", () => GrantRoleInput, inputText) input: GrantRoleInput,
  ): Promise<GrantPayload> {
    return this.answer(request, () => this.service.grant(request.actor, input));
  }

  @Mutation(() => GrantPayload, {
    description:
      "Ends a grant; needs role:grant all over its scope. Subscriptions know it at the next event.",
  })
  revokeRole(
    @Ctx() request: Request,
    @Arg("input", () => RevokeRoleInput, inputText) input: RevokeRoleInput,
  ): Promise<GrantPayload> {
    return this.answer(request, () => this.service.revoke(request.actor, input));
  }

  private answer(request: Request, act: () => Promise<GrantOutcome>): Promise<GrantPayload> {
    return answer<GrantPayload>({ grant: null }, async () => {
      const { grant } = await act();
      return { grant: await this.loaders.byId(request, grant) };
    });
  }
}

@Resolver(() => ActorRow)
export class ActorGrantsResolver {
  constructor(private readonly loaders: GrantLoaders) {}

  @FieldResolver(() => GrantConnection, {
    description:
      "Roles that it holds itself, the latest first: one's own, and those on scopes where one holds access:read.",
  })
  grants(
    @Root() actor: ActorRow,
    @Ctx() request: Request,
    @Args(() => PageArgs) page: PageArgs,
  ): Promise<GrantConnection> {
    return this.loaders.pageOf(request, actor.nodeId, sliceOf(page));
  }
}
