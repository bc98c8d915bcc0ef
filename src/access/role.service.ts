import { sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Graph } from "../graph/graph.ts";
import type { Verbs } from "../journal/verbs.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { conflict, notFound, overLimit } from "../kernel/errors.ts";
import { everywhere } from "../kernel/scope.ts";
import type { AccessJournal } from "./access-journal.ts";
import { mustHold } from "./privilege.rules.ts";
import { RoleRow } from "./role.entity.ts";
import type { DefineRoleInput, DeleteRoleInput } from "./role.inputs.ts";
import { lockRole } from "./role.query.ts";
import { permissionsOf, roleNameOf } from "./role.rules.ts";

/** What a verb about one role answers. */
export type RoleOutcome = { role: number };

const mostRoles = 200;

/** Verbs about the roles of the registry's own. */
export class RoleService {
  constructor(
    private readonly verbs: Verbs,
    private readonly journal: AccessJournal,
    private readonly graph: Graph,
    private readonly clock: Clock,
  ) {}

  /** Makes or changes one. A change reaches all who hold it: so whoever makes it holds what it allows, everywhere. */
  define(actor: Actor, input: DefineRoleInput): Promise<RoleOutcome> {
    return this.verbs.run(actor, "defineRole", input, async (tx) => {
      actor.mustAllOver("role:write", everywhere);
      const name = roleNameOf("name", input.name);
      const permissions = permissionsOf("permissions", input.permissions);
      mustHold(actor, [{ permissions: new Set(permissions), scope: everywhere }]);
      const known = await lockRole(tx, name);
      mustBeAt(name, known, input.expectedRevision);
      const text = JSON.stringify(permissions);
      if (known?.permissions === text) return { role: known.nodeId };
      if (!known) await mustHaveRoom(tx);
      const updatedAt = this.clock();
      const revision = (known?.revision ?? 0) + 1;
      const nodeId = known?.nodeId ?? (await this.graph.createNodes(tx, [{ kind: "ROLE", label: name }]))[0]!;
      if (known) {
        await tx.run(
          sql`UPDATE role SET permissions = ${text}, revision = ${revision}, updatedAt = ${updatedAt} WHERE id = ${nodeId}`,
        );
      } else {
        const times = { createdAt: updatedAt, updatedAt, deletedAt: null };
        await tx.insertNew(RoleRow, [
          { nodeId, name, liveName: name, permissions: text, revision, ...times },
        ]);
      }
      const body = { name, revision, permissions };
      this.journal.record(tx, actor, { type: "role.defined", subject: nodeId, body });
      return { role: nodeId };
    });
  }

  delete(actor: Actor, input: DeleteRoleInput): Promise<RoleOutcome> {
    return this.verbs.run(actor, "deleteRole", input, async (tx) => {
      actor.mustAllOver("role:write", everywhere);
      const name = roleNameOf("name", input.name);
      const known = await lockRole(tx, name);
      if (!known) throw notFound(`role ${name}`, "name");
      mustBeAt(name, known, input.expectedRevision);
      const [granted] = await tx.query<{ total: number }>(
        sql`SELECT COUNT(*) AS total FROM role_grant WHERE role = ${name} AND liveKey IS NOT NULL`,
      );
      const total = Number(granted?.total);
      if (total > 0) throw conflict(`role ${name} is held by grants (${total}); revoke them first`, "name");
      await tx.run(
        sql`UPDATE role SET liveName = NULL, deletedAt = ${this.clock()} WHERE id = ${known.nodeId}`,
      );
      this.journal.record(tx, actor, { type: "role.deleted", subject: known.nodeId, body: { name } });
      return { role: known.nodeId };
    });
  }
}

async function mustHaveRoom(tx: Transaction): Promise<void> {
  const [live] = await tx.query<{ total: number }>(
    sql`SELECT COUNT(*) AS total FROM role WHERE liveName IS NOT NULL`,
  );
  if (Number(live?.total) >= mostRoles) throw overLimit(`name: at most ${mostRoles} roles`, "name");
}

/** Throws CONFLICT where the caller has seen another revision; 0 expects none. */
function mustBeAt(name: string, known: RoleRow | null, expected: number | null | undefined): void {
  const revision = known?.revision ?? 0;
  if (expected == null || expected === revision) return;
  const where = known ? `is at revision ${revision}` : "does not exist";
  throw conflict(`role ${name} ${where}; revision ${expected} was expected`, "expectedRevision");
}
