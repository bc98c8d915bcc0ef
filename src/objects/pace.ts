import { setTimeout as pause } from "node:timers/promises";
import type { Pace } from "./hashing.ts";

const leastMillis = 5;

/** Keeps a reader to so many bytes a second, on average from its first byte on. */
export function paceOf(bytesPerSecond: number): Pace {
  const began = performance.now();
  let taken = 0;
  return (bytes) => {
    const dueMillis = (taken / bytesPerSecond) * 1_000 - (performance.now() - began);
    taken += bytes;
    return dueMillis > leastMillis ? pause(dueMillis) : undefined;
  };
}
