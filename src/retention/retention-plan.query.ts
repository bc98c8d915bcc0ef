import type { KeysetList } from "../db/keyset.ts";
import { scopeTerm } from "../db/readable.ts";
import { among, type Reader, type Sql, sql, unionAll } from "../db/sql.ts";
import { readAllStages } from "../registry/stage.query.ts";
import type { RetentionPolicy } from "./retention.entity.ts";
import { isSet, retentionFor, retentionsWhere } from "./retention.query.ts";
import { type Fate, fateOf, type PastStay } from "./retention.rules.ts";

/** A version with files in the store that a retention policy may speak of. */
export interface Candidate {
  nodeId: number;
  modelId: number;
  model: string;
  number: number;
  digest: string;
  isHeld: boolean | number;
  alias: string | null;
  isAsked: boolean | number;
}

/** What is due about a version, by which policy. */
export interface Judged extends Fate {
  candidate: Candidate;
  isHeld: boolean;
  policy: RetentionPolicy;
}

const pairsPerStatement = 50;

const columns = sql`v.id AS nodeId, v.modelId, m.name AS model, v.number, v.digest,
  EXISTS (SELECT 1 FROM legal_hold h WHERE h.subjectId IN (v.id, v.modelId) AND h.releasedAt IS NULL) AS isHeld,
  (SELECT MIN(l.name) FROM alias l WHERE l.versionId = v.id) AS alias,
  EXISTS (SELECT 1 FROM transition_request q WHERE q.versionId = v.id AND q.openKey IS NOT NULL) AS isAsked`;

/** Versions whose bundle was sealed by then and has bytes in the store, of models that one of these policies covers. */
export function candidates(
  policies: readonly RetentionPolicy[],
  at: number,
  conditions: readonly Sql[],
): KeysetList {
  const patterns = policies.map(({ pattern }) => pattern);
  return {
    scope: "retention plan",
    select: columns,
    from: sql`model_version v JOIN model m ON m.id = v.modelId`,
    where: [
      sql`v.sealedAt <= ${at}`,
      sql`EXISTS (SELECT 1 FROM artifact a WHERE a.versionId = v.id AND a.isEvidence = ${false} AND a.blobId IS NOT NULL)`,
      scopeTerm(sql`m.name`, patterns),
      ...conditions,
    ],
    order: [{ column: sql`v.id`, as: "nodeId" }],
  };
}

export function policiesSet(reader: Reader): Promise<RetentionPolicy[]> {
  return retentionsWhere(reader, isSet);
}

/** What is due about these versions at an instant, by the stays as they were then; the rest as it is now. */
export async function judged(
  reader: Reader,
  found: readonly Candidate[],
  policies: readonly RetentionPolicy[],
  at: number,
): Promise<Judged[]> {
  if (found.length === 0) return [];
  const all = await readAllStages(reader);
  // A name that was taken over means the stage that has it now.
  const stages = [...all].sort(
    (one, other) => Number(one.removedAt !== null) - Number(other.removedAt !== null),
  );
  const stays = await staysAt(reader, found, at);
  const holding = new Map(found.map(({ modelId, model }) => [modelId, retentionFor(policies, model)]));
  const last = await lastOnes(reader, holding, at);
  return found.flatMap((candidate) => {
    const policy = holding.get(candidate.modelId);
    if (!policy) return [];
    const { nodeId, modelId, alias } = candidate;
    const isAmongLast = (stage: string) => last.get(`${modelId} ${stage}`)?.has(nodeId) ?? false;
    const history = { stays: stays.get(nodeId) ?? [], isAmongLast };
    const isHeld = Boolean(candidate.isHeld);
    const protection = { isHeld, alias, isAsked: Boolean(candidate.isAsked) };
    return [{ candidate, policy, isHeld, ...fateOf(history, policy.rules, stages, protection, at) }];
  });
}

async function staysAt(
  reader: Reader,
  found: readonly Candidate[],
  at: number,
): Promise<Map<number, PastStay[]>> {
  const ids = found.map(({ nodeId }) => nodeId);
  const rows = await reader.query<PastStay & { versionId: number }>(
    sql`SELECT c.versionId, c.stage, CASE WHEN c.toAt <= ${at} THEN c.toAt ELSE NULL END AS toAt
        FROM stage_change c WHERE ${among(sql`c.versionId`, ids)} AND c.fromAt <= ${at} ORDER BY c.versionId, c.fromSeq`,
  );
  const byVersion = new Map<number, PastStay[]>(ids.map((id) => [id, []]));
  for (const { versionId, stage, toAt } of rows) byVersion.get(versionId)!.push({ stage, toAt });
  return byVersion;
}

/** Of each model and stage that a rule keeps some of: the versions that were there last and were there no more. */
async function lastOnes(
  reader: Reader,
  holding: ReadonlyMap<number, RetentionPolicy | null>,
  at: number,
): Promise<Map<string, Set<number>>> {
  const pairs = [...holding].flatMap(([modelId, policy]) =>
    (policy?.rules ?? []).flatMap(({ stage, keepLast }) => (keepLast ? [{ modelId, stage, keepLast }] : [])),
  );
  const last = new Map<string, Set<number>>();
  for (let from = 0; from < pairs.length; from += pairsPerStatement) {
    const selects = pairs
      .slice(from, from + pairsPerStatement)
      .map(({ modelId, stage, keepLast }) => lastIn(modelId, stage, keepLast, at));
    const rows = await reader.query<{ modelId: number; stage: string; versionId: number }>(
      unionAll(reader, selects),
    );
    for (const { modelId, stage, versionId } of rows) {
      const key = `${modelId} ${stage}`;
      last.set(key, (last.get(key) ?? new Set()).add(versionId));
    }
  }
  return last;
}

/** Deleted versions take nobody's place. */
function lastIn(modelId: number, stage: string, count: number, at: number): Sql {
  const isThere = sql`CASE WHEN c.toAt IS NULL OR c.toAt > ${at} THEN 1 ELSE 0 END`;
  return sql`SELECT c.modelId, c.stage, c.versionId FROM stage_change c JOIN model_version v ON v.id = c.versionId
    WHERE c.modelId = ${modelId} AND c.stage = ${stage} AND c.fromAt <= ${at} AND v.deletedAt IS NULL
    GROUP BY c.modelId, c.stage, c.versionId HAVING MAX(${isThere}) = 0 ORDER BY MAX(c.fromSeq) DESC LIMIT ${count}`;
}
