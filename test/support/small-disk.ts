import { open, rm } from "node:fs/promises";
import { join } from "node:path";

/**
 * A command whose process has a file system of so many MiB at a folder, which nobody else sees: Linux lets anybody have
 * that, in a namespace of the process's own.
 */
export function withSmallDisk(folder: string, mebibytes: number): string[] {
  const mount = `mount -t tmpfs -o size=${mebibytes}m none "$1" && shift && exec "$@"`;
  return ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, "sh", folder];
}

/** That folder as the process sees it, for who looks from outside. */
export function folderSeenBy(pid: number, folder: string): string {
  return join("/proc", String(pid), "root", folder);
}

/** Takes up all room but for so many bytes, until it is called off. */
export async function fillUp(folder: string, leaveBytes = 0): Promise<() => Promise<void>> {
  const path = join(folder, "ballast");
  const file = await open(path, "w");
  let sizeBytes = 0;
  try {
    const block = Buffer.alloc(4_096, 1);
    for (;;) sizeBytes += (await file.write(block)).bytesWritten;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    await file.truncate(sizeBytes - leaveBytes);
  } finally {
    await file.close();
  }
  return () => rm(path);
}
