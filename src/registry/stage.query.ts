import { type Reader, type Sql, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import { invalid } from "../kernel/errors.ts";
import { instanceOf } from "../kernel/node.ts";
import { Stage, StageSet } from "./stage.entity.ts";
import { stageKey } from "./stage.rules.ts";

interface StageRow {
  synonyms: string;
  allowedMoves: string;
  isLive: number;
  isRetired: number;
}

const columns = sql`g.name, g.position, g.isLive, g.isRetired, g.synonyms, g.allowedMoves, g.removedAt`;

function stagesOf(rows: StageRow[]): Stage[] {
  return rows.map((row) =>
    instanceOf(Stage, {
      ...row,
      isLive: Boolean(row.isLive),
      isRetired: Boolean(row.isRetired),
      synonyms: JSON.parse(row.synonyms),
      allowedMoves: JSON.parse(row.allowedMoves),
    }),
  );
}

/** All stages, along the way; the first is where new versions stand. */
export async function readStages(reader: Reader): Promise<Stage[]> {
  return stagesOf(
    await reader.query<StageRow>(
      sql`SELECT ${columns} FROM stage g WHERE g.removedAt IS NULL ORDER BY g.position`,
    ),
  );
}

/**
 * The same for who puts a version into a stage: none of them is taken away, renamed or turned into another until
 * commit. Lock the model row before. The outer join has the row of the set held before any stage is looked at.
 */
export function heldStages(tx: Transaction): Promise<Stage[]> {
  return tx.once(heldStages, async () => {
    const rows = await tx.share<StageRow>(
      sql`SELECT ${columns} FROM stage_set s LEFT JOIN stage g ON g.removedAt IS NULL ORDER BY g.position`,
    );
    return stagesOf(rows);
  });
}

/** All stages that are or were. */
export async function readAllStages(reader: Reader): Promise<Stage[]> {
  return stagesOf(
    await reader.query<StageRow>(sql`SELECT ${columns} FROM stage g ORDER BY g.position, g.name`),
  );
}

/** Names of stages that are no more, which past stays still have. */
export async function readFormerStages(reader: Reader): Promise<string[]> {
  const rows = await reader.query<{ name: string }>(sql`SELECT name FROM stage WHERE removedAt IS NOT NULL`);
  return rows.map(({ name }) => name);
}

const ofSet = sql`SELECT id AS nodeId, revision, updatedAt FROM stage_set`;

export async function readStageSet(reader: Reader): Promise<StageSet> {
  const [row] = await reader.query<object>(ofSet);
  return instanceOf(StageSet, row!);
}

/** Locked: definitions queue up here, and wait for whoever holds the stages. */
export async function lockStageSet(tx: Transaction): Promise<StageSet> {
  const [row] = await tx.lock<object>(ofSet);
  return instanceOf(StageSet, row!);
}

/** The stage a caller means, in any case, by name or synonym; null where there is none. */
export function stageCalled(stages: readonly Stage[], came: string): Stage | null {
  const wanted = stageKey(came);
  return (
    stages.find(({ name, synonyms }) => [name, ...synonyms].some((other) => stageKey(other) === wanted)) ??
    null
  );
}

/** The same; throws INVALID that lists the stages. */
export function stageNamed(stages: readonly Stage[], came: string, field: string): Stage {
  const found = stageCalled(stages, came);
  if (!found) throw invalid(field, `one of ${stages.map((stage) => stage.name).join(", ")}`, came);
  return found;
}

/** The name of the stage that answers to this, for the database to find; NULL where there is none. */
export function stageAnswering(came: string): Sql {
  return sql`(SELECT n.stage FROM stage_name n WHERE n.nameKey = ${stageKey(came)})`;
}
