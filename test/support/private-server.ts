import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { fastFolder } from "./mariadb.ts";

/** A server in a process and a folder of its own. */
export interface PrivateServer {
  /** The one group of `told` in what it wrote. */
  readonly said: string;
  /** SIGKILL; the folder goes, too. */
  stop(): Promise<void>;
}

interface Start {
  name: string;
  program: string;
  argumentsOf: (folder: string) => string[] | Promise<string[]>;
  environment?: Record<string, string>;
  /** What it writes when it listens. */
  told: RegExp;
}

/** Resolves when it says that it listens; fails when it ends before that, with what it wrote. */
export async function startPrivate(start: Start): Promise<PrivateServer> {
  const folder = await mkdtemp(join(await fastFolder(), `stemma-${start.name}-`));
  const child = spawn(start.program, await start.argumentsOf(folder), {
    cwd: folder,
    env: { ...process.env, ...start.environment },
    // Swift ends with its standard input, so it ends with this process, whichever way that goes.
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.on("error", () => {});
  const removeAtExit = () => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  };
  process.once("exit", removeAtExit);
  const ended = once(child, "close");
  let written = "";
  const said = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (text) => {
        written = `${written}${text}`.slice(-20_000);
        const answer = start.told.exec(written)?.[1];
        if (answer) resolve(answer);
      });
    }
    ended.then(() => reject(new Error(`${start.name} ended before it was ready:\n${written}`)), reject);
  });
  return {
    said,
    async stop() {
      child.kill("SIGKILL");
      await ended;
      process.off("exit", removeAtExit);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
