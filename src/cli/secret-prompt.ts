import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { Exit } from "./exit.ts";

interface Terminal {
  input: NodeJS.ReadableStream;
  output: NodeJS.WritableStream;
}

/** What was typed on the terminal, which shows the question and nothing else. */
export function askSecret(
  question: string,
  { input, output }: Terminal = { input: process.stdin, output: process.stderr },
): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output: nowhere, terminal: true, historySize: 0 });
  output.write(question);
  return new Promise<string>((resolve, reject) => {
    lines.once("line", resolve);
    // Ctrl-C, Ctrl-D, or a terminal that is gone; after a line it says nothing new.
    lines.once("SIGINT", () => lines.close());
    lines.once("close", () => reject(new Exit(1, "nothing was typed")));
  }).finally(() => {
    lines.close();
    output.write("\n");
  });
}
