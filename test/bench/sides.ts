import { type Asking, askOnce, drive, type Load, perSecond } from "./load.ts";
import type { Server } from "./servers.ts";

// Servers that are asked the same, round by round in one run, so that whatever else the machine does meets all of them.

export interface Sample {
  perSecond: number;
  /** Processor time of the server for one request, in milliseconds; null where the system does not tell. */
  cpuMillis: number | null;
}

/** What was measured, round by round. */
export interface Sampled {
  samples: Sample[];
}

export interface Side extends Sampled {
  server: Server;
  asking: Asking;
}

export function sideOf(server: Server, asking: Asking): Side {
  return { server, asking, samples: [] };
}

async function takeSample({ server, asking, samples }: Side, load: Load): Promise<void> {
  const before = server.cpuMillis();
  const driven = await drive(server.port, asking, load);
  const after = server.cpuMillis();
  const cpuMillis = before === null || after === null ? null : (after - before) / driven.answers;
  samples.push({ perSecond: perSecond(driven), cpuMillis });
}

/** Without what the answer cost, and without signed URLs: these only Stemma tells. */
export function dataIn(body: string): string {
  const answer = JSON.parse(body);
  return JSON.stringify(answer.data ?? answer, (key, value) => (key === "url" ? null : value));
}

/** What is asked, however many sides are asked it. */
export interface Asked {
  name: string;
  /** Different turns there are to compare before the load begins. */
  variants: number;
  /** Answers until V8 has compiled what the question needs. */
  warmUpAnswers: number;
}

/** All must say the same, byte for byte, or the comparison means nothing. Returns the length of the last one's answer. */
export async function compareAnswers({ name, variants }: Asked, sides: readonly Side[]): Promise<number> {
  let bytes = 0;
  for (let turn = 0; turn < variants; turn++) {
    // Three times: from the second on, Stemma runs compiled code.
    for (let time = 1; time <= 3; time++) {
      let wanted: string | null = null;
      for (const { server, asking } of sides) {
        const { status, body } = await askOnce(server.port, asking(turn));
        wanted ??= body;
        if (status !== 200 || dataIn(body) !== dataIn(wanted)) {
          throw new Error(`${name}: answers differ\n${wanted.slice(0, 900)}\n${body.slice(0, 900)}`);
        }
        bytes = body.length;
      }
    }
  }
  return bytes;
}

/** Warms all sides up, then asks each in every round. */
export async function takeSamples(
  { warmUpAnswers }: Asked,
  sides: readonly Side[],
  rounds: number,
  load: Load,
): Promise<void> {
  for (const { server, asking } of sides) {
    await drive(server.port, asking, { ...load, millis: 1_000, answers: warmUpAnswers });
  }
  for (let round = 0; round < rounds; round++) {
    // Who goes first changes with every round.
    const first = round % sides.length;
    for (const side of [...sides.slice(first), ...sides.slice(0, first)]) await takeSample(side, load);
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Requests a second: median, lowest and highest. */
export function speedOf({ samples }: Sampled): string {
  const all = samples.map(({ perSecond }) => perSecond);
  const short = (value: number) => (value < 100 ? value.toFixed(1) : Math.round(value).toString());
  return `${short(median(all))} (${short(Math.min(...all))}–${short(Math.max(...all))})`;
}

/** Milliseconds a request. */
export function cpuOf({ samples }: Sampled): string {
  const known = samples.map(({ cpuMillis }) => cpuMillis).filter((value) => value !== null);
  return known.length > 0 ? median(known).toFixed(2) : "?";
}

export interface Ratio {
  /** Of the medians. */
  median: number;
  /** With the lowest and the highest of a round. */
  text: string;
}

/** How fast one side is, as a share of another. */
export function ratioOf(side: Sampled, base: Sampled): Ratio {
  const speed = ({ samples }: Sampled) => samples.map(({ perSecond }) => perSecond);
  const each = speed(side).map((perSecond, round) => perSecond / speed(base)[round]!);
  const ratio = median(speed(side)) / median(speed(base));
  const text = `**${ratio.toFixed(2)}** (${Math.min(...each).toFixed(2)}–${Math.max(...each).toFixed(2)})`;
  return { median: ratio, text };
}
