import { sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Actor } from "../kernel/actor.ts";
import { mustHaveNoShare } from "./alias.rules.ts";
import { heldProtections } from "./alias-protection.query.ts";
import { mustMoveProtected } from "./alias-protection.rules.ts";
import type { Model } from "./model.entity.ts";
import type { ModelVersion } from "./version.entity.ts";

/**
 * Throws where a version of a locked model cannot be deleted for the aliases that go with it: CONFLICT for one with a
 * share in a weighted set, FORBIDDEN for a protected one.
 */
export async function mustBeLetGo(
  tx: Transaction,
  actor: Actor,
  { name: model }: Model,
  { nodeId }: ModelVersion,
): Promise<void> {
  const aliases = await tx.query<{ name: string; weight: number | null }>(
    sql`SELECT name, weight FROM alias WHERE versionId = ${nodeId} ORDER BY name`,
  );
  const names = aliases.map(({ name }) => name);
  mustMoveProtected(actor, model, await heldProtections(tx, [model], names));
  for (const alias of aliases) mustHaveNoShare(`${model}@${alias.name}`, alias, "version");
}

/** What of a locked model's aliases a rename must ask for, under both names. */
export async function aliasesUnder(
  tx: Transaction,
  { nodeId }: Model,
  models: readonly string[],
): Promise<{ hasAliases: boolean; hasProtectedAliases: boolean }> {
  const aliases = await tx.query<{ name: string }>(sql`SELECT name FROM alias WHERE modelId = ${nodeId}`);
  const names = aliases.map(({ name }) => name);
  return {
    hasAliases: names.length > 0,
    hasProtectedAliases: (await heldProtections(tx, models, names)).length > 0,
  };
}
