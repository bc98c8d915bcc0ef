import type { DataSource } from "typeorm";
import { backOff } from "./retry.ts";
import type { Sources } from "./sources.ts";

const lockWaitSeconds = 120;

/** Brings the schema up to date. Safe to call from several processes at once: one works, the others wait. */
export async function migrate({ dialect, writer }: Sources): Promise<void> {
  if (dialect.engine === "sqlite")
    await migrateSqlite(writer, (error) => dialect.meaningOf(error) === "retry");
  else await migrateMysql(writer);
}

/** DDL is transactional here: the whole run is one BEGIN IMMEDIATE, which keeps other processes waiting. */
async function migrateSqlite(writer: DataSource, isBusy: (error: unknown) => boolean): Promise<void> {
  const runner = writer.createQueryRunner();
  for (let attempt = 1; ; attempt++) {
    try {
      await runner.startTransaction();
      break;
    } catch (error) {
      if (!isBusy(error) || attempt > lockWaitSeconds * 4) throw error;
      await backOff(attempt);
    }
  }
  try {
    await writer.runMigrations({ transaction: "none" });
    await runner.commitTransaction();
  } catch (error) {
    await runner.rollbackTransaction();
    throw error;
  }
}

/** DDL commits by itself here, so the run is guarded by a named lock of this database. */
async function migrateMysql(writer: DataSource): Promise<void> {
  const guard = writer.createQueryRunner();
  try {
    // Lock names are server-wide and at most 64 characters long.
    const [row] = await guard.query("SELECT GET_LOCK(CONCAT('stemma:', MD5(DATABASE())), ?) AS held", [
      lockWaitSeconds,
    ]);
    if (Number(row.held) !== 1)
      throw new Error("another process has been migrating the database for too long");
    await writer.runMigrations({ transaction: "none" });
    await guard.query("SELECT RELEASE_LOCK(CONCAT('stemma:', MD5(DATABASE())))");
  } finally {
    await guard.release();
  }
}
