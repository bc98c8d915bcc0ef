import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

/** Another process of the operating system, running the built code. */
export interface OtherProcess {
  readonly child: ChildProcess;
  /** The next value it told with `tell`. Throws when it ends instead, with what it wrote to stderr. */
  heard(): Promise<unknown>;
  say(message: string): void;
  /** SIGKILL. */
  kill(): Promise<void>;
}

const root = new URL("../../", import.meta.url);

/**
 * Runs `script`, the body of an ES module, which finds `input`, `tell(value)`, `await toldTo(message)` and
 * `await built("db/database.js")` in scope. Ends with the test at the latest.
 */
export function otherProcess(script: string, input: unknown): OtherProcess {
  const prelude = `
    const input = ${JSON.stringify(input)};
    const tell = (value) => process.send(value);
    const toldTo = (message) => new Promise((resolve) => {
      const listen = (came) => { if (came === message) { process.off("message", listen); resolve(); } };
      process.on("message", listen);
    });
    const built = (path) => import(${JSON.stringify(new URL("dist/", root).href)} + path);
  `;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", prelude + script], {
    cwd: fileURLToPath(root),
    stdio: ["ignore", "inherit", "pipe", "ipc"],
  });
  let complaints = "";
  child.stderr?.on("data", (text) => (complaints += text));
  const told: unknown[] = [];
  child.on("message", (value) => told.push(value));
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  const ended = once(child, "close");
  const kill = async () => {
    if (!isOver()) child.kill("SIGKILL");
    await ended;
  };
  onTestFinished(kill);
  return {
    child,
    kill,
    say: (message) => void child.send(message),
    async heard() {
      const over = new AbortController();
      while (told.length === 0) {
        if (isOver()) {
          // Its last words may be on their way when it is over.
          if (child.connected) await once(child, "disconnect");
          if (told.length > 0) break;
          throw new Error(`the process ended (${child.exitCode ?? child.signalCode}):\n${complaints}`);
        }
        await Promise.race([once(child, "message", { signal: over.signal }), ended]);
      }
      over.abort();
      return told.shift();
    },
  };
}
