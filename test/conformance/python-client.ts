import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { programOf } from "../support/mariadb.ts";
import type { World } from "../support/world.ts";
import { type MlflowVersion, pythonOf } from "./environments.ts";

/** A process of Python with MLflow's own client, which runs the checks of one script. */
export interface PythonClient {
  /** Throws what Python threw. */
  check(sentence: string): Promise<void>;
  stop(): Promise<void>;
}

const scriptOf = (name: string) => fileURLToPath(new URL(`${name}.py`, import.meta.url));

/** A check of a script: what it shows, and what not every machine has that it needs. */
export interface Check {
  sentence: string;
  needs: string | undefined;
}

/** The checks of a script for clients of that version. */
export function checksOf(script: string, version: MlflowVersion): Check[] {
  const told = readFileSync(scriptOf(script), "utf8").matchAll(
    /^@says\(\s*"(.+?)"(?:,\s*since=(\d))?(?:,\s*needs="(\w+)")?,?\s*\)$/gm,
  );
  const major = Number(version.split(".")[0]);
  return [...told]
    .filter(([, , since]) => Number(since ?? 0) <= major)
    .map(([, sentence, , needs]) => ({ sentence: sentence!, needs }));
}

/** The environment of a user who has changed nothing but where MLflow is, and `more`. */
export async function startPythonClient(
  script: string,
  version: MlflowVersion,
  { url, token }: Pick<World, "url" | "token">,
  more: Record<string, string> = {},
): Promise<PythonClient> {
  const python = pythonOf(version);
  const home = await mkdtemp(join(tmpdir(), "stemma-mlflow-client-"));
  const ending = programOf("setpriv");
  const line = [...(ending ? [ending, "--pdeathsig", "KILL"] : []), python, ...flagsOf(python)];
  const child = spawn(line[0]!, [...line.slice(1), scriptOf(script)], {
    cwd: home,
    env: {
      PATH: process.env.PATH,
      HOME: home,
      TMPDIR: home,
      MLFLOW_TRACKING_URI: url,
      MLFLOW_TRACKING_TOKEN: token,
      // What is answered once too often with 5xx is to be seen, not tried again.
      MLFLOW_HTTP_REQUEST_MAX_RETRIES: "0",
      MLFLOW_DISABLE_TELEMETRY: "true",
      GIT_PYTHON_REFRESH: "quiet",
      ...more,
    },
    stdio: "pipe",
  });
  let written = "";
  child.stderr.on("data", (text) => {
    written = `${written}${text}`.slice(-20_000);
  });
  child.stdin.on("error", () => {});
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const heard = async () => {
    const { value, done } = await answers.next();
    if (done) throw new Error(`the client of MLflow ${version} ended:\n${written}`);
    return value;
  };
  await heard();
  return {
    async check(sentence) {
      child.stdin.write(`${JSON.stringify(sentence)}\n`);
      const trouble = JSON.parse(await heard());
      if (trouble !== null) throw new Error(trouble);
    },
    async stop() {
      const ended = once(child, "close");
      child.kill("SIGKILL");
      await ended;
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** Compiled modules are kept with the environment, and none beside the scripts. */
export function flagsOf(python: string): string[] {
  return ["-X", `pycache_prefix=${join(python, "../../compiled")}`];
}
