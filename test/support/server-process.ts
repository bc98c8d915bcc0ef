import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { DatabaseSettings } from "../../src/config.ts";
import { objectFolderOf } from "./engines.ts";
import { adminToken } from "./world.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** A server as `npm start` runs it: a process of its own, which may be killed at any moment. */
export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  /** All that it has said so far, to stdout and to stderr. */
  said(): string;
  /** SIGKILL: nothing is finished, nobody is told. */
  kill(): Promise<void>;
  /** SIGTERM; answers the exit code. */
  stop(): Promise<number | null>;
}

const announced = /^Stemma listens at (http:\/\/\S+)\/graphql/m;

type Environment = Record<string, string>;

/** As `runServer`; it ends with the test. */
export async function startServer(
  settings: DatabaseSettings,
  port = 0,
  env: Environment = {},
  within: readonly string[] = [],
): Promise<ServerProcess> {
  const server = await runServer(settings, port, env, within);
  onTestFinished(server.kill);
  return server;
}

/**
 * Starts a server and waits until it listens. On a port of its own choice unless one is given. `env` is more of the
 * environment; `within` a command that becomes the one that follows it.
 */
export async function runServer(
  settings: DatabaseSettings,
  port = 0,
  env: Environment = {},
  within: readonly string[] = [],
): Promise<ServerProcess> {
  const [command = "", ...rest] = [...within, process.execPath, "dist/main.js"];
  const child: ChildProcess = spawn(command, rest, {
    cwd: root,
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      DATABASE_URL: settings.engine === "sqlite" ? `sqlite:${settings.path}` : settings.url,
      OBJECT_STORE_URL: `file:${objectFolderOf(settings)}`,
      STEMMA_ADMIN_TOKEN: adminToken,
      LOG_LEVEL: "error",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "close");
  const end = async (signal: "SIGKILL" | "SIGTERM") => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await ended;
    return child.exitCode;
  };
  let said = "";
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding("utf8").on("data", (text) => (said += text));
  }
  while (!announced.test(said)) {
    await Promise.race([once(child.stdout!, "data"), ended]);
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`the server did not start:\n${said}`);
  }
  const url = announced.exec(said)![1]!;
  const kill = async () => void (await end("SIGKILL"));
  return { url, pid: child.pid!, said: () => said, kill, stop: () => end("SIGTERM") };
}
