import type { Reader } from "../db/sql.ts";
import { sql } from "../db/sql.ts";
import { invalid, StemmaError } from "../kernel/errors.ts";
import { genesisHash } from "./chain.ts";

const hashDigits = 16; // 8 bytes

/** The public cursor of an event: its seq and the first 8 bytes of its hash. */
export function formatCursor(event: { seq: number; hash: string }): string {
  return Buffer.from(`${event.seq}.${event.hash.slice(0, hashDigits)}`).toString("base64url");
}

/** Cursor of the place before the first event. */
export const startCursor = "start";

/**
 * The seq a cursor stands for, checked against the journal: a cursor of a restored or foreign database names an event
 * that is not here. Throws INVALID for what is no cursor, CURSOR_EXPIRED for one that does not fit.
 */
export async function seqOf(reader: Reader, cursor: string, field = "after"): Promise<number> {
  if (cursor === startCursor) return 0;
  const parts = /^(0|[1-9][0-9]{0,15})\.([0-9a-f]{16})$/.exec(
    Buffer.from(cursor, "base64url").toString("latin1"),
  );
  if (!parts) throw invalid(field, 'an event cursor, or "start"', cursor);
  const seq = Number(parts[1]);
  const hash = seq === 0 ? genesisHash : await hashAt(reader, seq);
  if (hash?.slice(0, hashDigits) !== parts[2]) {
    throw new StemmaError(
      "CURSOR_EXPIRED",
      `${field}: this journal holds no such event: the cursor is from another or a restored registry; begin again at "start" or at eventHead`,
      [field],
    );
  }
  return seq;
}

async function hashAt(reader: Reader, seq: number): Promise<string | undefined> {
  const [row] = await reader.query<{ hash: string }>(sql`SELECT hash FROM event WHERE seq = ${seq}`);
  return row?.hash;
}
