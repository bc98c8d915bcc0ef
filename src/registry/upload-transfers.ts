import DataLoader from "dataloader";
import type { Database } from "../db/database.ts";
import { among, chunksOf, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Clock } from "../kernel/clock.ts";
import { StemmaError } from "../kernel/errors.ts";
import { inLanes } from "../kernel/lanes.ts";
import type { Request } from "../kernel/request.ts";
import type { ObjectStore, Transfer } from "../objects/object-store.ts";
import { storeRefusalOf } from "../objects/store-refusal.ts";
import type { UploadFile } from "./upload.entity.ts";
import { awaitsReading, incomingOf } from "./upload.rules.ts";

const askedAtOnce = 16;
const filesPerStatement = 400;
const nothing: Transfer = { whole: null, parts: [] };

/** A file of which nothing was signed before, with a ticket that counts once it is kept. */
interface Opened {
  file: UploadFile;
  ticket: string;
}

interface Begun {
  /** Why there is none, where there is none. */
  ticket: string | Error;
  /** Whether nothing was ever signed by it. */
  isNew: boolean;
}

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
    const loader = request.once(
      this,
      () =>
        new DataLoader<UploadFile, Transfer, string>((files) => this.sign(files), {
          cacheKeyFn: ({ uploadId, position }) => `${uploadId}/${position}`,
        }),
    );
    return loader.load(file);
  }

  private async sign(files: readonly UploadFile[]): Promise<(Transfer | Error)[]> {
    const answers: (Transfer | Error)[] = files.map(() => nothing);
    const asked = [...files.entries()].filter(([, file]) => awaitsReading(file));
    const begun = await this.open(asked.map(([, file]) => file).filter(({ ticket }) => ticket === null));
    const expiresAt = this.clock() + this.urlSeconds * 1_000;
    await inLanes(asked, askedAtOnce, async ([at, file]) => {
      const { ticket, isNew } = begun.get(file) ?? { ticket: file.ticket!, isNew: false };
      answers[at] =
        ticket instanceof Error
          ? ticket
          : await this.store
              .transfer(incomingOf(file, file.storageKey!, ticket), expiresAt, isNew)
              .catch(storeRefusalOf);
    });
    return answers;
  }

  /** Gives files their tickets, all of them in one transaction. */
  private async open(files: readonly UploadFile[]): Promise<Map<UploadFile, Begun>> {
    const begun = new Map<UploadFile, Begun>();
    const opened: Opened[] = [];
    await inLanes(files, askedAtOnce, async (file) => {
      await this.store.open(incomingOf(file, file.storageKey!, "")).then(
        (ticket) => opened.push({ file, ticket }),
        (error) => begun.set(file, { ticket: storeRefusalOf(error), isNew: false }),
      );
    });
    if (opened.length === 0) return begun;
    const isOurs = await this.db.write(async (tx) => {
      const kept = [];
      for (const same of groupsOf(opened)) kept.push(...(await keep(tx, same)));
      return kept.every((isKept) => isKept);
    });
    const counting = isOurs ? null : await this.ticketsOf(opened);
    for (const { file, ticket: own } of opened) {
      const ticket = counting === null ? own : (counting.get(file.storageKey!) ?? null);
      begun.set(file, { ticket: ticket ?? replaced(file), isNew: isOurs });
      // Of two who ask at once, the first one's counts. An equal one is not ours alone: what goes by it must stay.
      if (ticket !== own) await this.store.abort(incomingOf(file, file.storageKey!, own)).catch(() => {}); // Else it is swept.
    }
    return begun;
  }

  /** As they stand now, by key. */
  private async ticketsOf(opened: readonly Opened[]): Promise<Map<string, string | null>> {
    const tickets = new Map<string, string | null>();
    for (const chunk of chunksOf(opened, filesPerStatement)) {
      const rows = await this.db.read.query<{ storageKey: string; ticket: string | null }>(
        sql`SELECT storageKey, ticket FROM upload_file WHERE ${theirs(chunk)}`,
      );
      for (const { storageKey, ticket } of rows) tickets.set(storageKey, ticket);
    }
    return tickets;
  }
}

function replaced({ path }: UploadFile): Error {
  return new StemmaError("CONFLICT", `${path} is to be sent anew: ask again`);
}

/** Those of one ticket; files that are sent whole share theirs. */
function groupsOf(opened: readonly Opened[]): Iterable<Opened[]> {
  const groups = new Map<string, Opened[]>();
  for (const one of opened) {
    const group = groups.get(one.ticket);
    if (group) group.push(one);
    else groups.set(one.ticket, [one]);
  }
  return groups.values();
}

/** Whether none of them had a ticket; by chunks of a statement. */
async function keep(tx: Transaction, same: readonly Opened[]): Promise<boolean[]> {
  const isKept: boolean[] = [];
  for (const chunk of chunksOf(same, filesPerStatement)) {
    const { ticket } = chunk[0]!;
    const count = await tx.run(
      sql`UPDATE upload_file SET ticket = ${ticket} WHERE ${theirs(chunk)} AND ticket IS NULL`,
    );
    isKept.push(count === chunk.length);
  }
  return isKept;
}

/** By key: a file that waits for other bytes by now has another one. */
function theirs(opened: readonly Opened[]) {
  return among(
    sql`storageKey`,
    opened.map(({ file }) => file.storageKey),
  );
}
