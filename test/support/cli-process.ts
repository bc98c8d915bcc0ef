import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { temporaryFolder } from "./foreign-stores.ts";

const program = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** How a program ended: `signal` where it was killed, or took itself down. */
export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

interface CliOptions {
  /** What STEMMA_URL and STEMMA_TOKEN say. */
  server?: { url?: string; token?: string };
  /** The user's folder, where logins are kept; one of its own where not given. */
  home?: string;
  /** What is piped to it. */
  input?: string;
  /** More of the environment. */
  env?: Record<string, string>;
  /** Flags of Node.js. */
  flags?: string[];
  /** After which it hangs. */
  mostMillis?: number;
}

/** Runs the built command line in an empty folder, to its end or the test's; one that hangs ends by SIGKILL. */
export function runCli(args: string[], options: CliOptions): Promise<Ending> {
  return startCli(args, options).ended;
}

/** The same for one that may be killed on the way. */
export function startCli(
  args: string[],
  { server, home = temporaryFolder(), input = "", env, flags = [], mostMillis = 30_000 }: CliOptions,
): { ended: Promise<Ending>; kill(): void } {
  const child = spawn(process.execPath, [...flags, program, ...args], {
    cwd: temporaryFolder(),
    env: {
      PATH: process.env.PATH,
      HOME: home,
      STEMMA_URL: server?.url,
      STEMMA_TOKEN: server?.token,
      ...env,
    },
    stdio: "pipe",
    timeout: mostMillis,
    killSignal: "SIGKILL",
  });
  const kill = () => void child.kill("SIGKILL");
  onTestFinished(kill);
  // One that does not ask may be gone before.
  child.stdin.on("error", () => {}).end(input);
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text) => (said[name] += text));
  }
  const ended = once(child, "close").then(([code, signal]) => ({ code, signal, ...said }));
  return { ended, kill };
}

/** An address where nobody listens: one that was free a moment ago. */
export async function deadServer(): Promise<{ url: string }> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return { url: `http://127.0.0.1:${port}` };
}
