import { registerEnumType } from "type-graphql";
import { type Reader, sql } from "../db/sql.ts";

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

/** The last seq recorded at or before an instant; 0 where there is none. recordedAt never runs back. */
export async function seqAt(reader: Reader, instant: number): Promise<number> {
  const [row] = await reader.query<{ seq: number | null }>(
    sql`SELECT MAX(seq) AS seq FROM event WHERE recordedAt <= ${instant}`,
  );
  return row?.seq ?? 0;
}
