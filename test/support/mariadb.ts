import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, rmSync } from "node:fs";
import { mkdir, mkdtemp, rm, statfs } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { delimiter, join } from "node:path";
import { createConnection } from "mysql2/promise";

/** A private server on its own port and folder, which a test may kill whenever it likes. */
export interface Mariadb {
  /** `mysql://…` of the server, without a database. */
  readonly url: string;
  readonly pid: number;
  /** SIGKILL: nothing is flushed, nobody is told. */
  kill(): Promise<void>;
  /** Starts it again on the same folder and port; ready when it resolves. */
  restart(): Promise<void>;
  /** Kills it and removes its folder. */
  stop(): Promise<void>;
}

const readyMillis = 30_000;

/** Where Debian keeps servers, which is not on everybody's PATH. */
const usualFolders = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin", "/usr/libexec"];

/** The program's path; null where it is not installed. */
export function programOf(name: string, more: readonly string[] = []): string | null {
  const folders = [...(process.env.PATH ?? "").split(delimiter), ...usualFolders, ...more];
  for (const folder of folders) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      // Not here.
    }
  }
  return null;
}

export function hasMariadb(): boolean {
  return programOf("mariadbd") !== null && programOf("mariadb-install-db") !== null;
}

export const howToInstall =
  "these tests need a MySQL or MariaDB server: run `apt-get install mariadb-server`, or set " +
  "STEMMA_TEST_MYSQL_URL=mysql://user:password@host:3306 to a user that may create databases";

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

function programs(): { server: string; installer: string } {
  const server = programOf("mariadbd");
  const installer = programOf("mariadb-install-db");
  if (!server || !installer) throw new Error(`no mariadbd here; ${howToInstall}`);
  return { server, installer };
}

async function run(program: string, args: string[]): Promise<void> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (said += text));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${program} ended with ${code}:\n${said}`);
}

/** Resolves at the first answered connection; fails when the process ends before that. */
async function ready(child: ChildProcess, url: string, said: () => string): Promise<void> {
  const deadline = Date.now() + readyMillis;
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`mariadbd ended before it was ready:\n${said()}`);
    }
    try {
      const connection = await createConnection(url);
      await connection.end();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw new Error(`mariadbd is not ready:\n${said()}`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Memory where there is plenty: creating tables is eight times faster there, and no commit waits for a disk. */
export async function fastFolder(): Promise<string> {
  const memory = "/dev/shm";
  const room = await statfs(memory).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => 0,
  );
  return room > 4 * 2 ** 30 ? memory : tmpdir();
}

/**
 * Starts a server in about a second. A commit survives the death of the process, not of the machine; `isDurable` pays
 * for that, too.
 */
export async function startMariadb(options: { isDurable?: boolean } = {}): Promise<Mariadb> {
  const { server, installer } = programs();
  const folder = await mkdtemp(join(options.isDurable ? tmpdir() : await fastFolder(), "stemma-mariadb-"));
  const user = userInfo().username;
  const data = join(folder, "data");
  // A server that starts deletes what it takes for left behind there, so no two may share one.
  const temporary = join(folder, "tmp");
  await mkdir(temporary);
  await run(installer, [
    "--no-defaults",
    `--datadir=${data}`,
    `--user=${user}`,
    "--auth-root-authentication-method=normal",
    "--skip-test-db",
  ]);
  const port = await freePort();
  const url = `mysql://root@127.0.0.1:${port}`;
  const flags = [
    "--no-defaults",
    `--datadir=${data}`,
    `--tmpdir=${temporary}`,
    `--user=${user}`,
    `--socket=${join(folder, "socket")}`,
    `--pid-file=${join(folder, "pid")}`,
    `--port=${port}`,
    "--bind-address=127.0.0.1",
    "--max-connections=1000",
    "--innodb-buffer-pool-size=256M",
    ...(options.isDurable ? [] : ["--innodb-flush-log-at-trx-commit=2", "--innodb-flush-method=nosync"]),
  ];
  let child: ChildProcess;
  let said = "";
  const start = async () => {
    child = spawn(server, flags, { stdio: ["ignore", "ignore", "pipe"] });
    child.stderr?.on("data", (text) => (said = `${said}${text}`.slice(-20_000)));
    await ready(child, url, () => said);
  };
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  const removeAtExit = () => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  };
  process.once("exit", removeAtExit);
  await start();
  return {
    url,
    get pid() {
      return child.pid!;
    },
    kill,
    restart: start,
    async stop() {
      await kill();
      process.off("exit", removeAtExit);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
