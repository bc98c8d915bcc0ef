import DataLoader from "dataloader";
import type { Database } from "../db/database.ts";
import { sql, unionAll } from "../db/sql.ts";
import type { PathPage } from "../kernel/path-page.ts";
import type { Request } from "../kernel/request.ts";
import { grouped } from "./grouping.ts";
import type { LoggedFile } from "./logged-file.entity.ts";
import { foldersIn, isAtOrBelow, loggedFileOfRow, loggedFiles } from "./logged-file.query.ts";

const ownersPerStatement = 100;
const most = 100_000;

/** What lies right in a folder. */
export interface FolderContents {
  files: LoggedFile[];
  /** Names of folders in it. */
  folders: string[];
}

/** Files of runs and logged models that the actor was found to read. */
export class LoggedFileLoaders {
  constructor(private readonly db: Database) {}

  /** A page of an owner's files, by path; many owners' pages in one statement. */
  page(request: Request, ownerId: number, { first, after }: PathPage): Promise<LoggedFile[]> {
    const loader = request.once(
      `logged files ${first} ${after}`,
      () =>
        new DataLoader<number, LoggedFile[]>(
          async (owners) => {
            const beyond = after === null ? [] : [sql`f.path > ${after}`];
            const pages = owners.map((owner) => loggedFiles([sql`f.ownerId = ${owner}`, ...beyond], first));
            const rows = await this.db.read.query<object>(unionAll(this.db.read, pages));
            const byOwner = grouped(rows.map(loggedFileOfRow), (file) => file.ownerId);
            return owners.map((owner) => byOwner.get(owner) ?? []);
          },
          { maxBatchSize: ownersPerStatement },
        ),
    );
    return loader.load(ownerId);
  }

  /** The file of exactly this path. */
  async at(ownerId: number, path: string): Promise<LoggedFile | null> {
    const one = loggedFiles([sql`f.ownerId = ${ownerId}`, sql`f.path = ${path}`], 1);
    const [row] = await this.db.read.query<object>(one);
    return row ? loggedFileOfRow(row) : null;
  }

  /** In order of names; empty where there is no such folder. */
  async folder(ownerId: number, folder: string): Promise<FolderContents> {
    const own = loggedFiles([sql`f.ownerId = ${ownerId}`, sql`f.folder = ${folder}`], most);
    const files = (await this.db.read.query<object>(own)).map(loggedFileOfRow);
    return { files, folders: await foldersIn(this.db.read, ownerId, folder) };
  }

  /** Whether there is any file at this path, or below. */
  async isAny(ownerId: number, path: string): Promise<boolean> {
    const rows = await this.db.read.query(
      sql`SELECT 1 AS found FROM logged_file WHERE ownerId = ${ownerId} AND ${isAtOrBelow(path)} LIMIT 1`,
    );
    return rows.length > 0;
  }
}
