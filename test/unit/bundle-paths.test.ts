import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bundleDigestOf, inOrderOfPaths, problemOfPath } from "../../src/client/bundle-paths.ts";
import * as server from "../../src/kernel/paths.ts";

const isTaken = (path: string) => {
  try {
    return server.filePathOf("path", path) === path;
  } catch {
    return false;
  }
};

/** Texts with what matters in paths more often than by chance. */
const text = fc
  .array(
    fc.oneof(
      fc.constantFrom("/", ".", "..", " ", "\\", ":", "\u0000", "\u0085", "a", "Ü"),
      fc.string({ unit: "binary" }),
    ),
    {
      maxLength: 8,
    },
  )
  .map((pieces) => pieces.join("").normalize("NFC"));

describe("the client's paths", () => {
  it("are those that the registry takes", () => {
    fc.assert(
      fc.property(text, (path) => {
        // The client refuses what a name becomes that is no text.
        if (!path.includes("\ufffd")) expect(problemOfPath(path) === null).toBe(isTaken(path));
      }),
      { numRuns: 5_000 },
    );
    for (const path of ["", "/a", "a/", "a//b", "../a", "a/../b", "C:a", "a\\b", " a", "x".repeat(513)]) {
      expect([path, problemOfPath(path) === null, isTaken(path)]).toEqual([path, false, false]);
    }
  });

  it("are sorted and digested as the registry does, beyond the first plane, too", () => {
    const files = fc.uniqueArray(fc.string({ unit: "grapheme", minLength: 1 }), { minLength: 1 });
    fc.assert(
      fc.property(files, (paths) => {
        const bundle = paths.map((path) => ({ path, sha256: path.length.toString(16).padStart(64, "0") }));
        expect(inOrderOfPaths(bundle)).toEqual(server.inOrderOfPaths(bundle));
        expect(bundleDigestOf(bundle)).toBe(server.filesDigestOf(bundle));
      }),
    );
    expect(inOrderOfPaths([{ path: "\u{1f600}" }, { path: "\uff5e" }]).map(({ path }) => path)).toEqual([
      "\uff5e",
      "\u{1f600}",
    ]);
  });
});
