import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { mostParts } from "../../src/objects/parts.rules.ts";
import { type PartTaker, streamedPartBytes, takeInParts } from "../../src/objects/streamed-parts.ts";

const MiB = 1024 ** 2;

/** Takes all it is given, but for what a test says. */
function taking(change: Partial<PartTaker> = {}) {
  const said: string[] = [];
  const taken: Buffer[] = [];
  const taker: PartTaker = {
    begin: async () => {},
    takeWhole: async (bytes) => {
      said.push(`whole of ${bytes.length}`);
      taken.push(bytes);
    },
    takePart: async (number, bytes) => {
      said.push(`part ${number} of ${bytes.length}`);
      taken.push(bytes);
    },
    putTogether: async (count) => void said.push(`${count} put together`),
    giveUp: async () => void said.push("given up"),
    ...change,
  };
  return { taker, said, bytes: () => Buffer.concat(taken) };
}

/** So many chunks, which count how many have been read. */
function chunks(count: number, bytes = 1 * MiB) {
  const read = { count: 0 };
  const stream = Readable.from(
    (function* () {
      for (; read.count < count; read.count += 1) yield Buffer.alloc(bytes);
    })(),
  );
  return { stream, read };
}

describe("A stream", () => {
  it.each([
    [0, ["whole of 0"]],
    [8 * MiB - 1, ["whole of 8388607"]],
    [8 * MiB, ["part 1 of 8388608", "1 put together"]],
    [8 * MiB + 1, ["part 1 of 8388608", "part 2 of 1", "2 put together"]],
    [16 * MiB, ["part 1 of 8388608", "part 2 of 8388608", "2 put together"]],
  ])("of %i bytes is cut into parts of one size and a rest", async (size, expected) => {
    const bytes = randomBytes(size);
    const { taker, said, bytes: all } = taking();
    await takeInParts(Readable.from([bytes.subarray(0, 9_999), bytes.subarray(9_999)]), taker);
    expect(said).toEqual(expected);
    expect(all().equals(bytes)).toBe(true);
  });

  it("of 80 GiB goes into the parts that a store takes, the first of which are short", () => {
    const sizes = Array.from({ length: mostParts }, (_, at) => streamedPartBytes(at + 1));
    expect(sizes.reduce((sum, size) => sum + size)).toBeGreaterThan(80 * 1024 ** 3);
    expect(new Set(sizes.slice(0, 2_000))).toEqual(new Set([8 * MiB]));
    expect(Math.max(...sizes)).toBe(40 * MiB);
  });

  it("is read no further than the next part while one is taken", async () => {
    const { stream, read } = chunks(100);
    let go = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const { taker, said } = taking({ takePart: () => gate });
    const done = takeInParts(stream, taker);
    await expect.poll(() => read.count).toBeGreaterThanOrEqual(16);
    // What a stream of objects reads ahead by itself.
    expect(read.count).toBeLessThanOrEqual(16 + stream.readableHighWaterMark);
    go();
    await done;
    expect([read.count, said]).toEqual([100, ["13 put together"]]);
  });

  it("is given up with its first trouble, once no part is under way, and is left open", async () => {
    const { stream } = chunks(100);
    const order: string[] = [];
    const takePart = async (number: number) => {
      order.push(`begun ${number}`);
      if (number === 2) throw new Error("no room");
    };
    const giveUp = async () => {
      order.push("given up");
      throw new Error("nor this");
    };
    await expect(takeInParts(stream, taking({ takePart, giveUp }).taker)).rejects.toThrow("no room");
    expect([order, stream.destroyed]).toEqual([["begun 1", "begun 2", "given up"], false]);
    stream.destroy();
  });

  it("that breaks off is given up once no part is under way", async () => {
    const cut = new Error("cut");
    const stream = Readable.from(
      (function* () {
        yield Buffer.alloc(8 * MiB);
        throw cut;
      })(),
    );
    const order: string[] = [];
    const takePart = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      order.push("taken");
    };
    const giveUp = async () => void order.push("given up");
    expect(await takeInParts(stream, taking({ takePart, giveUp }).taker).catch((error) => error)).toBe(cut);
    expect(order).toEqual(["taken", "given up"]);
  });

  it("is not read where it is not wanted", async () => {
    const { stream, read } = chunks(10);
    const begin = async () => {
      throw new Error("taken");
    };
    const { taker, said } = taking({ begin });
    await expect(takeInParts(stream, taker)).rejects.toThrow("taken");
    expect([read.count, said]).toEqual([0, []]);
    stream.destroy();
  });
});
