import { sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Graph } from "../graph/graph.ts";
import type { Verbs } from "../journal/verbs.ts";
import { type Actor, everything } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { conflict, invalid, notFound, overLimit } from "../kernel/errors.ts";
import { formatId, nodeOf } from "../kernel/ids.ts";
import { formatInstant } from "../kernel/instant.ts";
import { nameOf } from "../kernel/names.ts";
import { everywhere } from "../kernel/scope.ts";
import type { AccessJournal } from "./access-journal.ts";
import { lockActor } from "./actor.query.ts";
import { administrator } from "./authenticate.ts";
import { mustHold, mustStayWithin } from "./privilege.rules.ts";
import { Token } from "./token.entity.ts";
import type { CreateTokenInput, RevokeTokenInput, RotateTokenInput } from "./token.inputs.ts";
import { digestOf, newToken } from "./token.rules.ts";
import { scopesOf } from "./token-scope.rules.ts";

/** What a verb about one token answers. */
export type TokenOutcome = { token: number };
/** The secret is null for a request that was made before. */
export type SecretOutcome = TokenOutcome & { secret: string | null };

const dayMillis = 24 * 3600 * 1000;
const usualDays = 90;
const mostDays = 365;
const mostTokens = 1_000;
const unlimited = ["*"];

/** Verbs about tokens. Each is its owner's own business, and that of who may manage actors. */
export class TokenService {
  constructor(
    private readonly verbs: Verbs,
    private readonly journal: AccessJournal,
    private readonly graph: Graph,
    private readonly clock: Clock,
  ) {}

  create(actor: Actor, input: CreateTokenInput): Promise<SecretOutcome> {
    return this.tellingSecret(actor, "createToken", input, async (tx, tell) => {
      const owner = await lockActor(tx, input.actor ?? formatId("ACTOR", actor.node));
      const name = nameOf("name", input.name);
      const scopes = scopesOf("scopes", input.scopes ?? unlimited);
      this.mustMint(actor, owner.nodeId, scopes);
      if (owner.deactivatedAt !== null) throw conflict(`actor ${owner.name} is deactivated`, "actor");
      const createdAt = this.clock();
      const expiresAt = expiryOf(input.expiresAt, createdAt);
      await this.mustHaveRoom(tx, owner.nodeId, createdAt);
      const [nodeId] = await this.graph.createNodes(tx, [
        { kind: "TOKEN", label: name, container: owner.nodeId },
      ]);
      const row = {
        nodeId: nodeId!,
        actorId: owner.nodeId,
        name,
        digest: tell(),
        scopesText: JSON.stringify(scopes),
        createdAt,
        createdById: actor.node,
        expiresAt,
        lastUsedAt: null,
        revokedAt: null,
      };
      await tx.insert(Token, [row]);
      const body = {
        actor: formatId("ACTOR", owner.nodeId),
        scopes,
        expiresAt: formatInstant(expiresAt),
      };
      const about = { subject: nodeId!, container: owner.nodeId };
      this.journal.record(tx, actor, { type: "token.created", ...about, body, texts: { name } });
      return { token: nodeId! };
    });
  }

  /** A new secret for the same token; the old one dies at once. */
  rotate(actor: Actor, input: RotateTokenInput): Promise<SecretOutcome> {
    return this.tellingSecret(actor, "rotateToken", input, async (tx, tell) => {
      const token = await this.lock(tx, actor, input.token);
      this.mustMint(actor, token.actorId, scopesIn(token));
      if (token.revokedAt !== null) throw conflict("a revoked token stays revoked; make another", "token");
      const expiresAt = expiryOf(input.expiresAt, this.clock());
      await tx.run(
        sql`UPDATE access_token SET digest = ${tell()}, expiresAt = ${expiresAt} WHERE id = ${token.nodeId}`,
      );
      const body = { actor: formatId("ACTOR", token.actorId), expiresAt: formatInstant(expiresAt) };
      const about = { subject: token.nodeId, container: token.actorId };
      this.journal.record(tx, actor, { type: "token.rotated", ...about, body });
      return { token: token.nodeId };
    });
  }

  revoke(actor: Actor, input: RevokeTokenInput): Promise<TokenOutcome> {
    return this.verbs.run(actor, "revokeToken", input, async (tx) => {
      const token = await this.lock(tx, actor, input.token);
      // Oneself, as far as the token goes that is shown.
      if (token.actorId !== actor.node) actor.mustAllOver("actor:write", everywhere);
      else if (!actor.mayAllOver("actor:write", everywhere)) mustStayWithin(actor, scopesIn(token));
      if (token.revokedAt !== null) return { token: token.nodeId };
      await tx.run(sql`UPDATE access_token SET revokedAt = ${this.clock()} WHERE id = ${token.nodeId}`);
      const body = { actor: formatId("ACTOR", token.actorId) };
      const about = { subject: token.nodeId, container: token.actorId };
      this.journal.record(tx, actor, { type: "token.revoked", ...about, body });
      return { token: token.nodeId };
    });
  }

  /** A verb that makes a secret: `tell` mints one and answers its digest. It is kept nowhere, so a replay has none to tell. */
  private async tellingSecret(
    actor: Actor,
    verb: string,
    input: CreateTokenInput | RotateTokenInput,
    work: (tx: Transaction, tell: () => string) => Promise<TokenOutcome>,
  ): Promise<SecretOutcome> {
    let told: string | null = null;
    const outcome = await this.verbs.run(actor, verb, input, (tx) =>
      work(tx, () => {
        const secret = newToken();
        // Not before: a transaction that is run again makes another.
        tx.afterCommit(() => {
          told = secret;
        });
        return digestOf(secret);
      }),
    );
    return { ...outcome, secret: told };
  }

  private async lock(tx: Transaction, actor: Actor, id: string): Promise<Token> {
    const node = nodeOf(id, "token", "TOKEN");
    const [token] = await tx.lock<Token>(
      sql`SELECT id AS nodeId, actorId, scopesText, revokedAt FROM access_token WHERE id = ${node}`,
    );
    const isOwn = token?.actorId === actor.node;
    const maySee =
      isOwn || actor.mayAllOver("access:read", everywhere) || actor.mayAllOver("actor:write", everywhere);
    if (!token || !maySee) throw notFound(`token ${id}`, "token");
    return token;
  }

  /**
   * Who holds a new secret may do what its owner may, now and when the owner may do more: so a token for another is made
   * by whoever may do everything. Nobody makes a token that allows more than the one he shows.
   */
  private mustMint(actor: Actor, owner: number, scopes: readonly string[]): void {
    if (owner !== actor.node) actor.mustAllOver("actor:write", everywhere);
    mustStayWithin(actor, scopes);
    if (owner === administrator.node) {
      throw conflict(
        "the administrator has the token of the settings only; make an actor, and a token for it",
        "actor",
      );
    }
    if (owner !== actor.node) mustHold(actor, [everything]);
  }

  private async mustHaveRoom(tx: Transaction, owner: number, now: number): Promise<void> {
    const [live] = await tx.query<{ total: number }>(
      sql`SELECT COUNT(*) AS total FROM access_token
          WHERE actorId = ${owner} AND revokedAt IS NULL AND expiresAt > ${now}`,
    );
    if (Number(live?.total) >= mostTokens) {
      throw overLimit(`actor: at most ${mostTokens} tokens of one actor at once`, "actor");
    }
  }
}

const scopesIn = ({ scopesText }: Token): string[] => JSON.parse(scopesText);

function expiryOf(told: number | null | undefined, now: number): number {
  const expiresAt = told ?? now + usualDays * dayMillis;
  if (expiresAt > now && expiresAt <= now + mostDays * dayMillis) return expiresAt;
  const latest = formatInstant(now + mostDays * dayMillis);
  throw invalid("expiresAt", `a time after now, and not after ${latest}`, formatInstant(expiresAt));
}
