import { describe, expect, it } from "vitest";
import { groupsOf, isJwt, nameFor, numbered } from "../../src/access/oidc.rules.ts";

describe("a secret has the form of a JWT", () => {
  it.each(["a.b.c", "eyJ_-0.eyJ_-0.x", "a.b."])("where it is %s", (text) => expect(isJwt(text)).toBe(true));

  it.each([
    "",
    "a",
    "a.b",
    "a.b.c.d",
    ".b.c",
    "a..c",
    "a.b.c=",
    "a.b.c\n",
    "stm_0123456789abcdefghijABCDEFGHIJ012345",
    "é.b.c",
  ])("not where it is %j", (text) => expect(isJwt(text)).toBe(false));
});

describe("the groups of a token", () => {
  const groups = (told: unknown) => groupsOf({ groups: told }, "groups");

  it("are none where it names none", () => {
    expect(groups(undefined)).toEqual([]);
    expect(groups(null)).toEqual([]);
    expect(groups([])).toEqual([]);
  });

  it("are each there once, in a settled order, whatever order they came in", () => {
    expect(groups(["ml", "analysts", "ml"])).toEqual(["analysts", "ml"]);
  });

  it("are one where a word is told instead of a list", () => {
    expect(groups("ml engineers")).toEqual(["ml engineers"]);
  });

  it("are without those that no role can be granted to: an empty one would be every actor", () => {
    expect(groups(["", " ", "ml ", " ml", "g".repeat(256), "a\u0000b", "\ud800", "ml"])).toEqual(["ml"]);
  });

  it("are normalised as grants are", () => {
    expect(groups(["e\u0301quipe"])).toEqual(["\u00e9quipe"]);
  });

  it("are at most 500", () => {
    const names = (count: number) => Array.from({ length: count }, (_, index) => `group-${index}`);
    expect(groups(names(500))).toHaveLength(500);
    expect(() => groups(names(501))).toThrow("this token names more than 500 groups");
  });

  it("are where the settings say", () => {
    expect(
      groupsOf({ groups: ["a"], "https://login.example/roles": ["b"] }, "https://login.example/roles"),
    ).toEqual(["b"]);
  });
});

describe("the name of a new actor", () => {
  it.each([
    [{ preferred_username: "ana", email: "a@example.com", name: "Ana" }, "ana"],
    [{ email: "a@example.com", name: "Ana" }, "a@example.com"],
    [{ name: "Ana" }, "Ana"],
    [{}, "5f3c"],
    [{ preferred_username: "", email: 7, name: null }, "5f3c"],
  ])("is the first of the usual claims: %j", (claims, name) => {
    expect(nameFor({ sub: "5f3c", ...claims }, null)).toBe(name);
  });

  it("is by the claim of the settings, and by the subject where there is none", () => {
    expect(nameFor({ sub: "5f3c", preferred_username: "ana", nick: "Annie" }, "nick")).toBe("Annie");
    expect(nameFor({ sub: "5f3c", preferred_username: "ana" }, "nick")).toBe("5f3c");
  });

  it.each([
    ["  Ana\tMaria \n", "Ana Maria"],
    ["a".repeat(300), "a".repeat(255)],
    ["\u{1f600}".repeat(300), "\u{1f600}".repeat(255)],
    [`${"a".repeat(254)} b`, "a".repeat(254)],
    ["e\u0301va", "\u00e9va"],
    ["act_7", "5f3c"],
    ["\ud800", "5f3c"],
    [`a${"\u0301".repeat(40)}`, "5f3c"],
  ])("is made to fit: %j", (told, name) => {
    expect(nameFor({ sub: "5f3c", name: told }, null)).toBe(name);
  });

  it("is somebody's where even the subject looks like an id of an actor", () => {
    expect(nameFor({ sub: "act_7" }, null)).toBe("somebody");
  });

  it("has a number where it is taken, and room for it", () => {
    expect(numbered("ana", 1)).toBe("ana");
    expect(numbered("ana", 2)).toBe("ana (2)");
    expect(numbered("a".repeat(255), 12)).toBe(`${"a".repeat(250)} (12)`);
  });
});
