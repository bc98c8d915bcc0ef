import { setTimeout as pause } from "node:timers/promises";
import type { Pace } from "./hashing.ts";

const leastMillis = 5;

/**
 * Keeps whoever reads, be it one object or many, to so many bytes a second, on average from now on. Each piece is waited
 * for itself, so that many small objects are as slow as a large one. `ending` cuts a wait short.
 */
export function paceOf(bytesPerSecond: number, ending?: AbortSignal): Pace {
  const began = performance.now();
  let taken = 0;
  return (bytes) => {
    taken += bytes;
    const dueMillis = (taken / bytesPerSecond) * 1_000 - (performance.now() - began);
    return dueMillis > leastMillis
      ? pause(dueMillis, undefined, { signal: ending }).catch(() => {})
      : undefined;
  };
}
