import { type Reader, sql } from "../db/sql.ts";
import type { ModelVersion } from "../registry/version.entity.ts";
import type { Policy } from "./policy.entity.ts";

/**
 * Of the policies for the stage of `v`, the one that holds for the model `m`, as `mostSpecific` finds it: its own, or that of
 * its longest prefix. Each is looked for by its whole pattern, so that the index finds it among a thousand. The dot behind
 * the name lets `risk.*` cover `risk`, too.
 */
const holding = sql`COALESCE(
  (SELECT q.id FROM policy q WHERE q.stage = v.stage AND q.pattern = m.name AND q.body IS NOT NULL),
  (SELECT q.id FROM policy_prefix l
    JOIN policy q ON q.stage = v.stage AND q.pattern = CONCAT(SUBSTR(CONCAT(m.name, '.'), 1, l.length), '*')
    WHERE q.body IS NOT NULL ORDER BY l.length DESC LIMIT 1))`;

/**
 * The version `v` stands in a live stage and has not passed the policy that holds there today: it came in by another one or
 * by an earlier revision, or none let it in (an emergency, an import, a return whose gates were not asked again).
 */
export const violatesPolicy = sql`(v.deletedAt IS NULL
  AND v.stage IN (SELECT g.name FROM stage g WHERE g.isLive AND g.removedAt IS NULL)
  AND EXISTS (SELECT 1 FROM model m JOIN policy p ON p.id = ${holding}
    WHERE m.id = v.modelId AND NOT p.isOpen
    AND NOT EXISTS (SELECT 1 FROM stage_change c WHERE c.versionId = v.id AND c.toSeq IS NULL
      AND c.passedPolicyId = p.id AND c.passedRevision = p.revision)))`;

/** The same of one version, under its model's lock. */
export async function isViolating(reader: Reader, version: number): Promise<boolean> {
  const [found] = await reader.query<object>(
    sql`SELECT 1 AS found FROM model_version v WHERE v.id = ${version} AND ${violatesPolicy}`,
  );
  return found !== undefined;
}

/** How a version came to a stage in which it stood before. */
export interface EarlierStay {
  /** It spares the version what it passed then, see `earlierStay`. */
  isLawful: boolean;
  isBreakGlass: boolean;
  isImported: boolean;
  /** The model had another name at some time since it began. */
  isRenamed: boolean;
}

/**
 * The earlier stay in this stage that speaks most for the version: one that passed the policy that holds now, whichever
 * revision; or one that began by an ordinary move while no policy was set, under the name that the model has had ever
 * since. Where there is none, the last one. Null where it has not stood there.
 */
export async function earlierStay(
  reader: Reader,
  { nodeId, modelId }: Pick<ModelVersion, "nodeId" | "modelId">,
  { nodeId: policy, stage }: Pick<Policy, "nodeId" | "stage">,
): Promise<EarlierStay | null> {
  const renamed = sql`EXISTS (SELECT 1 FROM event r WHERE r.subjectId = ${modelId} AND r.seq > c.fromSeq
    AND r.type = 'model.renamed')`;
  // What stands in strings of a body has its quotes escaped, so that only the verdict's own revision is found.
  const isUnasked = sql`c.passedPolicyId IS NULL AND e.body LIKE '%"policyRevision":0%'`;
  const lawful = sql`(c.passedPolicyId = ${policy} OR (${isUnasked} AND COALESCE(c.isBreakGlass, 0) = 0
    AND e.isImported = 0 AND NOT ${renamed}))`;
  const [found] = await reader.query<Record<keyof EarlierStay, number | boolean | null>>(
    sql`SELECT COALESCE(${lawful}, 0) AS isLawful, c.isBreakGlass, e.isImported, ${renamed} AS isRenamed
        FROM stage_change c JOIN event e ON e.seq = c.fromSeq
        WHERE c.versionId = ${nodeId} AND c.stage = ${stage} AND c.toSeq IS NOT NULL
        ORDER BY isLawful DESC, c.fromSeq DESC LIMIT 1`,
  );
  if (!found) return null;
  return {
    isLawful: Boolean(found.isLawful),
    isBreakGlass: Boolean(found.isBreakGlass),
    isImported: Boolean(found.isImported),
    isRenamed: Boolean(found.isRenamed),
  };
}

/** Whether some stay of the version passed this revision of the policy. */
export async function hasPassed(
  reader: Reader,
  version: number,
  { nodeId, revision }: Pick<Policy, "nodeId" | "revision">,
): Promise<boolean> {
  const [found] = await reader.query<object>(
    sql`SELECT 1 AS found FROM stage_change c WHERE c.versionId = ${version}
        AND c.passedPolicyId = ${nodeId} AND c.passedRevision = ${revision} LIMIT 1`,
  );
  return found !== undefined;
}
