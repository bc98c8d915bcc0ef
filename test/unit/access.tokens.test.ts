import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mustHold, mustStayWithin } from "../../src/access/privilege.rules.ts";
import { builtInRoles, permissionsOf, roleNameOf } from "../../src/access/role.rules.ts";
import { digestOf, isToken, newToken } from "../../src/access/token.rules.ts";
import { askedBy, beyond, limitsOf, scopesOf } from "../../src/access/token-scope.rules.ts";
import { Actor, ActorKind, type Allowance } from "../../src/kernel/actor.ts";

const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

describe("a token", () => {
  it("is stm_, 30 random digits to the base 62 and 6 of their CRC-32", () => {
    const token = newToken();
    const [, random, check] = /^stm_([0-9A-Za-z]{30})([0-9A-Za-z]{6})$/.exec(token)!;
    const value = [...check!].reduce((sum, digit) => sum * 62 + digits.indexOf(digit), 0);
    expect(value).toBe(crc32(`stm_${random}`));
    expect(isToken(token)).toBe(true);
    expect(digestOf(token)).toBe(createHash("sha256").update(token).digest("hex"));
  });

  it("never comes twice, and uses all digits", () => {
    const tokens = Array.from({ length: 2_000 }, newToken);
    expect(new Set(tokens).size).toBe(tokens.length);
    expect(new Set(tokens.flatMap((token) => [...token.slice(4, 34)])).size).toBe(62);
  });

  it("with one digit mistyped, or two changed over, is none", () => {
    fc.assert(
      fc.property(fc.nat(35), fc.nat(61), (at, digit) => {
        const token = newToken();
        const place = 4 + at;
        const wrong = token.slice(0, place) + digits[digit] + token.slice(place + 1);
        expect(isToken(wrong)).toBe(wrong === token);
        const swapped = token.slice(0, place - 1) + token[place] + token[place - 1] + token.slice(place + 1);
        expect(isToken(swapped)).toBe(swapped === token);
      }),
    );
    for (const text of [
      "",
      "stm_",
      `${newToken()}0`,
      newToken().slice(1),
      ` ${newToken()}`,
      `${newToken()}\n`,
    ]) {
      expect(isToken(text), text).toBe(false);
    }
  });
});

describe("scopes of a token", () => {
  it("are settled: each once, in order, everywhere where no scope is told", () => {
    const told = ["registry:read@*", "VIEWER@risk.*", "registry:read", "alias:write@risk.a", "VIEWER@risk.*"];
    expect(scopesOf("scopes", told)).toEqual(["VIEWER@risk.*", "alias:write@risk.a", "registry:read"]);
    expect(scopesOf("scopes", ["VIEWER", "*"])).toEqual(["*"]);
    expect(scopesOf("scopes", ["stage:transition:QA@risk.*"])).toEqual(["stage:transition:QA@risk.*"]);
  });

  it.each([
    [[], "scopes", "1–50 scopes"],
    [Array(51).fill("VIEWER"), "scopes", "1–50 scopes"],
    [["VIEWER", "viewer"], "scopes.1", "VIEWER"],
    [["*@risk.*"], "scopes.0", "VIEWER"],
    [["VIEWER@"], "scopes.0", "a dotted prefix"],
    [["VIEWER@risk*"], "scopes.0", "a dotted prefix"],
    [["RELEASE_MANAGER"], "scopes.0", "VIEWER"],
  ])("%j are refused at %s", (told, field, expected) => {
    expect(() => scopesOf("scopes", told)).toThrow(
      expect.objectContaining({
        code: "INVALID",
        inputPath: field.split("."),
        message: expect.stringContaining(expected),
      }),
    );
  });

  it("limit to what they name, and * to nothing", () => {
    expect(limitsOf(["*"])).toBeNull();
    expect(limitsOf(["registry:read", "VIEWER@risk.*"])).toEqual([
      { permissions: new Set(["registry:read"]), scope: "*" },
      { permissions: new Set(["registry:read"]), scope: "risk.*" },
    ]);
  });
});

const held = (what: string[], scope: string): Allowance => ({ permissions: new Set(what), scope });
const actorWith = (allowances: Allowance[], limits: Allowance[] | null = null) =>
  new Actor(7, "ann", ActorKind.PERSON, { allowances, limits, groups: [], token: null });

describe("nobody gives more than he has:", () => {
  const limits = [held(["registry:read", "stage:transition:Staging"], "risk.*")];

  it.each([
    [["registry:read@risk.a"], null],
    [["VIEWER@risk.*"], null],
    [["stage:transition:Staging@risk.a.*"], null],
    [["stage:transition@risk.a"], "stage:transition on risk.a"],
    [["stage:transition:Production@risk.a"], "stage:transition:Production on risk.a"],
    [["registry:read"], "registry:read on *"],
    [["CONTRIBUTOR@risk.a"], "artifact:download on risk.a"],
  ])("a token of %j from one narrowed to reading and staging risk.*", (scopes, excess) => {
    expect(beyond(limits, askedBy(scopes))).toBe(excess);
    const ann = actorWith([held([...builtInRoles.get("ADMIN")!], "*")], limits);
    if (excess === null) mustStayWithin(ann, scopes);
    else {
      expect(() => mustStayWithin(ann, scopes)).toThrow(
        expect.objectContaining({ code: "FORBIDDEN", message: expect.stringContaining(excess) }),
      );
    }
  });

  it("a token for everything comes from one for everything only", () => {
    expect(() => mustStayWithin(actorWith([], limits), ["*"])).toThrow("more than ann may do here");
    mustStayWithin(actorWith([], null), ["*"]);
    mustStayWithin(actorWith([], limitsOf(["ADMIN"])), ["*"]);
  });

  it("by roles and by the token alike", () => {
    const wanted = [held(["model:write"], "risk.a")];
    mustHold(actorWith([held(["model:write"], "risk.*")]), wanted);
    expect(() => mustHold(actorWith([held(["model:write"], "other.*")]), wanted)).toThrow(
      "model:write on risk.a",
    );
    const narrowed = actorWith([held(["model:write"], "*")], [held(["registry:read"], "*")]);
    expect(() => mustHold(narrowed, wanted)).toThrow("model:write on risk.a");
  });
});

describe("a role", () => {
  it("that is built in holds what those below it hold", () => {
    const of = (name: string) => builtInRoles.get(name)!;
    expect(of("CONTRIBUTOR")).toEqual(expect.arrayContaining([...of("VIEWER")]));
    expect(of("APPROVER")).toEqual(expect.arrayContaining([...of("VIEWER")]));
    expect(of("MAINTAINER")).toEqual(expect.arrayContaining([...of("CONTRIBUTOR")]));
    for (const role of ["CONTRIBUTOR", "APPROVER", "MAINTAINER"]) {
      expect(of("ADMIN")).toEqual(expect.arrayContaining([...of(role)]));
    }
    expect(of("MAINTAINER")).not.toContain("transition:review");
    expect(of("MAINTAINER")).not.toContain("history:import");
  });

  it.each(["A", "RELEASE_MANAGER", "R2_D2", `A${"_".repeat(63)}`])("may be called %s", (name) => {
    expect(roleNameOf("name", name)).toBe(name);
  });

  it.each(["", "a", "_A", "2A", "A-B", `A${"_".repeat(64)}`, "A\n", "ADMIN", "VIEWER"])(
    "may not be called %j",
    (name) => {
      expect(() => roleNameOf("name", name)).toThrow(expect.objectContaining({ code: "INVALID" }));
    },
  );

  it("keeps its permissions in a settled order, each once", () => {
    expect(permissionsOf("permissions", ["registry:read", "alias:write", "registry:read"])).toEqual([
      "alias:write",
      "registry:read",
    ]);
    const many = Array.from({ length: 201 }, (_, stage) => `stage:transition:${stage}`);
    expect(permissionsOf("permissions", many.slice(1))).toHaveLength(200);
    for (const wrong of [[], many, ["registry:write"], ["stage:transition:a\u0000"]]) {
      expect(() => permissionsOf("permissions", wrong)).toThrow(expect.objectContaining({ code: "INVALID" }));
    }
  });
});
