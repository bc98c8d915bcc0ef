import { among, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Graph } from "../graph/graph.ts";
import type { Verbs } from "../journal/verbs.ts";
import { Actor, type ActorKind, type Standing } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { alreadyExists, conflict, invalid } from "../kernel/errors.ts";
import { formatId } from "../kernel/ids.ts";
import { callableNameOf, nameOf } from "../kernel/names.ts";
import { everywhere } from "../kernel/scope.ts";
import type { AccessJournal } from "./access-journal.ts";
import { ActorRow } from "./actor.entity.ts";
import type { CreateActorInput, DeactivateActorInput, ReactivateActorInput } from "./actor.inputs.ts";
import { lockActor } from "./actor.query.ts";
import { administrator } from "./authenticate.ts";
import { ActorIdentity } from "./identity.entity.ts";

/** What a verb about one actor answers. */
export type ActorOutcome = { actor: number };

/** Somebody as an identity provider knows them. */
export interface Identity {
  issuer: string;
  subject: string;
}

const nobodysStanding: Standing = { allowances: [], limits: null, groups: [], token: null };

/** Verbs about who may act at all. */
export class ActorService {
  constructor(
    private readonly verbs: Verbs,
    private readonly journal: AccessJournal,
    private readonly graph: Graph,
    private readonly clock: Clock,
  ) {}

  create(actor: Actor, input: CreateActorInput): Promise<ActorOutcome> {
    return this.verbs.run(actor, "createActor", input, async (tx) => {
      actor.mustAllOver("actor:write", everywhere);
      const name = callableNameOf("name", input.name, "ACTOR");
      const identity = identityOf(input);
      await mustBeFree(tx, name, identity);
      return { actor: await this.createIn(tx, actor, { name, kind: input.kind, identity }) };
    });
  }

  /** Makes an actor whose name and identity are free, by itself where nobody else does; answers its node number. */
  async createIn(
    tx: Transaction,
    by: Actor | null,
    { name, kind, identity }: { name: string; kind: ActorKind; identity: Identity | null },
  ): Promise<number> {
    const [nodeId] = await this.graph.createNodes(tx, [{ kind: "ACTOR", label: name }]);
    const createdAt = this.clock();
    const row = { nodeId: nodeId!, name, kind, createdAt, deactivatedAt: null };
    await tx.insertNew(ActorRow, [row]);
    if (identity) await tx.insertNew(ActorIdentity, [{ ...identity, actorId: nodeId!, createdAt }]);
    const texts = { name, issuer: identity?.issuer, subject: identity?.subject };
    const maker = by ?? new Actor(nodeId!, name, kind, nobodysStanding);
    this.journal.record(tx, maker, { type: "actor.created", subject: nodeId!, body: { kind }, texts });
    return nodeId!;
  }

  /** Its tokens die for good; its grants stay, and hold again for one who comes back. */
  deactivate(actor: Actor, input: DeactivateActorInput): Promise<ActorOutcome> {
    return this.verbs.run(actor, "deactivateActor", input, async (tx) => {
      actor.mustAllOver("actor:write", everywhere);
      const { nodeId, deactivatedAt } = await lockActor(tx, input.actor);
      if (nodeId === administrator.node) throw conflict("the administrator stays", "actor");
      if (nodeId === actor.node) throw conflict("nobody deactivates himself; ask another", "actor");
      if (deactivatedAt !== null) return { actor: nodeId };
      await tx.run(sql`UPDATE actor SET deactivatedAt = ${this.clock()} WHERE id = ${nodeId}`);
      this.journal.record(tx, actor, { type: "actor.deactivated", subject: nodeId, body: {} });
      await this.revokeTokens(tx, actor, nodeId);
      return { actor: nodeId };
    });
  }

  reactivate(actor: Actor, input: ReactivateActorInput): Promise<ActorOutcome> {
    return this.verbs.run(actor, "reactivateActor", input, async (tx) => {
      actor.mustAllOver("actor:write", everywhere);
      const { nodeId, deactivatedAt } = await lockActor(tx, input.actor);
      if (deactivatedAt === null) return { actor: nodeId };
      await tx.run(sql`UPDATE actor SET deactivatedAt = NULL WHERE id = ${nodeId}`);
      this.journal.record(tx, actor, { type: "actor.reactivated", subject: nodeId, body: {} });
      return { actor: nodeId };
    });
  }

  private async revokeTokens(tx: Transaction, actor: Actor, owner: number): Promise<void> {
    const rows = await tx.lock<{ id: number }>(
      sql`SELECT id FROM access_token WHERE actorId = ${owner} AND revokedAt IS NULL ORDER BY id`,
    );
    if (rows.length === 0) return;
    const ids = rows.map(({ id }) => id);
    await tx.run(sql`UPDATE access_token SET revokedAt = ${this.clock()} WHERE ${among(sql`id`, ids)}`);
    const body = { actor: formatId("ACTOR", owner) };
    for (const subject of ids) {
      this.journal.record(tx, actor, { type: "token.revoked", subject, container: owner, body });
    }
  }
}

async function mustBeFree(tx: Transaction, name: string, identity: Identity | null): Promise<void> {
  const [namesake] = await tx.query(sql`SELECT 1 AS found FROM actor WHERE name = ${name}`);
  if (namesake) throw alreadyExists(`actor ${name} exists already`, "name");
  if (!identity) return;
  const [known] = await tx.query(
    sql`SELECT 1 AS found FROM actor_identity WHERE issuer = ${identity.issuer} AND subject = ${identity.subject}`,
  );
  if (known) throw alreadyExists("another actor stands for this identity already", "oidcSubject");
}

/** The identity told with a new actor: both parts or none. */
function identityOf({ oidcIssuer, oidcSubject }: CreateActorInput): Identity | null {
  if (oidcIssuer == null && oidcSubject == null) return null;
  if (!oidcIssuer) throw invalid("oidcIssuer", "the provider of oidcSubject", oidcIssuer);
  if (!oidcSubject) throw invalid("oidcSubject", "who it is at oidcIssuer", oidcSubject);
  return { issuer: nameOf("oidcIssuer", oidcIssuer), subject: nameOf("oidcSubject", oidcSubject) };
}
