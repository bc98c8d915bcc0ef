import { lockPermissions, readPermissions } from "../access/role.query.ts";
import { sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Graph } from "../graph/graph.ts";
import type { Journal } from "../journal/journal.ts";
import type { Verbs } from "../journal/verbs.ts";
import type { Actor } from "../kernel/actor.ts";
import { canonical } from "../kernel/canonical.ts";
import type { Clock } from "../kernel/clock.ts";
import { conflict, invalid, notFound, overLimit } from "../kernel/errors.ts";
import { nameOf } from "../kernel/names.ts";
import { includes, type Permission } from "../kernel/permission.ts";
import { patternOf } from "../kernel/scope.ts";
import { aliasOf } from "../registry/alias.rules.ts";
import { lockStageSet, readStages, stageNamed } from "../registry/stage.query.ts";
import { gatesOf } from "./gate-form.rules.ts";
import { OnFull, type PolicyBody, PolicyPrefix, PolicyRow } from "./policy.entity.ts";
import { type DeletePolicyInput, PolicyPreset, type SetPolicyInput } from "./policy.inputs.ts";
import { countPolicies, mostPolicies, policiesWhere } from "./policy.query.ts";
import {
  governedBy,
  guardedPolicy,
  isOpen,
  mayReadPolicy,
  mustAgree,
  openPolicy,
  prefixLengthOf,
} from "./policy.rules.ts";

/** What a verb about one policy answers. */
export type PolicyOutcome = {
  pattern: string;
  stage: string;
  /** What a dry run would have set; null where it was none. */
  draft: PolicyRow | null;
};

const mostApprovals = 10;
const mostInStage = 1_000;
const longestBodyBytes = 40_000; // it stands in an event
const mostRoles = 20;
const mostAliases = 20;
const longestRole = 64;

const mayReview: readonly Permission[] = ["transition:review"];
const mayPromote: readonly Permission[] = ["stage:transition", "transition:request"];

/** Verbs about policies. */
export class PolicyService {
  constructor(
    private readonly verbs: Verbs,
    private readonly journal: Journal,
    private readonly graph: Graph,
    private readonly clock: Clock,
  ) {}

  /**
   * Sets a whole policy; one that says what is set already changes nothing. Approvals given under another one are stale.
   * A dry run takes the right to read it only.
   */
  set(actor: Actor, input: SetPolicyInput): Promise<PolicyOutcome> {
    return this.verbs.run(actor, "setPolicy", input, async (tx) => {
      const { pattern, stage, known } = await this.find(tx, actor, input, input.dryRun === true);
      const body = await this.bodyOf(tx, input);
      mustAgree(body, stage);
      const text = canonical({ ...body });
      if (Buffer.byteLength(text) > longestBodyBytes) {
        throw overLimit(`gates: at most ${longestBodyBytes} bytes of a policy`, "gates");
      }
      const outcome = { pattern, stage: stage.name, draft: null };
      if (known?.body === text) return { ...outcome, draft: input.dryRun ? known : null };
      if (!known) await mustHaveRoom(tx);
      const revision = (known?.revision ?? 0) + 1;
      const draft = {
        nodeId: known?.nodeId ?? 0,
        pattern,
        stage: stage.name,
        revision,
        body: text,
        isOpen: isOpen(body),
      };
      const updatedAt = this.clock();
      if (input.dryRun) return { ...outcome, draft: { ...draft, updatedAt } };
      const nodeId = known?.nodeId ?? (await this.nodeOf(tx, pattern, stage.name));
      const row = { ...draft, nodeId, updatedAt };
      if (known) await this.write(tx, row);
      else await this.insert(tx, row);
      this.record(tx, actor, "policy.set", nodeId, {
        model: pattern,
        stage: stage.name,
        revision,
        policy: body,
      });
      return outcome;
    });
  }

  /** Takes a policy back; its node and its revisions stay. */
  delete(actor: Actor, input: DeletePolicyInput): Promise<PolicyOutcome> {
    return this.verbs.run(actor, "deletePolicy", input, async (tx) => {
      const { pattern, stage, known } = await this.find(tx, actor, input);
      if (!known || known.body === null) throw notFound(`a policy of ${pattern} for ${stage.name}`, "model");
      const { nodeId } = known;
      const revision = known.revision + 1;
      await this.write(tx, { ...known, revision, body: null, isOpen: null, updatedAt: this.clock() });
      this.record(tx, actor, "policy.deleted", nodeId, { model: pattern, stage: stage.name, revision });
      return { pattern, stage: stage.name, draft: null };
    });
  }

  private async find(
    tx: Transaction,
    actor: Actor,
    input: SetPolicyInput | DeletePolicyInput,
    isDryRun = false,
  ) {
    const pattern = patternOf("model", input.model);
    if (!isDryRun) actor.mustAllOver("policy:write", pattern);
    else if (!mayReadPolicy(actor, pattern)) actor.mustAllOver("registry:read", pattern);
    // Whoever moves a version holds this row: a policy is not changed while a move is judged by it. Who only tries one out
    // needs no right to write, and must hold nobody up.
    if (!isDryRun) await lockStageSet(tx);
    const stages = await readStages(tx);
    const stage = stageNamed(stages, input.stage, "stage");
    if (stage === stages[0])
      throw invalid("stage", `another than ${stage.name}, where every version begins`, input.stage);
    if (!isDryRun) await this.mustGovern(tx, actor, pattern, stage.name);
    const there = sql`SELECT id AS nodeId, pattern, stage, revision, body, isOpen, updatedAt FROM policy WHERE stage = ${stage.name} AND pattern = ${pattern}`;
    const [known] = await (isDryRun ? tx.query<PolicyRow>(there) : tx.lock<PolicyRow>(there));
    const revision = known?.body == null ? 0 : known.revision;
    if (input.expectedRevision != null && input.expectedRevision !== revision) {
      const where = revision === 0 ? "is not set" : `is at revision ${revision}`;
      throw conflict(
        `the policy of ${pattern} for ${stage.name} ${where}; revision ${input.expectedRevision} was expected`,
        "expectedRevision",
      );
    }
    return { pattern, stage, known };
  }

  /** Throws FORBIDDEN where a wider policy holds here that the actor may not set: a narrower one would switch it off. */
  private async mustGovern(tx: Transaction, actor: Actor, pattern: string, stage: string): Promise<void> {
    const policies = await policiesWhere(tx, sql`p.stage = ${stage} AND p.body IS NOT NULL`);
    for (const each of governedBy(policies, pattern)) actor.mustAllOver("policy:write", each);
  }

  private async bodyOf(tx: Transaction, input: SetPolicyInput): Promise<PolicyBody> {
    const base = input.preset === PolicyPreset.GUARDED ? guardedPolicy : openPolicy;
    const stages = await readStages(tx);
    const look = input.dryRun ? readPermissions : lockPermissions;
    const permissionsOf = (role: string, field: string) => look(tx, role, field);
    const among = (
      field: "approverRoles" | "promoterRoles" | "breakGlassRoles",
      need: readonly Permission[],
    ) => (input[field] == null ? base[field] : rolesOf(permissionsOf, field, input[field], need));
    return {
      approvalsNeeded: within(
        "approvalsNeeded",
        input.approvalsNeeded ?? base.approvalsNeeded,
        0,
        mostApprovals,
      ),
      isFourEyes: input.isFourEyes ?? base.isFourEyes,
      approverRoles: await among("approverRoles", mayReview),
      promoterRoles: await among("promoterRoles", mayPromote),
      breakGlassRoles: await among("breakGlassRoles", ["stage:transition"]),
      maxVersions:
        input.maxVersions == null
          ? base.maxVersions
          : within("maxVersions", input.maxVersions, 1, mostInStage),
      onFull: input.onFull ?? OnFull.REJECT,
      rollbackNeedsApproval: input.rollbackNeedsApproval ?? base.rollbackNeedsApproval,
      rollbackAliases: aliasesOf(input.rollbackAliases ?? base.rollbackAliases),
      gates:
        input.gates == null
          ? base.gates
          : gatesOf(input.gates, (came, field) => stageNamed(stages, came, field).name),
    };
  }

  private async nodeOf(tx: Transaction, pattern: string, stage: string): Promise<number> {
    // Its scope is what it is for: whoever may read all of that may read what is said of it.
    const [node] = await this.graph.createNodes(tx, [
      { kind: "POLICY", label: `${pattern} ${stage}`, scope: pattern },
    ]);
    return node!;
  }

  private async insert(tx: Transaction, row: PolicyRow): Promise<void> {
    await tx.insertNew(PolicyRow, [row]);
    const length = prefixLengthOf(row.pattern);
    if (length === null) return;
    const [known] = await tx.query<object>(sql`SELECT length FROM policy_prefix WHERE length = ${length}`);
    if (!known) await tx.insert(PolicyPrefix, [{ length }]);
  }

  private async write(tx: Transaction, row: PolicyRow): Promise<void> {
    const { nodeId, revision, body, isOpen, updatedAt } = row;
    await tx.run(
      sql`UPDATE policy SET revision = ${revision}, body = ${body}, isOpen = ${isOpen}, updatedAt = ${updatedAt} WHERE id = ${nodeId}`,
    );
  }

  private record(
    tx: Transaction,
    actor: Actor,
    type: string,
    subject: number,
    body: Record<string, unknown>,
  ): void {
    this.journal.record(tx, actor, { type, subject, body });
  }
}

/** Roles that there are and that could do what the policy has them do; else it could never be passed. */
async function rolesOf(
  permissionsOf: (role: string, field: string) => Promise<readonly Permission[]>,
  field: string,
  told: readonly string[],
  need: readonly Permission[],
): Promise<string[]> {
  if (told.length > mostRoles) throw invalid(field, `at most ${mostRoles} roles`, told.length);
  // In one order, so that two who name the same do not wait for each other.
  const names = [...told].sort().map((name, at) => nameOf(`${field}.${at}`, name, longestRole));
  for (const [at, name] of names.entries()) {
    const permissions = new Set(await permissionsOf(name, `${field}.${at}`));
    const may = (permission: Permission) =>
      includes(permissions, permission) || [...permissions].some((held) => held.startsWith(`${permission}:`));
    if (!need.some(may)) throw invalid(`${field}.${at}`, `a role that allows ${need.join(" or ")}`, name);
  }
  return [...new Set(names)].sort();
}

function aliasesOf(told: readonly string[]): string[] {
  if (told.length > mostAliases)
    throw invalid("rollbackAliases", `at most ${mostAliases} aliases`, told.length);
  return [...new Set(told.map((name, at) => aliasOf(`rollbackAliases.${at}`, name)))].sort();
}

function within(field: string, value: number, least: number, most: number): number {
  if (value < least || value > most) throw invalid(field, `${least}–${most}`, value);
  return value;
}

async function mustHaveRoom(tx: Transaction): Promise<void> {
  if ((await countPolicies(tx)) >= mostPolicies)
    throw overLimit(`model: at most ${mostPolicies} policies`, "model");
}
