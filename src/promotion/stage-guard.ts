import { among, every, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import { conflict } from "../kernel/errors.ts";
import type { LockedVersion } from "../registry/version.service.ts";
import { policiesWhere } from "./policy.query.ts";
import { requestsWhere } from "./transition-request.query.ts";

/**
 * Throws CONFLICT where a policy speaks of a stage that goes away, or an open request asks for it: a stage under another
 * name would be open to all. The caller holds the stages, as whoever sets a policy or files a request does.
 */
export async function mustNotBeGoverned(
  tx: Transaction,
  gone: readonly string[],
  first: string,
): Promise<void> {
  const policies = (await policiesWhere(tx, sql`1 = 1`)).filter(({ isSet }) => isSet);
  for (const { stage, gates, pattern } of policies) {
    if (stage === first) {
      const what = `every version begins in ${first}, for which ${pattern} has a policy`;
      throw conflict(`stages: ${what}; take it back first`, "stages");
    }
    const named = [stage, ...gates.flatMap(({ compare }) => compare?.stage ?? [])];
    const found = gone.find((name) => named.includes(name));
    if (found) {
      const what = `the policy of ${pattern} for ${stage} speaks of ${found}`;
      throw conflict(`stages: ${what}; take it back, or set it anew afterwards`, "stages");
    }
  }
  if (gone.length === 0) return;
  const [asked] = await requestsWhere(
    tx,
    every([
      among(sql`q.toStage`, gone),
      sql`q.openKey IS NOT NULL AND EXISTS (SELECT 1 FROM model m WHERE m.id = q.modelId AND m.deletedAt IS NULL)`,
    ]),
  );
  if (asked)
    throw conflict(`stages: ${asked.id} asks for ${asked.to}; decide on it or withdraw it first`, "stages");
}

/**
 * Throws CONFLICT where somebody asks for a move of this version: whoever approves it must know what it is made of.
 * The caller holds the model's lock.
 */
export async function mustNotBeUnderRequest(
  tx: Transaction,
  { version, model }: LockedVersion,
): Promise<void> {
  const isOpen = sql`q.versionId = ${version.nodeId} AND q.openKey IS NOT NULL`;
  const [asked] = await requestsWhere(tx, isOpen);
  if (!asked) return;
  const what = `${asked.id} asks to move ${model.name}/${version.number} to ${asked.to}`;
  throw conflict(`version: ${what}; decide on it or withdraw it before files are uploaded`, "version");
}
