import { type Reader, sql } from "../../src/db/sql.ts";
import { type StageChangedBody, stageChangedType } from "../../src/promotion/stage-change.entity.ts";

/** A version's stays, the last of which lasts: stage, the seq of the event that began it, and of the one that ended it. */
type Stays = [stage: string, fromSeq: number, toSeq: number | null][];

export interface StageRecord {
  /** By version: what the journal makes of it, what is kept beside it, and where the version stands. */
  told: Record<number, Stays>;
  kept: Record<number, Stays>;
  stands: Record<number, string>;
  /** Moves that somebody asked for: none that followed from another's. */
  moved: number;
  /** The most versions of one model that any transaction left in this stage. */
  most: number;
}

interface Entry {
  seq: number;
  groupSeq: number;
  type: string;
  versionId: number;
  modelId: number;
  body: string;
}

/** All moves there have been, replayed from the journal, beside the rows that are to agree with them. */
export async function stageRecord(reader: Reader, stage: string): Promise<StageRecord> {
  const entries = await reader.query<Entry>(
    sql`SELECT seq, groupSeq, type, subjectId AS versionId, containerId AS modelId, body FROM event
        WHERE type IN (${stageChangedType}, 'version.registered') ORDER BY seq`,
  );
  const kept = await reader.query<{
    versionId: number;
    stage: string;
    fromSeq: number;
    toSeq: number | null;
  }>(sql`SELECT versionId, stage, fromSeq, toSeq FROM stage_change ORDER BY versionId, fromSeq`);
  const versions = await reader.query<{ id: number; stage: string }>(
    sql`SELECT id, stage FROM model_version`,
  );
  const record: StageRecord = { told: {}, kept: {}, stands: {}, moved: 0, most: 0 };
  for (const { versionId, stage, fromSeq, toSeq } of kept) {
    staysIn(record.kept, versionId).push([stage, fromSeq, toSeq]);
  }
  for (const { id, stage } of versions) record.stands[id] = stage;
  const standing = new Map<number, Set<number>>();
  for (const [at, { seq, groupSeq, type, versionId, modelId, body }] of entries.entries()) {
    const change = JSON.parse(body) as StageChangedBody;
    const stays = staysIn(record.told, versionId);
    const to = type === stageChangedType ? change.to : "None";
    const last = stays.at(-1);
    if (last) last[2] = seq;
    stays.push([to, seq, null]);
    if (type === stageChangedType && !change.isAutomatic) record.moved++;
    const there = standing.get(modelId) ?? new Set();
    standing.set(modelId, there);
    if (to === stage) there.add(versionId);
    else there.delete(versionId);
    // What one transaction did is seen at once.
    if (entries[at + 1]?.groupSeq !== groupSeq) record.most = Math.max(record.most, there.size);
  }
  return record;
}

function staysIn(by: Record<number, Stays>, version: number): Stays {
  by[version] ??= [];
  return by[version];
}
