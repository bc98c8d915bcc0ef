import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createConnection } from "mysql2/promise";
import { hasMariadb, startMariadb } from "../support/mariadb.ts";

/** A server under measurement, in a process of its own, or several that came from one. */
export interface Server {
  port: number;
  pid: number;
  /** Processor time it has taken so far, in milliseconds; null where the system does not tell. */
  cpuMillis(): number | null;
  /** Memory it holds now, in bytes; null where the system does not tell. */
  residentBytes(): number | null;
  /** The most that its first process ever held. */
  peakBytes(): number | null;
  stop(): Promise<void>;
}

/** What runs, and what of its log tells that it listens. */
interface Start {
  program: string;
  args: string[];
  environmentOf(folder: string): Record<string, string>;
  /** Whether what it complains of goes to its log, too. */
  isQuiet?: boolean;
  /** Null before it listens. */
  portIn(log: string): number | null;
}

/**
 * Runs a built script. Its output goes to a file, as a log would; the port is read from there.
 * `flags` are Node's own, such as --cpu-prof.
 */
export function startServer(
  script: string,
  args: string[],
  environment: Record<string, string>,
  flags: string[] = [],
): Promise<Server> {
  return startProgram({
    program: process.execPath,
    args: [...flags, script, ...args],
    environmentOf: (folder) => ({
      NODE_ENV: "production",
      OBJECT_STORE_URL: `file:${join(folder, "objects")}`,
      ...environment,
    }),
    portIn(log) {
      const told = /listens at http:\/\/[^:]+:(\d+)/.exec(log);
      return told && Number(told[1]);
    },
  });
}

/** Ready when it resolves; fails when it ends before that, with what it wrote. */
export async function startProgram({
  program,
  args,
  environmentOf,
  isQuiet = false,
  portIn,
}: Start): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), "stemma-bench-"));
  const log = join(folder, "log");
  const file = await open(log, "w");
  const child = spawn(program, args, {
    env: { PATH: process.env.PATH, ...environmentOf(folder) },
    stdio: ["ignore", file.fd, isQuiet ? file.fd : "inherit"],
  });
  await file.close();
  const stop = async () => {
    await ended(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const pid = child.pid!;
    return {
      port: await toldPort(log, child, portIn),
      pid,
      cpuMillis: () => sumOver(pid, cpuMillisOf),
      residentBytes: () => sumOver(pid, (each) => memoryOf(each, "VmRSS")),
      peakBytes: () => memoryOf(pid, "VmHWM"),
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

async function toldPort(log: string, child: ChildProcess, portIn: Start["portIn"]): Promise<number> {
  for (;;) {
    const written = await readFile(log, "utf8");
    const port = portIn(written);
    if (port !== null) return port;
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`${child.spawnargs.join(" ")} did not start:\n${written.slice(-4_000)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A process and all that came from it; those that are gone meanwhile count nothing. */
function sumOver(pid: number, of: (pid: number) => number | null): number | null {
  const own = of(pid);
  return own === null ? null : childrenOf(pid).reduce((sum, child) => sum + (sumOver(child, of) ?? 0), own);
}

function childrenOf(pid: number): number[] {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const told = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8"));
    return told.flatMap((line) => line.split(" ").filter(Boolean).map(Number));
  } catch {
    return [];
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

/** The server STEMMA_BENCH_MYSQL_URL names, else a private MariaDB. */
export interface BenchMysql {
  /** A new database of the bench's own. */
  database(): Promise<BenchDatabase>;
  stop(): Promise<void>;
}

export async function benchMysql(): Promise<BenchMysql> {
  const given = process.env.STEMMA_BENCH_MYSQL_URL;
  if (!given && !hasMariadb()) throw new Error(howToInstall);
  const own = given ? null : await startMariadb();
  const serverUrl = given ?? own!.url;
  const ask = async (statement: string) => {
    const connection = await createConnection(serverUrl);
    await connection.query(statement);
    await connection.end();
  };
  return {
    async database() {
      const name = `stemma_bench_${randomBytes(4).toString("hex")}`;
      await ask(`CREATE DATABASE ${name}`);
      const url = new URL(serverUrl);
      url.pathname = `/${name}`;
      return { url: url.href, drop: () => ask(`DROP DATABASE ${name}`) };
    },
    stop: async () => own?.stop(),
  };
}

/** The one database of a bench that needs no more. */
export async function benchDatabase(): Promise<BenchDatabase> {
  const mysql = await benchMysql();
  const { url, drop } = await mysql.database();
  return {
    url,
    drop: async () => {
      await drop();
      await mysql.stop();
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
