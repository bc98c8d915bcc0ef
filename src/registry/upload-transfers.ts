import { Semaphore } from "async-mutex";
import type { Database } from "../db/database.ts";
import { sql } from "../db/sql.ts";
import type { Clock } from "../kernel/clock.ts";
import { StemmaError } from "../kernel/errors.ts";
import type { Request } from "../kernel/request.ts";
import { type Incoming, type ObjectStore, ObjectStoreError, type Transfer } from "../objects/object-store.ts";
import type { UploadFile } from "./upload.entity.ts";

const signedAtOnce = 16;
const nothing: Transfer = { whole: null, parts: [] };

/** Signs what is still to be sent of uploads' files. */
export class UploadTransfers {
  constructor(
    private readonly db: Database,
    private readonly store: ObjectStore,
    private readonly clock: Clock,
    private readonly urlSeconds: number,
  ) {}

  /** Once for each file and request. Throws UNAVAILABLE where the store cannot be asked. */
  of(request: Request, file: UploadFile): Promise<Transfer> {
    const { signed, turns } = request.once(this, () => ({
      signed: new Map<string, Promise<Transfer>>(),
      turns: new Semaphore(signedAtOnce),
    }));
    const key = `${file.uploadId}/${file.position}`;
    const known = signed.get(key) ?? turns.runExclusive(() => this.sign(file));
    signed.set(key, known);
    return known;
  }

  private async sign(file: UploadFile): Promise<Transfer> {
    if (file.storageKey === null || file.verifiedAt !== null) return nothing;
    const expiresAt = this.clock() + this.urlSeconds * 1_000;
    const incoming = { ...file, key: file.storageKey };
    try {
      const ticket = file.ticket ?? (await this.opened(file, incoming));
      return await this.store.transfer({ ...incoming, ticket }, expiresAt);
    } catch (error) {
      if (!(error instanceof ObjectStoreError)) throw error;
      throw new StemmaError("UNAVAILABLE", `the object store cannot be asked now: ${error.message}`);
    }
  }

  /** The ticket that counts: of two who ask at once, the first one's. */
  private async opened(file: UploadFile, incoming: Omit<Incoming, "ticket">): Promise<string> {
    const ticket = await this.store.open(incoming);
    const { uploadId, position, storageKey } = file;
    const own = sql`uploadId = ${uploadId} AND position = ${position} AND storageKey = ${storageKey}`;
    const kept = await this.db.write((tx) =>
      tx.run(sql`UPDATE upload_file SET ticket = ${ticket} WHERE ${own} AND ticket IS NULL`),
    );
    if (kept === 1) return ticket;
    const [row] = await this.db.read.query<{ ticket: string | null }>(
      sql`SELECT ticket FROM upload_file WHERE ${own}`,
    );
    // An equal one is not ours alone: what the other sends by it must stay.
    if (row?.ticket !== ticket) await this.store.abort({ ...incoming, ticket });
    if (row === undefined || row.ticket === null) {
      throw new StemmaError("CONFLICT", `${file.path} is to be sent anew: ask again`);
    }
    return row.ticket;
  }
}
