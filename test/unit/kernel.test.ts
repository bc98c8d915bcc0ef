import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { administrator as actor } from "../../src/access/authenticate.ts";
import { canonical, sha256 } from "../../src/kernel/canonical.ts";
import { conflict, errorCodes, invalid, notFound, StemmaError, shown } from "../../src/kernel/errors.ts";
import { formatId, idPrefixes, type Kind, nodeOf, readId } from "../../src/kernel/ids.ts";
import { Life } from "../../src/kernel/life.ts";
import { modelNameOf, nameOf, nfc, textOf } from "../../src/kernel/names.ts";
import { type CursorValue, formatPageCursor, readPageCursor, sliceOf } from "../../src/kernel/page.ts";
import { UserErrorCode } from "../../src/kernel/payload.ts";
import { Request } from "../../src/kernel/request.ts";

describe("names", () => {
  it("are taken as they are, in NFC", () => {
    for (const name of ["a", "Café 7", "日本", "😀".repeat(255), "a\u00a0b", "%_\\'\"`"]) {
      expect(nameOf("name", name)).toBe(name);
    }
    expect(nameOf("name", "Cafe\u0301")).toBe("Caf\u00e9");
    expect(nameOf("name", "e\u0301".repeat(255))).toHaveLength(255);
    const ofFour = "\u1f82".repeat(255); // The longest there are, taken apart.
    expect(nameOf("name", ofFour.normalize("NFD"))).toBe(ofFour);
    const manyMarks = `a${"\u0316".repeat(30)}`;
    expect(nameOf("name", manyMarks)).toBe(manyMarks);
  });

  it.each([
    ["", "1–255 characters"],
    ["x".repeat(256), "1–255 characters"],
    ["😀".repeat(256), "1–255 characters"],
    ["a\u0000b", "no control characters"],
    ["a\nb", "no control characters"],
    ["a\u0085b", "no control characters"],
    ["a\u2028b", "no control characters"],
    ["a\ud83d", "well-formed Unicode"],
    [" a", "no spaces at either end"],
    ["a ", "no spaces at either end"],
    ["a\u00a0", "no spaces at either end"],
    ["\u3000a", "no spaces at either end"],
    [`a${"\u0301\u0316".repeat(16)}`, "at most 30 combining marks in a row"],
    [`a${"\u0301".repeat(20_000)}${"\u0316".repeat(20_000)}`, "1–255 characters"],
  ])("are refused, saying what was expected (%#)", (name, expected) => {
    const message = expect.stringContaining(`input.name: expected ${expected}; got `);
    expect(() => nameOf("input.name", name)).toThrow(
      expect.objectContaining({ code: "INVALID", inputPath: ["input", "name"], message }),
    );
  });

  it("are not normalised where they can be no names, as that takes quadratic time", () => {
    for (const text of ["e\u0301".repeat(2001), `e\u0301${"\u0301\u0316".repeat(16)}`]) {
      expect(nfc(text)).toBe(text);
    }
    expect(nfc("e\u0301".repeat(2000))).toBe("\u00e9".repeat(2000));
  });

  it("are refused briefly, however long they are", () => {
    expect(() => nameOf("name", "x".repeat(10_000_000))).toThrow(
      /^name: expected 1–255 characters; got .{1,100}$/,
    );
  });

  it("of models leave out what references need for themselves", () => {
    expect(modelNameOf("name", "risk.fraud-detector_2")).toBe("risk.fraud-detector_2");
    for (const name of ["a/b", "a:b", "a@b", "a%b"])
      expect(() => modelNameOf("name", name)).toThrow("without / : @ %");
  });

  it("are the same twice over, and what is refused stays refused", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        let name: string;
        try {
          name = nameOf("name", text);
        } catch (error) {
          expect(error).toMatchObject({ code: "INVALID" });
          return;
        }
        expect(nameOf("name", name)).toBe(name);
        expect(Buffer.from(name).toString()).toBe(name);
      }),
    );
  });

  it("are stricter than texts, which may have lines and edges but no NUL and no half characters", () => {
    expect(textOf("text", " a\n", 3)).toBe(" a\n");
    for (const text of ["abcd", "a\u0000", "\udc00"])
      expect(() => textOf("text", text, 3)).toThrow("text: expected");
  });
});

describe("ids", () => {
  it("carry their kind, and are read back", () => {
    for (const kind of Object.keys(idPrefixes) as Kind[]) {
      for (const node of [1, 42, 4_294_967_295]) expect(readId(formatId(kind, node))).toEqual({ kind, node });
    }
    expect(new Set(Object.values(idPrefixes)).size).toBe(Object.keys(idPrefixes).length);
  });

  it.each([
    "",
    "mv",
    "mv_",
    "mv_0",
    "mv_01",
    "mv_-1",
    "mv_1.5",
    "mv_1e3",
    "mv_4294967296",
    "MV_1",
    "zz_1",
    "mv_1 ",
    "mv_1\n",
    "mv_٣",
    "__proto___1",
    "constructor_1",
  ])("are none: %j", (id) => {
    expect(readId(id)).toBeNull();
    expect(() => nodeOf(id, "id")).toThrow(expect.objectContaining({ code: "INVALID", inputPath: ["id"] }));
  });

  it("of another kind are refused with the kinds that would do", () => {
    expect(nodeOf("mv_7", "of", "RUN", "MODEL_VERSION")).toBe(7);
    expect(() => nodeOf("mdl_7", "of", "RUN", "MODEL_VERSION")).toThrow(
      'of: expected an id run_… or mv_…; got "mdl_7"',
    );
  });
});

describe("pages", () => {
  it("hold 20 unless told, and 1–100", () => {
    expect(sliceOf({})).toEqual({ limit: 20, isBackward: false, after: null, before: null });
    expect(sliceOf({ last: 5, before: "x", first: null })).toEqual({
      limit: 5,
      isBackward: true,
      after: null,
      before: "x",
    });
    for (const first of [1, 100]) expect(sliceOf({ first }).limit).toBe(first);
    for (const size of [0, -1, 101, -(2 ** 31)]) {
      expect(() => sliceOf({ first: size })).toThrow(`first: expected 1–100; got ${size}`);
      expect(() => sliceOf({ last: size })).toThrow(`last: expected 1–100; got ${size}`);
    }
    expect(() => sliceOf({ first: 1, last: 1 })).toThrow("last: expected either first or last, not both");
  });

  const values = fc.array(
    fc.oneof(fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(null)),
  );

  it("have cursors that keep their sort key, and belong to one list and order", () => {
    fc.assert(
      fc.property(values, fc.string(), fc.string(), (key, scope, other) => {
        const cursor = formatPageCursor(scope, key);
        const kept = JSON.parse(JSON.stringify(key)) as CursorValue[]; // −0 is 0 there
        expect(readPageCursor(scope, cursor, key.length, "after")).toEqual(kept);
        expect(() => readPageCursor(scope, cursor, key.length + 1, "after")).toThrow(
          "after: expected a cursor",
        );
        if (other !== scope)
          expect(() => readPageCursor(other, cursor, key.length, "after")).toThrow("after: expected");
      }),
    );
  });

  it("refuse what is no cursor", () => {
    const mark = JSON.parse(Buffer.from(formatPageCursor("list", []), "base64url").toString())[0];
    const forged = [null, {}, [], "x", [mark], [mark, {}], [mark, [1]], [mark, true], ["", 1], [mark, 1, 2]];
    const encoded = forged.map((value) => Buffer.from(JSON.stringify(value)).toString("base64url"));
    for (const cursor of [...encoded, "", "💥", "x".repeat(5_000), "null"]) {
      expect(() => readPageCursor("list", cursor, 1, "after")).toThrow(
        expect.objectContaining({ code: "INVALID", inputPath: ["after"] }),
      );
    }
  });
});

describe("errors", () => {
  it("say the field, what was expected and what came, in short", () => {
    const error = invalid("metrics.3.value", "a finite number", "x".repeat(500));
    expect(error).toMatchObject({ code: "INVALID", inputPath: ["metrics", "3", "value"], isForUser: true });
    expect(error.message).toMatch(
      /^metrics\.3\.value: expected a finite number; got "x{59}… \(502 characters\)$/,
    );
    for (const [came, text] of [
      [undefined, "undefined"],
      [null, "null"],
      [Number.NaN, "null"],
      [[1], "[1]"],
      [7n, "7"],
    ] as const) {
      expect(shown(came)).toBe(text);
    }
  });

  it("are data where the caller can act on them, and end the request where not", () => {
    const forUser = errorCodes.filter((code) => new StemmaError(code, "").isForUser);
    expect(forUser.sort()).toEqual(Object.values(UserErrorCode).sort());
    expect([notFound("model x", "input.model").inputPath, conflict("no").inputPath]).toEqual([
      ["input", "model"],
      undefined,
    ]);
  });
});

describe("canonical JSON", () => {
  it("is RFC 8785: keys by UTF-16 units, numbers as ECMAScript writes them", () => {
    const text = canonical({
      "\u20ac": 1,
      "\ud83d\ude00": 2,
      "\ufb33": 3,
      "1": 4,
      b: [56, { d: true, c: null }],
      a: '\u000f\n"\\',
    });
    expect(text).toBe(
      '{"1":4,"a":"\\u000f\\n\\"\\\\","b":[56,{"c":null,"d":true}],"\u20ac":1,"\ud83d\ude00":2,"\ufb33":3}',
    );
    expect(canonical([1e21, 1e-7, 0.1 + 0.2, -0, 4.5])).toBe("[1e+21,1e-7,0.30000000000000004,0,4.5]");
  });

  it("does not depend on the order in which keys were set", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        expect(canonical(reversed)).toBe(canonical(value));
        expect(JSON.parse(canonical(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it("refuses what JSON cannot hold", () => {
    for (const value of [undefined, Number.NaN, Number.POSITIVE_INFINITY, 7n, () => 1]) {
      expect(() => canonical(value), String(value)).toThrow();
    }
  });

  it("hashes texts one after another, as UTF-8", () => {
    expect(sha256("ab", "c")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect(sha256("é")).toBe(sha256("\u00e9"));
  });
});

describe("a life", () => {
  it("ends once 250,000 steps are taken, for good", () => {
    const life = new Life();
    for (let times = 0; times < 250; times++) life.take(1_000);
    expect(() => life.take(1)).toThrow("more than 250000 objects");
    expect(() => life.goOn()).toThrow("more than 250000 objects");
    expect(life.signal.aborted).toBe(true);
  });
});

describe("a request", () => {
  it("keeps one instance of what a room makes for it", () => {
    const [one, other] = [new Request("a", actor), new Request("b", actor)];
    const key = {};
    const made = one.once(key, () => ({}));
    expect(one.once(key, () => ({}))).toBe(made);
    expect(other.once(key, () => ({}))).not.toBe(made);
    expect(one.once({}, () => null)).toBeNull();
  });
});
