import { among, type Reader, raw, type Sql, sql } from "../db/sql.ts";
import { instanceOf } from "../kernel/node.ts";
import { jsonOfColumn } from "../tracking/json.rules.ts";
import { type CardStatus, ModelCard, type StoredCard } from "./card.entity.ts";
import { evidenceEventsOfRun, evidenceEventsOfVersion, isFresh } from "./card.rules.ts";
import type { ModelVersion } from "./version.entity.ts";

const plainColumns =
  "versionId modelId number revision contentRevision status format digest inheritedFrom createdAt updatedAt confirmedAt confirmedDigest confirmedSeq".split(
    " ",
  );

export const cardColumns = sql`c.id AS nodeId, c.updatedBy AS updatedById, c.confirmedBy AS confirmedById, ${raw(
  plainColumns.map((name) => `c.${name}`).join(", "),
)}`;

export function cardOfRow(row: object): ModelCard {
  return instanceOf(ModelCard, row);
}

/** The card of the model's latest living version before this number that has one. */
export async function cardBefore(reader: Reader, modelId: number, number: number): Promise<ModelCard | null> {
  const [row] = await reader.query<object>(
    sql`SELECT ${cardColumns} FROM card c WHERE c.modelId = ${modelId} AND c.number < ${number}
        AND EXISTS (SELECT 1 FROM model_version v WHERE v.id = c.versionId AND v.deletedAt IS NULL)
        ORDER BY c.number DESC LIMIT 1`,
  );
  return row ? cardOfRow(row) : null;
}

/** What a revision holds. */
export async function storedCard(
  reader: Reader,
  { nodeId, contentRevision }: ModelCard,
): Promise<StoredCard> {
  const [row] = await reader.query<{ stored: unknown }>(
    sql`SELECT stored FROM card_revision WHERE cardId = ${nodeId} AND revision = ${contentRevision}`,
  );
  return jsonOfColumn(row?.stored) as StoredCard;
}

/** How a version's card stands: what a gate asks. */
export interface CardStanding {
  card: ModelCard;
  isFresh: boolean;
  revision: number;
  status: CardStatus;
}

/** How a version's card stands, in one statement; null where it has none. Within a transaction, ask under the model's lock. */
export async function cardStandingOf(
  reader: Reader,
  { nodeId }: Pick<ModelVersion, "nodeId">,
): Promise<CardStanding | null> {
  return (await cardStandingsOf(reader, [nodeId])).get(nodeId) ?? null;
}

/** The same for many versions, by their node numbers. */
export async function cardStandingsOf(
  reader: Reader,
  versionIds: readonly number[],
): Promise<Map<number, CardStanding>> {
  const last = (subject: Sql, isWanted: Sql) =>
    sql`(SELECT MAX(e.seq) FROM event e WHERE e.subjectId = ${subject} AND ${isWanted})`;
  const isImage = sql`e.type = 'version.updated' AND (e.body LIKE '%"imageUri":%' OR e.body LIKE '%"imageDigest":%')`;
  const ofVersion = sql`(${among(sql`e.type`, evidenceEventsOfVersion)} OR (${isImage}))`;
  const rows = await reader.query<{ versionSeq: number | null; runSeq: number | null }>(
    sql`SELECT ${cardColumns}, ${last(sql`v.id`, ofVersion)} AS versionSeq,
        ${last(sql`v.runId`, among(sql`e.type`, evidenceEventsOfRun))} AS runSeq
        FROM card c JOIN model_version v ON v.id = c.versionId WHERE ${among(sql`c.versionId`, versionIds)}`,
  );
  return new Map(
    rows.map(({ versionSeq, runSeq, ...row }) => {
      const card = cardOfRow(row);
      const evidenceSeq = Math.max(versionSeq ?? 0, runSeq ?? 0);
      const { revision, status } = card;
      return [card.versionId, { card, isFresh: isFresh({ ...card, evidenceSeq }), revision, status }];
    }),
  );
}
