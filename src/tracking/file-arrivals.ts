import { randomBytes } from "node:crypto";
import type { Database } from "../db/database.ts";
import { sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { freshKey } from "../objects/blobs.ts";
import type { ObjectStore } from "../objects/object-store.ts";
import type { FileOwner } from "./file-owner.query.ts";
import { LoggedFileUpload } from "./logged-file.entity.ts";

const keptMillis = 24 * 3600 * 1_000;
/** Of what comes through this server in one piece: no ticket of the store's. */
const inOnePiece = "";

/** Bytes of runs and logged models on their way: named by a row before they can be stored, and until they are a file. */
export class FileArrivals {
  constructor(
    private readonly db: Database,
    private readonly store: ObjectStore,
    private readonly clock: Clock,
  ) {}

  /** `ticketFor`: what the store prepares for parts that are sent to it; left out for what comes in one piece. */
  async open(
    actor: Actor,
    owner: FileOwner,
    { path, contentType }: { path: string; contentType: string },
    ticketFor: (storageKey: string) => Promise<string> = async () => inOnePiece,
  ): Promise<LoggedFileUpload> {
    const storageKey = freshKey();
    const row = {
      ...{ id: randomBytes(16).toString("hex"), ownerId: owner.nodeId, path, contentType, storageKey },
      ...{ ticket: await ticketFor(storageKey), expiresAt: this.clock() + keptMillis },
      ...{ createdById: actor.node, completedAt: null },
    };
    await this.db.write((tx) => tx.insert(LoggedFileUpload, [row]));
    return row;
  }

  /** Null where there is none, or no longer. */
  async find(id: string): Promise<LoggedFileUpload | null> {
    const [upload] = await this.db.read.query<LoggedFileUpload>(
      sql`SELECT * FROM logged_file_upload WHERE id = ${id}`,
    );
    return upload ?? null;
  }

  /** As it is now, locked until commit; lock the owner's row before. */
  async lock(tx: Transaction, { id }: LoggedFileUpload): Promise<LoggedFileUpload | null> {
    const [upload] = await tx.lock<LoggedFileUpload>(sql`SELECT * FROM logged_file_upload WHERE id = ${id}`);
    return upload ?? null;
  }

  /** Its bytes are a file now. Of parts it is kept a while, so that who completes it again finds it done. */
  async end(tx: Transaction, { id, ticket }: LoggedFileUpload): Promise<void> {
    await tx.run(
      ticket === inOnePiece
        ? sql`DELETE FROM logged_file_upload WHERE id = ${id}`
        : sql`UPDATE logged_file_upload SET completedAt = ${this.clock()} WHERE id = ${id}`,
    );
  }

  /** What has come of it is nobody's from then on. First what is stored: with the row its ticket would be lost. */
  async giveUp({ id, storageKey, ticket }: LoggedFileUpload): Promise<void> {
    if (ticket !== inOnePiece) await this.store.freeParts?.abort({ key: storageKey, ticket });
    const gone = await this.db.write((tx) =>
      tx.run(sql`DELETE FROM logged_file_upload WHERE id = ${id} AND completedAt IS NULL`),
    );
    // Whoever completed it meanwhile has made a file of these bytes.
    if (gone === 1) await this.store.remove(storageKey);
  }

  /** Those that nobody ended in time, or that were completed long ago; how many. The first trouble is thrown, last. */
  async giveUpExpired(): Promise<number> {
    const expired = await this.db.read.query<LoggedFileUpload>(
      sql`SELECT * FROM logged_file_upload WHERE expiresAt < ${this.clock()} ORDER BY expiresAt LIMIT 1000`,
    );
    const done = expired.filter(({ completedAt }) => completedAt !== null);
    await this.db.write(async (tx) => {
      for (const { id } of done) await tx.run(sql`DELETE FROM logged_file_upload WHERE id = ${id}`);
    });
    const troubles: unknown[] = [];
    for (const upload of expired) {
      if (upload.completedAt === null) await this.giveUp(upload).catch((error) => troubles.push(error));
    }
    if (troubles.length > 0) throw troubles[0];
    return expired.length;
  }
}
