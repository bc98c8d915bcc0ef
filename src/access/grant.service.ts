import { sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Graph } from "../graph/graph.ts";
import type { Verbs } from "../journal/verbs.ts";
import type { Actor } from "../kernel/actor.ts";
import { canonical, sha256 } from "../kernel/canonical.ts";
import type { Clock } from "../kernel/clock.ts";
import { invalid, notFound, overLimit } from "../kernel/errors.ts";
import { formatId, nodeOf } from "../kernel/ids.ts";
import { nameOf } from "../kernel/names.ts";
import { patternOf, type ScopePattern } from "../kernel/scope.ts";
import type { AccessJournal } from "./access-journal.ts";
import { lockActor } from "./actor.query.ts";
import { Grant } from "./grant.entity.ts";
import type { GrantRoleInput, RevokeRoleInput } from "./grant.inputs.ts";
import { grantColumns, grantOfRow } from "./grant.query.ts";
import { mustHold } from "./privilege.rules.ts";
import { lockPermissions } from "./role.query.ts";

/** What a verb about one grant answers. */
export type GrantOutcome = { grant: number };

/** Who holds a role: one of both. */
interface Holder {
  actorId: number | null;
  groupName: string;
}

const mostGrants = 1_000;

/** Verbs about who holds which role where. */
export class GrantService {
  constructor(
    private readonly verbs: Verbs,
    private readonly journal: AccessJournal,
    private readonly graph: Graph,
    private readonly clock: Clock,
  ) {}

  /** Nobody grants more than he may do himself all over that scope. */
  grant(actor: Actor, input: GrantRoleInput): Promise<GrantOutcome> {
    return this.verbs.run(actor, "grantRole", input, async (tx) => {
      const scope = patternOf("scope", input.scope);
      actor.mustAllOver("role:grant", scope);
      const { role } = input;
      mustHold(actor, [{ permissions: new Set(await lockPermissions(tx, role)), scope }]);
      const holder = await holderOf(tx, input);
      const known = await this.live(tx, holder, role, scope);
      if (known) return { grant: known.nodeId };
      await this.mustHaveRoom(tx, holder);
      const label = `${role} on ${scope}`;
      const container = holder.actorId;
      const [nodeId] = await this.graph.createNodes(tx, [{ kind: "GRANT", label, container }]);
      const liveKey = keyOf(holder, role, scope);
      const made = { createdAt: this.clock(), createdById: actor.node, revokedAt: null };
      const grant = { nodeId: nodeId!, ...holder, role, scope, liveKey, ...made };
      await tx.insertNew(Grant, [grant]);
      this.record(tx, actor, "grant.created", grant);
      return { grant: nodeId! };
    });
  }

  revoke(actor: Actor, input: RevokeRoleInput): Promise<GrantOutcome> {
    return this.verbs.run(actor, "revokeRole", input, async (tx) => {
      const grant =
        input.grant == null ? await this.named(tx, actor, input) : await this.lock(tx, actor, input);
      if (grant.revokedAt !== null) return { grant: grant.nodeId };
      await tx.run(
        sql`UPDATE role_grant SET liveKey = NULL, revokedAt = ${this.clock()} WHERE id = ${grant.nodeId}`,
      );
      this.record(tx, actor, "grant.revoked", grant);
      return { grant: grant.nodeId };
    });
  }

  /** The grant of this id, locked, where the actor may end it. */
  private async lock(tx: Transaction, actor: Actor, input: RevokeRoleInput): Promise<Grant> {
    const more = [input.actor, input.group, input.role, input.scope].find((part) => part != null);
    if (more !== undefined) throw invalid("grant", "an id alone, or who holds which role where", more);
    const id = input.grant!;
    const node = nodeOf(id, "grant", "GRANT");
    const [row] = await tx.lock<object>(sql`SELECT ${grantColumns} FROM role_grant g WHERE g.id = ${node}`);
    const grant = row && grantOfRow(row);
    const isSeen = grant && (isOwn(actor, grant) || actor.mayAllOver("access:read", grant.scope));
    const maySee = isSeen || (grant && actor.mayAllOver("role:grant", grant.scope));
    if (!grant || !maySee) throw notFound(`grant ${id}`, "grant");
    actor.mustAllOver("role:grant", grant.scope);
    return grant;
  }

  /** The live grant of these words, locked, where the actor may end it. */
  private async named(tx: Transaction, actor: Actor, input: RevokeRoleInput): Promise<Grant> {
    if (input.role == null) throw invalid("role", "the name of a role, or a grant's id as grant", input.role);
    if (input.scope == null) throw invalid("scope", "where it was granted", input.scope);
    const role = nameOf("role", input.role);
    const scope = patternOf("scope", input.scope);
    actor.mustAllOver("role:grant", scope);
    const grant = await this.live(tx, await holderOf(tx, input), role, scope);
    if (!grant) throw notFound(`a grant of ${role} on ${scope} to this holder`, "role");
    return grant;
  }

  private async live(
    tx: Transaction,
    holder: Holder,
    role: string,
    scope: ScopePattern,
  ): Promise<Grant | null> {
    const [row] = await tx.lock<object>(
      sql`SELECT ${grantColumns} FROM role_grant g WHERE g.liveKey = ${keyOf(holder, role, scope)}`,
    );
    return row ? grantOfRow(row) : null;
  }

  private async mustHaveRoom(tx: Transaction, { actorId, groupName }: Holder): Promise<void> {
    const isHeld = actorId === null ? sql`groupName = ${groupName}` : sql`actorId = ${actorId}`;
    const [live] = await tx.query<{ total: number }>(
      sql`SELECT COUNT(*) AS total FROM role_grant WHERE ${isHeld} AND liveKey IS NOT NULL`,
    );
    if (Number(live?.total) >= mostGrants)
      throw overLimit(`role: at most ${mostGrants} of one holder`, "role");
  }

  /** People may have to be forgotten, and groups are named after some: names are texts. */
  private record(
    tx: Transaction,
    actor: Actor,
    type: string,
    { nodeId, actorId, groupName, role, scope }: Omit<Grant, "id" | "nodeKind" | "group">,
  ): void {
    const body = { role, scope, ...(actorId === null ? {} : { actor: formatId("ACTOR", actorId) }) };
    const texts = actorId === null ? { group: groupName } : {};
    this.journal.record(tx, actor, { type, subject: nodeId, container: actorId, body, texts });
  }
}

function isOwn({ node, standing }: Actor, { actorId, groupName }: Holder): boolean {
  return actorId === null ? standing.groups.includes(groupName) : actorId === node;
}

function keyOf({ actorId, groupName }: Holder, role: string, scope: ScopePattern): string {
  return sha256(canonical([actorId, groupName, role, scope]));
}

/** Who shall hold it. Throws INVALID unless exactly one of actor and group is told. */
async function holderOf(
  tx: Transaction,
  { actor, group }: { actor?: string | null; group?: string | null },
): Promise<Holder> {
  if ((actor == null) === (group == null)) {
    throw invalid("actor", "either an actor or a group", actor ?? null);
  }
  if (actor == null) return { actorId: null, groupName: nameOf("group", group!) };
  return { actorId: (await lockActor(tx, actor)).nodeId, groupName: "" };
}
