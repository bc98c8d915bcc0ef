import { SingleBar } from "cli-progress";
import { rateText, sizeText, spanText } from "./sizes.ts";

export interface Progress {
  start(total: number): void;
  add(count: number): void;
  stop(): void;
}

const silent: Progress = { start: () => {}, add: () => {}, stop: () => {} };

const look = {
  barCompleteChar: "█",
  barIncompleteChar: "░",
  hideCursor: true,
  clearOnComplete: true,
  stream: process.stderr,
};

/** A bar on stderr while a person looks at it; nothing in a pipe or a log. */
export function progress(noun: string): Progress {
  if (!process.stderr.isTTY) return silent;
  const bar = new SingleBar({
    ...look,
    format: `{bar} {percentage} %  {value} of {total} ${noun}  {duration_formatted}`,
  });
  return {
    start: (total) => bar.start(total, 0),
    // A record that goes on in the next batch counts again.
    add: (count) => bar.update(Math.min(bar.getTotal(), bar.getProgress() * bar.getTotal() + count)),
    stop: () => bar.stop(),
  };
}

/** Bytes on their way. */
export interface ByteProgress {
  /** How far it has come, and how much of that was moved since it began: the rate counts no others. */
  show(done: number, moved: number): void;
  /** What is done instead now, such as waiting. */
  say(what: string): void;
  stop(): void;
}

const silentBytes: ByteProgress = { show: () => {}, say: () => {}, stop: () => {} };
const redrawMillis = 200;

/** A bar with rate and remaining time on stderr while a person looks at it; nothing in a pipe or a log. */
export function byteProgress(verb: string, totalBytes: number): ByteProgress {
  if (!process.stderr.isTTY) return silentBytes;
  const bar = new SingleBar({
    ...look,
    format: "{verb}  {bar} {percentage} %  {done} of {all}  {rate}  {left}",
    barsize: 30,
  });
  const [begun, all] = [performance.now(), sizeText(totalBytes)];
  bar.start(Math.max(totalBytes, 1), 0, { verb, done: sizeText(0), all, rate: "", left: "" });
  let drawnAt = 0;
  return {
    show(done, moved) {
      const now = performance.now();
      if (now - drawnAt < redrawMillis) return;
      drawnAt = now;
      const remaining = ((totalBytes - done) * (now - begun)) / Math.max(moved, 1);
      const left = moved > 0 ? `${spanText(remaining)} left` : "";
      const rate = moved > 0 ? rateText(moved, now - begun) : "";
      bar.update(Math.min(done, totalBytes), { verb, done: sizeText(done), rate, left });
    },
    say: (what) => bar.update({ verb: what, rate: "", left: "" }),
    stop: () => bar.stop(),
  };
}
