import { Arg, Ctx, Mutation, Query, Resolver } from "type-graphql";
import { answer } from "../kernel/payload.ts";
import type { Request } from "../kernel/request.ts";
import { Role } from "./role.entity.ts";
import { DefineRoleInput, DeleteRoleInput, RolePayload } from "./role.inputs.ts";
import type { RoleLoaders } from "./role.loaders.ts";
import type { RoleOutcome, RoleService } from "./role.service.ts";

const inputText = { description: "See the input type." };

@Resolver(() => Role)
export class RoleResolver {
  constructor(
    private readonly loaders: RoleLoaders,
    private readonly service: RoleService,
  ) {}

  @Query(() => [Role], {
    description: "All roles: the built-in ones, then the registry's own by name; at most 200 of these.",
  })
  roles(): Promise<Role[]> {
    return this.loaders.all();
  }

  @Mutation(() => RolePayload, {
    description: "Makes a role or changes what it allows, for all who hold it; needs role:write on `*`.",
  })
  defineRole(
    @Ctx() request: Request,
    @Arg("input", () => DefineRoleInput, inputText) input: DefineRoleInput,
  ): Promise<RolePayload> {
    return this.answer(request, () => this.service.define(request.actor, input));
  }

  @Mutation(() => RolePayload, { description: "Deletes a role that nobody holds; needs role:write on `*`." })
  deleteRole(
    @Ctx() request: Request,
    @Arg("input", () => DeleteRoleInput, inputText) input: DeleteRoleInput,
  ): Promise<RolePayload> {
    return this.answer(request, () => this.service.delete(request.actor, input));
  }

  private answer(request: Request, act: () => Promise<RoleOutcome>): Promise<RolePayload> {
    return answer<RolePayload>({ role: null }, async () => {
      const { role } = await act();
      return { role: await this.loaders.byId(request, role) };
    });
  }
}
