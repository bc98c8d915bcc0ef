import { createHash, randomBytes } from "node:crypto";
import { Readable, Writable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { expect, it } from "vitest";
import { Measuring } from "../../src/objects/hashing.ts";

it.each([0, 1, 200_000])("%i bytes are counted and hashed on their way", async (size) => {
  const bytes = randomBytes(size);
  const measuring = new Measuring(size);
  const passed = await buffer(Readable.from([bytes.subarray(0, 7), bytes.subarray(7)]).pipe(measuring));
  expect(passed.equals(bytes)).toBe(true);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  expect(measuring.measured).toEqual({ sha256, sizeBytes: size });
  expect(measuring.measured).toEqual({ sha256, sizeBytes: size });
});

it("more bytes than may come are refused, and none of the chunk that is too much is passed on", async () => {
  const measuring = new Measuring(10);
  let passed = 0;
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      passed += chunk.length;
      done();
    },
  });
  const chunks = [Buffer.alloc(10), Buffer.alloc(1)];
  await expect(pipeline(Readable.from(chunks), measuring, sink)).rejects.toMatchObject({
    name: "BodyRefusal",
    fault: "LONG",
    message: "expected at most 10 bytes; got more",
  });
  expect(passed).toBeLessThanOrEqual(10);
  expect(() => measuring.measured).toThrow("have not ended");
});
