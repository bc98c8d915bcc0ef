import { registerEnumType } from "type-graphql";
import { type Reader, sql } from "../db/sql.ts";
import { genesisHash } from "./chain.ts";
import { formatCursor, seqOf } from "./cursor.ts";
import { headOf } from "./feed.ts";

/** Which of an event's two times a question about the past means. */
export enum TimeBasis {
  RECORDED = "RECORDED",
  OCCURRED = "OCCURRED",
}

registerEnumType(TimeBasis, {
  name: "TimeBasis",
  description: "Which time a question about the past means.",
  valuesConfig: {
    RECORDED: { description: "What the registry knew then." },
    OCCURRED: { description: "What had happened by then, as far as is known now: for imported history." },
  },
});

/** What a question about the past sees: it never changes again. */
export interface View {
  /** What was recorded up to this seq and not taken back by it. */
  seq: number;
  /** Of this, only what had happened by this instant (epoch ms); null where the order of recording is all that counts. */
  occurredBy: number | null;
}

/** A view, and the public name of its place in the journal. */
export interface Viewpoint {
  view: View;
  snapshot: string;
}

/** The registry as of an instant, or now. */
export async function viewpoint(reader: Reader, asOf: number | null, basis: TimeBasis): Promise<Viewpoint> {
  if (asOf !== null && basis === TimeBasis.RECORDED) {
    const last = await lastBy(reader, asOf);
    return { view: { seq: last.seq, occurredBy: null }, snapshot: formatCursor(last) };
  }
  const head = await headOf(reader);
  return { view: { seq: head.seq, occurredBy: asOf }, snapshot: formatCursor(head) };
}

/** The view that an earlier page showed. Throws CURSOR_EXPIRED where that place is not in this journal. */
export async function viewpointAt(
  reader: Reader,
  snapshot: string,
  asOf: number | null,
  basis: TimeBasis,
): Promise<Viewpoint> {
  const occurredBy = basis === TimeBasis.OCCURRED ? asOf : null;
  return { view: { seq: await seqOf(reader, snapshot), occurredBy }, snapshot };
}

/** Seq and hash of the last event recorded at or before an instant; the genesis where there is none. */
export async function lastBy(reader: Reader, instant: number): Promise<{ seq: number; hash: string }> {
  // recordedAt never runs back, so the last by time is the last by seq: one look at the index. MAX(seq) reads all of it.
  const [row] = await reader.query<{ seq: number; hash: string }>(
    sql`SELECT seq, hash FROM event WHERE recordedAt <= ${instant} ORDER BY recordedAt DESC, seq DESC LIMIT 1`,
  );
  return row ?? { seq: 0, hash: genesisHash };
}
