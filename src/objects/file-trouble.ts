import { ObjectStoreError } from "./object-store.ts";

const full: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);
const missing: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR"]);

export function isErrno(error: unknown, ...codes: string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException | null)?.code ?? "");
}

/** Whether it was the bytes of one file that could not be read, as where a disk has gone bad. */
export function isUnreadable(error: unknown): boolean {
  return error instanceof ObjectStoreError && isErrno(error.cause, "EIO");
}

/** What a file system said, as the port tells it: without paths. */
export function troubleOf(error: unknown): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (!(error instanceof Error) || code === undefined || syscall === undefined) return error;
  if (full.has(code)) {
    return new ObjectStoreError("FULL", `the folder of objects has no room left (${code})`, { cause: error });
  }
  if (missing.has(code)) return new ObjectStoreError("MISSING", "nothing is there", { cause: error });
  const message = `the folder of objects cannot be used (${code} by ${syscall})`;
  return new ObjectStoreError("AWAY", message, { cause: error });
}

/** Does `work`; what the file system refuses becomes an ObjectStoreError. */
export async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw troubleOf(error);
  }
}
