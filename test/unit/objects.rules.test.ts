import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { names, spanOf } from "../../src/http/range.rules.ts";
import { freshKey, freshKeyFor, keyPrefixes } from "../../src/objects/blobs.ts";
import { attachment } from "../../src/objects/disposition.rules.ts";
import { isKey, isPrefix } from "../../src/objects/key.rules.ts";
import { type Grant, grantOf, targetOf } from "../../src/objects/signed-url.rules.ts";
import { UrlSigner } from "../../src/objects/signed-url.ts";

const letters = fc.constantFrom(..."abcxyz0189-./_A %\\\0ä");

describe("keys", () => {
  it.each(["a", "blobs/ab/abc-1.bin", "0/1", "-a", "a".repeat(200)])("are such as %j", (key) => {
    expect(isKey(key)).toBe(true);
  });

  it.each([
    "",
    "/",
    "/a",
    "a/",
    "a//b",
    "..",
    "a/../b",
    "a..b",
    ".",
    "a/.",
    ".a",
    "a/.b",
    "A",
    "a_b",
    "a b",
    "a\\b",
  ])("are not such as %j", (key) => expect(isKey(key)).toBe(false));

  it("are fresh each time, and on the shelf that their first digits name", () => {
    const [one, other] = [freshKey(), freshKey()];
    expect([isKey(one), one === other]).toEqual([true, false]);
    expect(one).toMatch(/^streamed\/([0-9a-f]{2})\/\1[0-9a-f]{30}$/);
    expect(isKey(freshKeyFor("ab".repeat(32)))).toBe(true);
    for (const key of [one, freshKeyFor("ab".repeat(32))]) {
      expect(keyPrefixes.filter((prefix) => key.startsWith(prefix))).toHaveLength(1);
    }
  });

  it("stay below the folder they are joined to, whatever they are made of", () => {
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 12 }), (chosen) => {
        const key = chosen.join("");
        fc.pre(isKey(key));
        expect(new URL(key, "http://h/f/").pathname).toBe(`/f/${key}`);
        expect(key).toMatch(/^[a-z0-9-]/);
      }),
      { numRuns: 2_000 },
    );
  });

  it("begin as keys do, or with whole parts of one", () => {
    expect(["", "a", "a/", "a/b"].map(isPrefix)).toEqual([true, true, true, true]);
    expect(["/", "a//", "../", "a/..", "A"].map(isPrefix)).toEqual([false, false, false, false, false]);
  });
});

describe("signed URLs", () => {
  const text = fc.string({ unit: "binary", maxLength: 40 });
  const number = fc.nat();
  const key = fc.constantFrom("a", "blobs/ab/c.d-e");
  const grants: fc.Arbitrary<Grant> = fc.oneof(
    fc.record({
      kind: fc.constant("whole" as const),
      key,
      sizeBytes: number,
      sha256: fc.constant("ab".repeat(32)),
      contentType: text,
      expiresAt: number,
    }),
    fc.record({ kind: fc.constant("part" as const), key, number, sizeBytes: number, expiresAt: number }),
    fc.record({
      kind: fc.constant("read" as const),
      key,
      fileName: text,
      contentType: text,
      expiresAt: number,
    }),
  );

  it("say what they were made from, and fit into a URL", () => {
    fc.assert(
      fc.property(grants, (grant) => {
        expect(grantOf(targetOf(grant))).toEqual(grant);
        expect(targetOf(grant)).toMatch(/^\/blobs\/[\w.~!$&'()*+,;=:@%/?-]+$/);
      }),
    );
  });

  it("are known again by who has the same key, and by nobody else", () => {
    const signer = (bytes: Buffer) => new UrlSigner(bytes, () => "http://h");
    const own = randomBytes(32);
    fc.assert(
      fc.property(grants, (grant) => {
        const url = signer(own).sign(grant).slice("http://h".length);
        const method = grant.kind === "read" ? "GET" : "PUT";
        const ask = (by: UrlSigner, how: string) => () => by.grantFor(how, url, grant.expiresAt - 1);
        expect(ask(signer(Buffer.from(own)), method)()).toEqual(grant);
        expect(ask(signer(own), method === "GET" ? "PUT" : "GET")).toThrow("not signed so");
        expect(ask(signer(randomBytes(32)), method)).toThrow("not signed so");
        expect(() => signer(own).grantFor(method, url, grant.expiresAt)).toThrow("expired");
      }),
    );
  });
});

describe("what a browser calls a file", () => {
  it.each([
    ["weights.bin", "attachment; filename=weights.bin"],
    ["a/b/weights.bin", "attachment; filename=weights.bin"],
    ["..\\..\\boot.ini", "attachment; filename=boot.ini"],
    ["", 'attachment; filename=""'],
    ["größe.bin", `attachment; filename="gr??e.bin"; filename*=UTF-8''gr%C3%B6%C3%9Fe.bin`],
  ])("%j is the last part of its name", (name, header) => {
    expect(attachment(name)).toBe(header);
  });

  it("is a header, whatever it is called", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (name) => {
        expect(attachment(name)).toMatch(/^attachment; filename[\x20-\xff]*$/);
      }),
    );
  });
});

describe("the range of an object that is sent", () => {
  it("is within the object, and never empty", () => {
    const place = fc.option(fc.nat({ max: 30 }), { nil: "" });
    fc.assert(
      fc.property(place, place, fc.nat({ max: 20 }), (first, last, sizeBytes) => {
        const span = spanOf(`bytes=${first}-${last}`, sizeBytes);
        if (typeof span === "string") return;
        expect(span.start).toBeGreaterThanOrEqual(0);
        expect(span.end).toBeGreaterThanOrEqual(span.start);
        expect(span.end).toBeLessThan(sizeBytes);
      }),
    );
  });

  it("is asked for by names that are compared as text", () => {
    expect(names(undefined, '"a"')).toBe(false);
    expect(names('"aa"', '"a"')).toBe(false);
    expect(names('"b", "a"', '"a"')).toBe(true);
  });
});
