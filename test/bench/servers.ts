import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createConnection } from "mysql2/promise";
import { hasMariadb, startMariadb } from "../support/mariadb.ts";

/** A server under measurement, in a process of its own. */
export interface Server {
  port: number;
  pid: number;
  /** Processor time it has taken so far, in milliseconds; null where the system does not tell. */
  cpuMillis(): number | null;
  /** Memory it holds now, and the most that it ever held, in bytes; null where the system does not tell. */
  residentBytes(): number | null;
  peakBytes(): number | null;
  stop(): Promise<void>;
}

const startMillis = 60_000;

/**
 * Runs a built script. Its output goes to a file, as a log would; the port is read from there.
 * `flags` are Node's own, such as --cpu-prof.
 */
export async function startServer(
  script: string,
  args: string[],
  environment: Record<string, string>,
  flags: string[] = [],
): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), "stemma-bench-"));
  const log = join(folder, "log");
  const file = await open(log, "w");
  const child = spawn(process.execPath, [...flags, script, ...args], {
    env: {
      PATH: process.env.PATH,
      NODE_ENV: "production",
      OBJECT_STORE_URL: `file:${join(folder, "objects")}`,
      ...environment,
    },
    stdio: ["ignore", file.fd, "inherit"],
  });
  await file.close();
  const stop = async () => {
    await ended(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return {
      port: await portIn(log, child),
      pid: child.pid!,
      cpuMillis: () => cpuMillisOf(child.pid!),
      residentBytes: () => memoryOf(child.pid!, "VmRSS"),
      peakBytes: () => memoryOf(child.pid!, "VmHWM"),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}

async function portIn(log: string, child: ChildProcess): Promise<number> {
  const deadline = Date.now() + startMillis;
  for (;;) {
    const told = /listens at http:\/\/[^:]+:(\d+)/.exec(await readFile(log, "utf8"));
    if (told) return Number(told[1]);
    if (child.exitCode !== null || Date.now() > deadline)
      throw new Error(`${child.spawnargs[1]} did not start`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** From /proc, in ticks of 10 ms: fields 14 and 15, counted behind the program's name. */
function cpuMillisOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return null;
  }
}

function memoryOf(pid: number, what: "VmRSS" | "VmHWM"): number | null {
  try {
    const told = new RegExp(`${what}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return told && Number(told[1]) * 1024;
  } catch {
    return null;
  }
}

export interface BenchDatabase {
  url: string;
  drop(): Promise<void>;
}

const howToInstall =
  "the bench needs a MySQL or MariaDB server: run `apt-get install mariadb-server`, or set " +
  "STEMMA_BENCH_MYSQL_URL=mysql://user:password@host:3306 to a user that may create databases";

/** A database of the bench's own, on the server STEMMA_BENCH_MYSQL_URL names, else on a private MariaDB. */
export async function benchDatabase(): Promise<BenchDatabase> {
  const given = process.env.STEMMA_BENCH_MYSQL_URL;
  if (!given && !hasMariadb()) throw new Error(howToInstall);
  const own = given ? null : await startMariadb();
  const serverUrl = given ?? own!.url;
  const name = `stemma_bench_${randomBytes(4).toString("hex")}`;
  const ask = async (statement: string) => {
    const connection = await createConnection(serverUrl);
    await connection.query(statement);
    await connection.end();
  };
  await ask(`CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: async () => {
      await ask(`DROP DATABASE ${name}`);
      await own?.stop();
    },
  };
}

/** What a figure was measured on. */
export function machine(): string {
  const load = loadavg()[0]!.toFixed(1);
  return `${cpus().length} × ${cpus()[0]?.model.trim()}, load ${load} before, Node ${process.version}`;
}

/** A file of the built server, or of the built bench. */
export function built(path: string): string {
  return fileURLToPath(new URL(`../../../${path}`, import.meta.url));
}
