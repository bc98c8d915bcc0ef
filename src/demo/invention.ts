// Numbers that look measured and are the same every time: everything comes out of a name.
import { createHash } from "node:crypto";

/** Hex digits that stand for `name`, at most 64. */
export function hexOf(name: string, length: number): string {
  return createHash("sha256").update(`kestrel ${name}`).digest("hex").slice(0, length);
}

export const runIdOf = (name: string) => hexOf(`run ${name}`, 32);
export const shaOf = (commitKey: string) => hexOf(`commit ${commitKey}`, 40);
export const modelIdOf = (name: string) => `m-${hexOf(`logged model ${name}`, 32)}`;
/** Of a dataset version such as risk.chargebacks:d. */
export const digestOf = (datasetVersion: string) => hexOf(`data ${datasetVersion}`, 16);

/** 0 ≤ x < 1, one after the other (mulberry32). */
export function noise(seed: string): () => number {
  let state = Number.parseInt(hexOf(seed, 8), 16);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** As many digits as a log would show. */
export const rounded = (value: number) => Number(value.toPrecision(5));

/** A curve that learns: fast, then slowly, then hardly, from about `from` to exactly `to`. */
export function learningCurve(seed: string, from: number, to: number, points: number): number[] {
  const next = noise(seed);
  const speed = 3 + next() * 2;
  return Array.from({ length: points }, (_, index) => {
    if (index === points - 1) return to;
    const learned = 1 - Math.exp((-speed * index) / (points - 1));
    const jitter = (next() - 0.5) * 0.06 * Math.abs(from - to);
    return rounded(from + (to - from) * learned + jitter);
  });
}
