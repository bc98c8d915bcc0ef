import DataLoader from "dataloader";
import type { Database } from "../db/database.ts";
import { among, sql } from "../db/sql.ts";
import type { Request } from "../kernel/request.ts";

export class LineageLoaders {
  constructor(private readonly db: Database) {}

  /** When the event with this seq happened, in epoch ms; for imported history as told. */
  occurredAt(request: Request, seq: number): Promise<number> {
    const loader = request.once(
      this.occurredAt,
      () => new DataLoader<number, number>((seqs) => this.instants(seqs), { maxBatchSize: 900 }),
    );
    return loader.load(seq);
  }

  private async instants(seqs: readonly number[]): Promise<number[]> {
    const rows = await this.db.read.query<{ seq: number; occurredAt: number }>(
      sql`SELECT seq, occurredAt FROM event WHERE ${among(sql`seq`, seqs)}`,
    );
    const bySeq = new Map(rows.map((row) => [row.seq, row.occurredAt]));
    return seqs.map((seq) => bySeq.get(seq)!);
  }
}
