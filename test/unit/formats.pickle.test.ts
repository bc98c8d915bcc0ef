import { describe, expect, it } from "vitest";
import { inMemory } from "../../src/formats/bounded-bytes.ts";
import { FactsDraft } from "../../src/formats/facts-draft.ts";
import { inspect } from "../../src/formats/file-facts.ts";
import { readPickle } from "../../src/formats/pickle.ts";
import { isAllowedGlobal } from "../../src/formats/pickle-globals.rules.ts";
import { CountingSource, modelFile, modelFiles } from "../support/counting-source.ts";

const factsOf = (bytes: Buffer, path = "model.pkl") => inspect(path, new CountingSource(bytes));
const text = (value: string) => Buffer.concat([Buffer.from([0x8c, value.length]), Buffer.from(value)]);
/** Protocol 4: opcodes as latin-1, texts as they are. */
const pickle = (...parts: (string | Buffer)[]) =>
  Buffer.concat(
    ["\x80\x04", ...parts].map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : part)),
  );
const global = (module: string, name: string) =>
  Buffer.concat([text(module), text(name), Buffer.from([0x93])]);

describe("the opcodes of a pickle", () => {
  const listings = new Map(
    modelFile("opcodes.txt")
      .toString()
      .split("# ")
      .slice(1)
      .map((listing) => [listing.split("\n", 1)[0]!, listing.trim().split("\n").slice(1)] as const),
  );

  it.each(modelFiles.filter((name) => name.endsWith(".pkl")))(
    "are those of pickletools: %s",
    async (name) => {
      const found: string[] = [];
      await readPickle(inMemory(modelFile(name)), new FactsDraft("pickle"), {
        visit: ({ at, name, argument, second }) =>
          found.push(`${at} ${name}${second === null ? "" : ` ${argument} ${second}`}`),
      });
      expect(found.length).toBeGreaterThan(3);
      expect(found).toEqual(listings.get(name));
    },
  );
});

describe("a pickle", () => {
  it("of plain values and arrays is not scanned, and never more than that", async () => {
    for (const name of ["values.p0.pkl", "values.p2.pkl", "values.p4.pkl", "values.p5.pkl", "pipeline.pkl"])
      expect(await factsOf(modelFile(name))).toMatchObject({
        content: "CODE",
        scan: "UNSCANNED",
        findings: [],
      });
  });

  it.each([
    ["by GLOBAL", modelFile("system.p0.pkl"), "global posix.system at byte 9"],
    ["by STACK_GLOBAL", modelFile("system.p4.pkl"), "global posix.system at byte 33"],
    ["by INST", modelFile("inst.pkl"), "global os.system at byte 9"],
    ["by names from the memo", modelFile("memo.pkl"), "global posix.system at byte 29"],
    ["before it breaks", modelFile("broken-behind-call.pkl"), "global posix.system at byte 17"],
    ["by OBJ", Buffer.from("(cos\nsystem\nS'a'\no."), "global os.system at byte 1"],
    ["by NEWOBJ_EX", pickle(global("os", "system"), ")}\x92."), "global os.system at byte 14"],
    [
      "of builtins",
      pickle(global("builtins", "eval"), text("1"), "\x85R."),
      "global builtins.eval at byte 18",
    ],
    ["by a path of attributes", pickle(global("numpy", "dtype.x"), "."), "global numpy.dtype.x at byte 18"],
    [
      "by a name that is computed",
      pickle(text("os"), global("builtins", "str"), text("system"), "\x85R\x93."),
      "a global of a computed name at byte 32",
    ],
    [
      "that is computed",
      pickle(global("builtins", "dict"), ")R)R."),
      "a call of something computed at byte 22",
    ],
    [
      "by a change to what it imports",
      pickle(global("collections", "Counter"), "}b."),
      "a change to collections.Counter at byte 26",
    ],
    ["by an extension", pickle("\x82\x01."), "an extension, 1, at byte 2"],
    [
      "behind another pickle",
      Buffer.concat([modelFile("values.p4.pkl"), modelFile("system.p4.pkl")]),
      "global posix.system at byte 381",
    ],
    [
      "behind a long line",
      Buffer.from(`V${"x".repeat(200_000)}\n0cos\nsystem\n.`),
      "global os.system at byte 200003",
    ],
  ])("that calls %s is suspect", async (_, bytes, finding) => {
    const { scan, findings } = await factsOf(bytes);
    expect(scan).toBe("SUSPECT");
    expect(findings).toContain(finding);
  });

  it.each([
    ["is cut off", modelFile("values.p4.pkl").subarray(0, 200)],
    ["takes from an empty stack", pickle("0.")],
    ["has opcodes across frames", pickle("\x95\x0a\0\0\0\0\0\0\0cdecimal\nDecimal\n.")],
    ["has a frame in a frame", pickle("\x95\x0b\0\0\0\0\0\0\0N\x95\x00\0\0\0\0\0\0\0.")],
    ["ends within a frame", pickle("\x95\x03\0\0\0\0\0\0\0N.N")],
    ["is followed by what is none", Buffer.concat([modelFile("values.p4.pkl"), Buffer.from("more")])],
    ["is of an unknown protocol", Buffer.from("\x80\x09N.", "latin1")],
  ])("that %s is suspect, for Python runs what stands before", async (_, bytes) => {
    const { scan, findings } = await factsOf(bytes);
    expect(scan).toBe("SUSPECT");
    expect(findings).toEqual([expect.stringMatching(/^broken pickle: /)]);
  });

  it("that is too long to be listed is suspect, and its end is not read", async () => {
    const padding = Buffer.alloc(40 * 1024 * 1024, "N0");
    const source = new CountingSource(Buffer.concat([Buffer.from("\x80\x04", "latin1"), padding]));
    const { scan, findings } = await inspect("a.pkl", source);
    expect(scan).toBe("SUSPECT");
    expect(findings).toEqual([expect.stringMatching(/^pickle not listed to its end: /)]);
    expect(source.readBytes).toBeLessThanOrEqual(32 * 1024 * 1024);
  });

  it("is not read where it is only long: 1 GiB of bytes costs as much as none", async () => {
    const head = Buffer.from("\x80\x04\x8e\x00\x00\x00\x40\x00\x00\x00\x00", "latin1");
    const source = new CountingSource(head, head.length + 2 ** 30 + 1);
    const { findings } = await inspect("a.pkl", source);
    expect(findings).toEqual([expect.stringMatching(/no opcode of a pickle, 00/)]);
    expect(source.readBytes).toBeLessThan(10_000);
  });
});

describe("an array of joblib", () => {
  const plain = modelFile("pipeline.joblib");

  it("is not taken for opcodes", async () => {
    expect((await factsOf(plain, "a.joblib")).findings).toEqual([]);
  });

  it("hides nothing from readers that would take it for opcodes", async () => {
    const rawAt = plain.indexOf("K\x10ub", "latin1") + 4;
    const arrayAt = rawAt + 1 + plain[rawAt]!;
    // "(" is an opcode to Python and a padding of 40 bytes to joblib.
    const padding = Buffer.alloc(41, "N");
    padding.write("(cos\nsystem\nS'a'\no");
    const hidden = Buffer.concat([plain.subarray(0, rawAt), padding, plain.subarray(arrayAt)]);
    const { scan, findings } = await factsOf(hidden, "a.joblib");
    expect(scan).toBe("SUSPECT");
    expect(findings).toEqual([`global os.system at byte ${rawAt + 1}, to readers other than joblib`]);
  });

  it.each([
    ["its items are longer than they are said to be", "f8", "f4"],
    ["it may hold objects", "f8", "V8"],
  ])("is not followed where %s", async (_, is, said) => {
    const changed = Buffer.from(plain);
    changed.write(said, plain.indexOf(`\x02${is}`) + 1);
    expect((await factsOf(changed, "a.joblib")).scan).toBe("SUSPECT");
  });
});

describe("the list of globals", () => {
  it.each([
    ["numpy", "ndarray"],
    ["numpy._core.multiarray", "_reconstruct"],
    ["torch._utils", "_rebuild_tensor_v2"],
    ["sklearn.ensemble._forest", "RandomForestClassifier"],
    ["sklearn.tree._tree", "Tree"],
    ["sklearn._loss._loss", "__pyx_unpickle_CyHalfBinomialLoss"],
    ["pandas.core.internals.managers", "BlockManager"],
    ["collections", "OrderedDict"],
    ["builtins", "set"],
  ])("holds %s.%s", (module, name) => {
    expect(isAllowedGlobal(module, name)).toBe(true);
  });

  it.each([
    ["os", "system"],
    ["builtins", "eval"],
    ["builtins", "getattr"],
    ["builtins", "__import__"],
    ["numpy.testing._private.utils", "runstring"],
    ["numpy", "load"],
    ["numpy", "ndarray.tofile"],
    ["torch", "load"],
    ["torch.storage", "_load_from_bytes"],
    ["torch.hub", "load"],
    ["sklearn.datasets", "fetch_openml"],
    ["sklearn.utils._testing", "TempMemmap"],
    ["sklearn.linear_model", "os"],
    ["pandas.io.pickle", "read_pickle"],
    ["pandas", "eval"],
    ["joblib", "load"],
    ["functools", "partial"],
    ["operator", "attrgetter"],
    ["constructor", "constructor"],
    ["__proto__", "toString"],
  ])("does not hold %s.%s", (module, name) => {
    expect(isAllowedGlobal(module, name)).toBe(false);
  });
});
