import { Arg, Args, Ctx, FieldResolver, Query, Resolver } from "type-graphql";
import type { Actor } from "../kernel/actor.ts";
import { PageArgs, sliceOf } from "../kernel/page.ts";
import { type Permission, permissionOf, permissions } from "../kernel/permission.ts";
import type { Request } from "../kernel/request.ts";
import { patternOf } from "../kernel/scope.ts";
import { ActorRow } from "./actor.entity.ts";
import type { ActorLoaders } from "./actor.loaders.ts";
import { GrantConnection } from "./grant.entity.ts";
import type { GrantLoaders } from "./grant.loaders.ts";
import { Token } from "./token.entity.ts";
import type { TokenLoaders } from "./token.loaders.ts";
import { Viewer } from "./viewer.entity.ts";

const scopeText = {
  description: "A model's name or another scope, or a pattern such as `*` or risk.*: then all over it.",
};

@Resolver(() => Viewer)
export class ViewerResolver {
  constructor(
    private readonly actors: ActorLoaders,
    private readonly tokens: TokenLoaders,
    private readonly held: GrantLoaders,
  ) {}

  @Query(() => Viewer, { description: "Who this request acts as, and what it may do." })
  viewer(@Ctx() { actor, charge }: Request): Viewer {
    return { groups: actor.standing.groups, rateLimit: charge?.rateLimit ?? null };
  }

  @FieldResolver(() => ActorRow, { description: "The actor of this request's token." })
  actor(@Ctx() request: Request): Promise<ActorRow | null> {
    return this.actors.byId(request, request.actor.node);
  }

  @FieldResolver(() => Token, {
    nullable: true,
    description: "The token that was shown; null where it is none of the registry's own.",
  })
  token(@Ctx() request: Request): Promise<Token | null> | null {
    const { token } = request.actor.standing;
    return token === null ? null : this.tokens.byId(request, token);
  }

  @FieldResolver(() => GrantConnection, {
    description:
      "Roles that it holds, itself or by a group, the latest first; none for the administrator, who may do everything.",
  })
  grants(@Ctx() request: Request, @Args(() => PageArgs) page: PageArgs): Promise<GrantConnection> {
    return this.held.pageOfOwn(request, sliceOf(page));
  }

  @FieldResolver(() => [String], {
    description: "What it may do there by its roles, as far as its token goes.",
  })
  permissions(
    @Ctx() { actor }: Request,
    @Arg("scope", () => String, scopeText) scope: string,
  ): readonly Permission[] {
    const named = actor.standing.allowances.flatMap((held) => [...held.permissions]);
    const known = new Set([...Object.keys(permissions), ...named]) as Set<Permission>;
    return [...known].filter(mayThere(actor, scope));
  }

  @FieldResolver(() => Boolean, {
    description: "Whether it may do this there, so that what it may not do need not be offered.",
  })
  can(
    @Ctx() { actor }: Request,
    @Arg("permission", () => String, {
      description: "Such as alias:write, or stage:transition:Production for moves into one stage.",
    })
    permission: string,
    @Arg("scope", () => String, scopeText) scope: string,
  ): boolean {
    return mayThere(actor, scope)(permissionOf("permission", permission));
  }
}

function mayThere(actor: Actor, scope: string): (permission: Permission) => boolean {
  // What has no scope stands under the empty one, which no pattern but `*` covers.
  if (scope === "") return (permission) => actor.may(permission, scope);
  const pattern = patternOf("scope", scope);
  return (permission) => actor.mayAllOver(permission, pattern);
}
