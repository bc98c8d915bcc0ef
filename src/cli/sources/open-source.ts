import { open, realpath, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { isMlflowFileStore, openMlflowFileStore } from "./mlflow-file-store.ts";
import { isMlflowSqlite, openMlflowSqlite } from "./mlflow-sqlite.ts";
import { type Source, SourceError, type SourceOptions } from "./source.ts";

/**
 * Opens an MLflow store, whichever it is: a folder `mlruns`, the folder that holds one, or a SQLite file. Throws a
 * SourceError, one line, for anything else.
 */
export async function openSource(path: string, options: SourceOptions = {}): Promise<Source> {
  const place = path.replace(/^sqlite:\/\/\/?(?=.)/, "");
  const real = await realpath(place).catch(() => {
    throw new SourceError(`${place}: no such file or folder`);
  });
  const kind = await stat(real);
  if (kind.isDirectory()) return openFolder(place, real, options);
  if (!kind.isFile()) throw new SourceError(`${place} is neither a folder nor a file`);
  if (!(await isSqlite(real))) {
    throw new SourceError(`${place} is no MLflow store: expected a folder mlruns or a SQLite file`);
  }
  if (!isMlflowSqlite(real)) {
    throw new SourceError(`${place} is a SQLite database, but not MLflow's: it has no experiments and runs`);
  }
  return openMlflowSqlite(real, options);
}

async function openFolder(place: string, real: string, options: SourceOptions): Promise<Source> {
  for (const folder of [join(real, "mlruns"), real]) {
    const isFolder = await stat(folder).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (isFolder && (await isMlflowFileStore(folder))) return openMlflowFileStore(folder, options);
  }
  const isRepository = await stat(join(real, ".git")).then(
    () => true,
    () => false,
  );
  const hint = isRepository ? "; to import its commits use `stemma import git`" : "";
  throw new SourceError(
    `${place} is no MLflow store: neither it nor ${join(basename(real), "mlruns")} holds an experiment or a model${hint}`,
  );
}

async function isSqlite(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(16), 0, 16, 0);
    return buffer.subarray(0, bytesRead).toString("latin1") === "SQLite format 3\0";
  } finally {
    await file.close();
  }
}
