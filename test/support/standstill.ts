import type { ServerProcess } from "./server-process.ts";

// Runs in the server's process: tells for how long its event loop stood still, at an address that it says first.
const watch = `
  import { createServer } from "node:http";
  import { monitorEventLoopDelay } from "node:perf_hooks";
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  const teller = createServer((_, response) => {
    // After the delay before this very turn has been counted.
    setTimeout(() => {
      response.end(String(delays.max / 1e6));
      delays.reset();
    }, 5);
  });
  teller.listen(0, "127.0.0.1", () => {
    console.log("Standstill is told at http://127.0.0.1:" + teller.address().port);
    teller.unref();
  });
`;

/** What a server has to be started with so that its standstill can be asked for. */
export const watched = {
  NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(watch)}`,
};

/** For how long the event loop of a server in a process of its own hears nothing else. */
export class Standstill {
  private constructor(private readonly address: string) {}

  static async of(server: ServerProcess): Promise<Standstill> {
    const told = /^Standstill is told at (\S+)$/m.exec(server.said());
    if (!told) throw new Error("the server was not started with `watched`");
    return new Standstill(told[1]!);
  }

  /** Milliseconds: the longest since this was asked last. */
  async longestMillis(): Promise<number> {
    return Number(await (await fetch(this.address)).text());
  }
}
