import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inspect } from "../../src/formats/file-facts.ts";
import { CountingSource, modelFile, modelFiles } from "../support/counting-source.ts";

const mostBytes = 9 * 1024 * 1024;

/** Facts, or the failure of the test: whatever the bytes are, little is read and less is told. */
async function bounded(path: string, source: CountingSource, most = mostBytes) {
  const facts = await inspect(path, source);
  expect(source.readBytes).toBeLessThanOrEqual(most);
  expect(source.reads).toBeLessThanOrEqual(2_048 + 64);
  expect(facts.findings.length).toBeLessThanOrEqual(100);
  expect(facts.tensors.length).toBeLessThanOrEqual(1_000);
  expect(Object.keys(facts.metadata).length).toBeLessThanOrEqual(40);
  expect(JSON.stringify(facts).length).toBeLessThan(400_000);
  return facts;
}

const factsOf = (bytes: Buffer, path = "file", sizeBytes = bytes.length) =>
  bounded(path, new CountingSource(bytes, sizeBytes), path.endsWith(".gguf") ? 33 * 1024 * 1024 : mostBytes);

const u32 = (value: number) => Buffer.from(Uint32Array.of(value).buffer);
const u64 = (value: bigint | number) => Buffer.from(BigUint64Array.of(BigInt(value)).buffer);
const safetensors = (header: string, data = 0) =>
  Buffer.concat([u64(Buffer.byteLength(header)), Buffer.from(header), Buffer.alloc(data)]);
const tensor = (begin: number, end: number, more = "") =>
  `{"dtype":"U8","shape":[${end - begin}],"data_offsets":[${begin},${end}]${more}}`;

describe("a header of safetensors", () => {
  it("that covers all bytes once is taken, whatever their order", async () => {
    const header = `{"b":${tensor(2, 5)},"a":${tensor(0, 2)},"c":${tensor(5, 5)}}`;
    expect(await factsOf(safetensors(header, 5))).toMatchObject({ scan: "NOT_EXECUTABLE", tensorCount: 3 });
    expect((await factsOf(safetensors("{}"))).scan).toBe("NOT_EXECUTABLE");
  });

  it.each([
    ["tensors that overlap", `{"a":${tensor(0, 3)},"b":${tensor(2, 5)}}`, 5, /overlap|belong/],
    ["a tensor twice", `{"a":${tensor(0, 5)},"b":${tensor(0, 5)}}`, 5, /overlap/],
    ["a hole", `{"a":${tensor(0, 2)},"b":${tensor(3, 5)}}`, 5, /^broken header: bytes 2 to 3 belong to no/],
    ["bytes left over", `{"a":${tensor(0, 2)}}`, 5, /bytes 2 to 5 belong to no tensor/],
    ["a tensor behind the end", `{"a":${tensor(0, 9)}}`, 5, /"a" at 0 to 9 of 5 bytes/],
    [
      "a shape that does not fit",
      '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,5]}}',
      5,
      /do not fit F32/,
    ],
    [
      "a shape that is too large to count",
      `{"a":{"dtype":"U8","shape":[9e15,9e15],"data_offsets":[0,5]}}`,
      5,
      /fit/,
    ],
    [
      "a shape below nothing",
      '{"a":{"dtype":"U8","shape":[-5],"data_offsets":[0,5]}}',
      5,
      /no natural number/,
    ],
    ["a name twice", `{"a":${tensor(0, 5)},"a":${tensor(0, 5)}}`, 5, /"a" twice/],
    ["no dtype", '{"a":{"shape":[5],"data_offsets":[0,5]}}', 5, /lacks/],
    ["a list", '["a"]', 0, /no JSON object/],
    ["something behind it", "{} {}", 0, /no JSON at byte 3/],
    ["deep JSON", `{"a":${'{"a":'.repeat(70)}1${"}".repeat(70)}}`, 0, /nested deeper than 64/],
    ["JSON that is none", '{"a":', 0, /no JSON/],
    [
      "many dimensions",
      `{"a":{"dtype":"U8","shape":[${"1,".repeat(40)}1],"data_offsets":[0,1]}}`,
      1,
      /dimensions/,
    ],
  ])("with %s is broken", async (_, header, data, finding) => {
    const { format, scan, content, findings } = await factsOf(safetensors(header, data), "a.safetensors");
    expect({ format, scan, content }).toEqual({
      format: "safetensors",
      scan: "UNSCANNED",
      content: "UNKNOWN",
    });
    expect(findings).toEqual([expect.stringMatching(finding)]);
  });

  it.each([2n ** 63n, 2n ** 64n - 1n, 200_000_000n, 50_000_000n, 11n])(
    "of %d bytes costs nothing",
    async (length) => {
      const source = new CountingSource(Buffer.concat([u64(length), Buffer.from("{")]), 300_000_000);
      const { findings } = await bounded("a.safetensors", source);
      expect(findings.length).toBe(1);
      expect(source.readBytes).toBeLessThan(10_000);
    },
  );

  it("of very many tensors lists the first", async () => {
    const header = `{${Array.from({ length: 30_000 }, (_, at) => `"t${at}":${tensor(at, at + 1)}`).join()}}`;
    const facts = await factsOf(safetensors(header, 30_000));
    expect(facts).toMatchObject({ scan: "NOT_EXECUTABLE", tensorCount: 30_000 });
    expect(facts.tensors.length).toBe(1_000);
  });

  it("with texts that a terminal would obey is cleaned", async () => {
    const { metadata } = await factsOf(
      safetensors('{"__metadata__":{"a":"\\u001b[2J\\u202e","__proto__":"x"}}'),
    );
    expect(metadata.a).toBe("?[2J?");
    expect(Object.keys(metadata)).toEqual(["a", "__proto__"]);
  });
});

describe("a header of GGUF", () => {
  const gguf = (tensors: bigint, pairs: bigint, ...rest: Buffer[]) =>
    Buffer.concat([Buffer.from("GGUF"), u32(3), u64(tensors), u64(pairs), ...rest]);
  const named = (name: string) => Buffer.concat([u64(name.length), Buffer.from(name)]);

  it.each([
    ["2^63 tensors", gguf(2n ** 63n, 0n)],
    ["2^63 pairs", gguf(0n, 2n ** 63n)],
    ["a text of 2^63 bytes", gguf(0n, 1n, u64(2n ** 63n))],
    ["a list of 2^63 texts", gguf(0n, 1n, named("a"), u32(9), u32(8), u64(2n ** 63n))],
    ["lists in lists", gguf(0n, 1n, named("a"), u32(9), ...Array(50).fill(Buffer.concat([u32(9), u64(1)])))],
    ["an unknown type", gguf(0n, 1n, named("a"), u32(99))],
    ["a tensor of 2^32 dimensions", gguf(1n, 0n, named("a"), u32(2 ** 32 - 1))],
  ])("with %s is broken", async (_, bytes) => {
    const source = new CountingSource(bytes, 10_000_000);
    expect((await bounded("a.gguf", source)).findings).toEqual([expect.stringMatching(/^broken header: /)]);
    expect(source.readBytes).toBeLessThan(20_000);
  });

  it("whose chat template reaches for the insides of Python is suspect", async () => {
    const template = "{{ ().__class__.__base__ }}";
    const bytes = gguf(0n, 1n, named("tokenizer.chat_template"), u32(8), named(template));
    expect((await factsOf(bytes)).scan).toBe("SUSPECT");
  });
});

describe("any file", () => {
  it.each(modelFiles)("cut off anywhere gives facts: %s", async (name) => {
    const bytes = modelFile(name);
    const step = Math.ceil(bytes.length / 400);
    for (let length = 0; length < bytes.length; length += step)
      await factsOf(bytes.subarray(0, length), name);
  });

  it.each(modelFiles)("with bytes changed at random gives facts: %s", async (name) => {
    const bytes = modelFile(name);
    const change = fc.record({
      at: fc.nat(bytes.length - 1),
      to: fc.oneof(fc.nat(255), fc.constantFrom(0, 255)),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (changes) => {
        const changed = Buffer.from(bytes);
        for (const { at, to } of changes) changed[at] = to;
        await factsOf(changed, name);
      }),
      { numRuns: 120 },
    );
  });

  it("of random bytes behind any magic gives facts", async () => {
    const magics = [
      "",
      "GGUF\x03\0\0\0",
      "PK\x03\x04",
      "\x89HDF\r\n\x1a\n",
      "\x80\x04",
      "\x93NUMPY\x01\0",
      "\x08\x01\x12",
    ];
    const paths = ["a", "a.onnx", "saved_model.pb", "a.safetensors", "a.keras", "a.pmml", "a.joblib"];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...magics),
        fc.constantFrom(...paths),
        fc.uint8Array({ maxLength: 600 }),
        async (magic, path, rest) => {
          await factsOf(Buffer.concat([Buffer.from(magic, "latin1"), rest]), path);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it.each(["a", "a.onnx", "saved_model.pb", "a.h5", "a.pkl", "a.pt", "a.zip", "a.gguf", "a.npz", "a.tar"])(
    "of a terabyte of zeros costs little: %s",
    async (path) => {
      await bounded(path, new CountingSource(Buffer.alloc(0), 2 ** 40));
    },
  );

  it("lets others have their turn", async () => {
    let turns = 0;
    let isDone = false;
    const count = () => {
      turns++;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    await inspect("a.pkl", new CountingSource(Buffer.alloc(1024 * 1024, "N0")));
    isDone = true;
    expect(turns).toBeGreaterThan(100);
  });
});
