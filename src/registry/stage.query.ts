import { type Reader, sql } from "../db/sql.ts";
import { invalid } from "../kernel/errors.ts";
import { nfc } from "../kernel/names.ts";
import { instanceOf } from "../kernel/node.ts";
import { Stage } from "./stage.entity.ts";

/** All stages, along the way. */
export async function readStages(reader: Reader): Promise<Stage[]> {
  const rows = await reader.query<{
    synonyms: string;
    allowedMoves: string;
    isLive: number;
    isRetired: number;
  }>(sql`SELECT name, position, isLive, isRetired, synonyms, allowedMoves FROM stage ORDER BY position`);
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

/** The stage a caller means, in any case, by name or synonym. Throws INVALID that lists the stages. */
export function stageNamed(stages: readonly Stage[], came: string, field: string): Stage {
  const wanted = nfc(came).toLowerCase();
  const found = stages.find(({ name, synonyms }) =>
    [name, ...synonyms].some((other) => other.toLowerCase() === wanted),
  );
  if (!found) throw invalid(field, `one of ${stages.map((stage) => stage.name).join(", ")}`, came);
  return found;
}
