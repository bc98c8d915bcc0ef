import { SingleBar } from "cli-progress";

export interface Progress {
  start(total: number): void;
  add(count: number): void;
  stop(): void;
}

const silent: Progress = { start: () => {}, add: () => {}, stop: () => {} };

/** A bar on stderr while a person looks at it; nothing in a pipe or a log. */
export function progress(noun: string): Progress {
  if (!process.stderr.isTTY) return silent;
  const bar = new SingleBar({
    format: `{bar} {percentage} %  {value} of {total} ${noun}  {duration_formatted}`,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    hideCursor: true,
    clearOnComplete: true,
    stream: process.stderr,
  });
  return {
    start: (total) => bar.start(total, 0),
    // A record that goes on in the next batch counts again.
    add: (count) => bar.update(Math.min(bar.getTotal(), bar.getProgress() * bar.getTotal() + count)),
    stop: () => bar.stop(),
  };
}
