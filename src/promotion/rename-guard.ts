import { sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import { StemmaError } from "../kernel/errors.ts";
import type { Model } from "../registry/model.entity.ts";
import { policyFor } from "./policy.query.ts";
import { isOpen } from "./policy.rules.ts";

/**
 * Throws REFUSED_BY_POLICY where a model with versions in a stage would come under another policy for it that asks for
 * something: they have not passed that one. Else a name would be a way around a policy: away, in, and back.
 */
export async function mustPassUnder(tx: Transaction, model: Model, to: string): Promise<void> {
  const stages = await tx.query<{ stage: string }>(
    sql`SELECT DISTINCT stage FROM model_version WHERE modelId = ${model.nodeId} AND deletedAt IS NULL`,
  );
  for (const { stage } of stages) {
    const [before, after] = [await policyFor(tx, model.name, stage), await policyFor(tx, to, stage)];
    if (after.nodeId === before.nodeId || isOpen(after)) continue;
    const what = `versions of ${model.name} stand in ${stage}, for which ${to} has another policy (${after.pattern})`;
    throw new StemmaError("REFUSED_BY_POLICY", `name: ${what}; move them out of it first`, ["name"]);
  }
}
