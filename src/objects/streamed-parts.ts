import type { Readable } from "node:stream";
import { mostParts } from "./parts.rules.ts";
import { keepTrouble } from "./stream-trouble.ts";

const usualBytes = 8 * 1024 ** 2;
const partsOfOneSize = 2_000;

/** What makes an object of a stream. */
export interface PartTaker {
  /** Before anything is read; throws where it takes nothing. */
  begin(): Promise<void>;
  /** All of it, where it is shorter than one part. */
  takeWhole(bytes: Buffer): Promise<void>;
  /** One after another; `number` from 1. */
  takePart(number: number, bytes: Buffer): Promise<void>;
  /** After the last of so many parts. */
  putTogether(count: number): Promise<void>;
  /** Forgets what it has taken. What is left, a sweep finds. */
  giveUp(): Promise<void>;
}

/**
 * How long a part is of what nobody knows the size of: 8 MiB, and the longer the more there were, so that 10,000 parts hold
 * 234 GiB and most streams take little memory.
 */
export function streamedPartBytes(number: number): number {
  return usualBytes * (1 + Math.floor((number - 1) / partsOfOneSize));
}

/** The most that fits into `mostParts` of these: 234 GiB. */
export const largestStreamedBytes = Array.from({ length: mostParts }, (_, at) =>
  streamedPartBytes(at + 1),
).reduce((sum, bytes) => sum + bytes);

/**
 * Has a stream taken in parts. While one is taken the next is collected, so that two are in memory and no more. What the
 * stream fails with is thrown as it is. The stream is left open where the taker fails.
 */
export async function takeInParts(bytes: Readable, taker: PartTaker): Promise<void> {
  keepTrouble(bytes);
  await taker.begin();
  let count = 0;
  let taking: Promise<void> = Promise.resolve();
  try {
    for await (const part of cut(bytes)) {
      await taking;
      if (count === 0 && part.length < streamedPartBytes(1)) return await taker.takeWhole(part);
      count += 1;
      taking = taker.takePart(count, part);
      taking.catch(() => {}); // Thrown when the next one is there, or the end.
    }
    await taking;
    await taker.putTogether(count);
  } catch (error) {
    await taking.catch(() => {});
    await taker.giveUp().catch(() => {}); // The first trouble is the one to tell.
    throw error;
  }
}

/** Full parts and a rest, which is empty only where everything is. */
async function* cut(bytes: Readable): AsyncGenerator<Buffer> {
  let number = 1;
  let missingBytes = streamedPartBytes(number);
  const held: Buffer[] = [];
  for await (const chunk of bytes.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    let rest = chunk;
    while (rest.length >= missingBytes) {
      held.push(rest.subarray(0, missingBytes));
      rest = rest.subarray(missingBytes);
      yield joined(held);
      number += 1;
      missingBytes = streamedPartBytes(number);
    }
    if (rest.length === 0) continue;
    held.push(rest);
    missingBytes -= rest.length;
  }
  if (held.length > 0 || number === 1) yield joined(held);
}

/** Takes the chunks away, so that they are not held beside the part. */
function joined(chunks: Buffer[]): Buffer {
  return Buffer.concat(chunks.splice(0));
}
