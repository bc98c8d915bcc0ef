import { Arg, Args, Ctx, FieldResolver, Mutation, Resolver, Root } from "type-graphql";
import { PageArgs, sliceOf } from "../kernel/page.ts";
import { answer } from "../kernel/payload.ts";
import type { Request } from "../kernel/request.ts";
import { ActorRow } from "./actor.entity.ts";
import type { ActorLoaders } from "./actor.loaders.ts";
import { Token, TokenConnection } from "./token.entity.ts";
import {
  CreateTokenInput,
  RevokeTokenInput,
  RotateTokenInput,
  TokenPayload,
  TokenSecretPayload,
} from "./token.inputs.ts";
import type { TokenLoaders } from "./token.loaders.ts";
import type { SecretOutcome, TokenService } from "./token.service.ts";

const inputText = { description: "See the input type." };

@Resolver(() => Token)
export class TokenResolver {
  constructor(
    private readonly actors: ActorLoaders,
    private readonly tokens: TokenLoaders,
    private readonly service: TokenService,
  ) {}

  @FieldResolver(() => ActorRow, { description: "Whom it lets act." })
  actor(@Root() token: Token, @Ctx() request: Request): Promise<ActorRow | null> {
    return this.actors.byId(request, token.actorId);
  }

  @FieldResolver(() => ActorRow, { description: "Who made it." })
  createdBy(@Root() token: Token, @Ctx() request: Request): Promise<ActorRow | null> {
    return this.actors.byId(request, token.createdById);
  }

  @Mutation(() => TokenSecretPayload, {
    description:
      "Makes a token for oneself, or for another with actor:write on `*`; never one that allows more than one may do oneself. It carries the roles granted to its actor, not those of groups, which only the identity provider knows.",
  })
  createToken(
    @Ctx() request: Request,
    @Arg("input", () => CreateTokenInput, inputText) input: CreateTokenInput,
  ): Promise<TokenSecretPayload> {
    return this.answerSecret(request, () => this.service.create(request.actor, input));
  }

  @Mutation(() => TokenSecretPayload, {
    description: "Gives a token a new secret; the old one is void at once, and its sockets close.",
  })
  rotateToken(
    @Ctx() request: Request,
    @Arg("input", () => RotateTokenInput, inputText) input: RotateTokenInput,
  ): Promise<TokenSecretPayload> {
    return this.answerSecret(request, () => this.service.rotate(request.actor, input));
  }

  @Mutation(() => TokenPayload, { description: "Ends a token at once, for good; its sockets close." })
  revokeToken(
    @Ctx() request: Request,
    @Arg("input", () => RevokeTokenInput, inputText) input: RevokeTokenInput,
  ): Promise<TokenPayload> {
    return answer<TokenPayload>({ token: null }, async () => {
      const { token } = await this.service.revoke(request.actor, input);
      return { token: await this.tokens.byId(request, token) };
    });
  }

  private answerSecret(request: Request, act: () => Promise<SecretOutcome>): Promise<TokenSecretPayload> {
    return answer<TokenSecretPayload>({ token: null, secret: null }, async () => {
      const { token, secret } = await act();
      return { token: await this.tokens.byId(request, token), secret };
    });
  }
}

@Resolver(() => ActorRow)
export class ActorTokensResolver {
  constructor(private readonly loaders: TokenLoaders) {}

  @FieldResolver(() => TokenConnection, {
    description:
      "Its tokens, the latest first: one's own, and those of others with access:read on `*`; else none.",
  })
  tokens(
    @Root() actor: ActorRow,
    @Ctx() request: Request,
    @Args(() => PageArgs) page: PageArgs,
    @Arg("includeEnded", () => Boolean, {
      nullable: true,
      description: "Whether those that were revoked or have expired are listed, too.",
    })
    includeEnded?: boolean | null,
  ): Promise<TokenConnection> {
    const wish = { slice: sliceOf(page), includeEnded: includeEnded ?? false };
    return this.loaders.pageOf(request, actor.nodeId, wish);
  }
}
