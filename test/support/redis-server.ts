import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { Redis } from "ioredis";
import { freePort, programOf } from "./mariadb.ts";

/** A private Redis on a port of its own, which a test may kill whenever it likes. It keeps nothing. */
export interface RedisServer {
  readonly url: string;
  kill(): Promise<void>;
  /** Starts it again on the same port; it answers when it resolves. */
  restart(): Promise<void>;
}

const howToInstall = "these tests need a Redis server: run `apt-get install redis-server`";

export async function startRedis(): Promise<RedisServer> {
  const program = programOf("redis-server");
  if (!program) throw new Error(`no redis-server here; ${howToInstall}`);
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const flags = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", tmpdir()];
  let child: ChildProcess;
  const restart = async () => {
    child = spawn(program, flags, { stdio: "ignore" });
    const redis = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
    redis.on("error", () => {});
    await redis.ping();
    redis.disconnect();
  };
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  process.once("exit", () => child.kill("SIGKILL"));
  await restart();
  return { url, kill, restart };
}
