import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { DemoSettings } from "../client/environment.ts";
import { StemmaClientError, unreachable } from "../client/errors.ts";

const program = fileURLToPath(new URL("../main.js", import.meta.url));
const startMillis = 60_000;
const lookMillis = 100;
const answerMillis = 5_000;
const patienceMillis = 1_000;

/** Whether a Stemma server answers there. Throws NOT_STEMMA where something else does. */
export async function answersAt(url: string): Promise<boolean> {
  let response: Response;
  try {
    response = await fetch(`${url}/health`, {
      headers: { accept: "application/json" },
      signal: AbortSignal.timeout(answerMillis),
    });
  } catch (error) {
    if ((error as Error).name === "TimeoutError") throw unreachable(url, error);
    return false;
  }
  const { status } = (await response.json().catch(() => ({}))) as { status?: unknown };
  if (status === "ok") return true;
  throw new StemmaClientError(
    "NOT_STEMMA",
    `something else than a Stemma server answers at ${url}; choose another port, such as PORT=4001`,
  );
}

/** A server that this process started and ends with. */
export class ServerProcess {
  /** Resolves with its exit code. */
  readonly ended: Promise<number>;
  /** Somebody wants to end it: what fails from now on is no news. */
  isStopping = false;

  private constructor(private readonly child: ChildProcess) {
    this.ended = new Promise((resolve) => {
      child.once("error", () => resolve(1));
      child.once("exit", (code) => resolve(code ?? (this.isStopping ? 0 : 1)));
    });
    process.once("exit", () => child.kill()); // whatever ends this process
    // Its welcome is for people who start it themselves, and shows the token; what it logs later is passed on.
    createInterface({ input: child.stdout! }).on("line", (line) => {
      if (line.startsWith("{")) process.stdout.write(`${line}\n`);
    });
    createInterface({ input: child.stderr! }).on("line", (line) => {
      process.stderr.write(`${line}\n`);
    });
  }

  /** Starts a server as `settings` say; it is ready when this resolves. Throws UNREACHABLE where it does not come up. */
  static async start(settings: DemoSettings): Promise<ServerProcess> {
    // In a group of its own: Ctrl-C comes here only, and is passed on once.
    const child = spawn(process.execPath, [program], {
      env: settings.environment,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const server = new ServerProcess(child);
    server.passOnSignals();
    await server.untilReady(settings.url);
    return server;
  }

  /** Ends it gracefully. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number> {
    this.child.kill(signal);
    return this.ended;
  }

  private passOnSignals(): void {
    let last = Number.NEGATIVE_INFINITY;
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(signal, () => {
        // npm repeats what the terminal has sent already; a second wish comes from a person who is tired of waiting.
        const now = performance.now();
        if (now - last < patienceMillis) return;
        last = now;
        this.isStopping = true;
        this.stop(signal === "SIGHUP" ? "SIGTERM" : signal).then((code) => process.exit(code));
      });
    }
  }

  private async untilReady(url: string): Promise<void> {
    const giveUpAt = performance.now() + startMillis;
    const hasEnded = this.ended.then(() => true);
    while (!(await isReady(url))) {
      if (await Promise.race([hasEnded, pause(lookMillis, false)])) {
        if (this.isStopping) return;
        throw new StemmaClientError("UNREACHABLE", "the server did not start; it says why above");
      }
      if (performance.now() > giveUpAt) {
        await this.stop("SIGKILL");
        throw new StemmaClientError("UNREACHABLE", `no server was ready at ${url} within a minute`);
      }
    }
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/ready`, { signal: AbortSignal.timeout(answerMillis) })).ok;
  } catch {
    return false;
  }
}
