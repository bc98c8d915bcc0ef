import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Actor, ActorKind, type Allowance } from "../../src/kernel/actor.ts";
import { notFound } from "../../src/kernel/errors.ts";
import {
  includes,
  isPermission,
  meaningOf,
  permissionOf,
  permissions,
  transitionTo,
} from "../../src/kernel/permission.ts";
import { covers, coversAll, overlap, patternOf, widest } from "../../src/kernel/scope.ts";

/** Scopes and patterns that are near each other. */
const stem = fc
  .array(fc.constantFrom("a", "b", "ab", "A"), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join("."));
const scope = fc.oneof(
  stem,
  fc.constant(""),
  stem.map((name) => `${name}-x`),
  stem.map((name) => `${name}/x`),
);
const pattern = fc.oneof(
  stem,
  stem.map((name) => `${name}.*`),
  fc.constant("*"),
);

const held = (scopes: Record<string, string[]>): Allowance[] =>
  Object.entries(scopes).map(([where, what]) => ({ permissions: new Set(what), scope: where }));
const actorWith = (allowances: Allowance[], limits: Allowance[] | null = null) =>
  new Actor(7, "ann", ActorKind.PERSON, { allowances, limits, groups: [], token: null });

describe("a pattern", () => {
  it.each([
    ["*", ["", "risk", "risk.fraud", "anything"], []],
    [
      "risk.*",
      ["risk", "risk.fraud", "risk.fraud.eu"],
      ["", "risky", "risk-x", "risk/x", "Risk", "other.risk"],
    ],
    ["risk.fraud", ["risk.fraud"], ["risk", "risk.fraud.eu", "risk.fraudulent"]],
  ])("%s covers what stands under it, and nothing beside it", (one, within, beside) => {
    for (const name of within) expect(covers(one, name), name).toBe(true);
    for (const name of beside) expect(covers(one, name), name).toBe(false);
  });

  it("that covers all of another covers whatever that covers", () => {
    fc.assert(
      fc.property(pattern, pattern, scope, (wide, narrow, name) => {
        fc.pre(coversAll(wide, narrow) && covers(narrow, name));
        expect(covers(wide, name)).toBe(true);
      }),
    );
    expect(coversAll("risk.*", "risk")).toBe(true);
    expect(coversAll("risk.*", "*")).toBe(false);
    expect(coversAll("risk", "risk.*")).toBe(false);
    expect(coversAll("risk.*", "risky.*")).toBe(false);
  });

  it("overlaps another in what both cover", () => {
    fc.assert(
      fc.property(pattern, pattern, scope, (one, other, name) => {
        const both = overlap(one, other);
        expect(both !== null && covers(both, name)).toBe(covers(one, name) && covers(other, name));
        expect(overlap(other, one)).toBe(both);
      }),
    );
  });

  it("is left out where another covers it", () => {
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 6 }), scope, (patterns, name) => {
        const kept = widest(patterns);
        expect(kept.some((one) => covers(one, name))).toBe(patterns.some((one) => covers(one, name)));
        for (const one of kept) expect(kept.filter((other) => coversAll(other, one))).toEqual([one]);
      }),
    );
    expect(widest(["risk.a", "risk.*", "other", "risk.b.*"])).toEqual(["other", "risk.*"]);
  });

  it.each(["*", "risk", "risk.*", "risk.fraud-detector", "a.b.c.*", "größe.*"])("may be %s", (text) => {
    expect(patternOf("scope", text)).toBe(text);
  });

  it.each(["", ".*", "**", "risk*", "risk.*.x", "*.risk", "risk.", "risk..*", "risk.* ", "a\n.*"])(
    "may not be %j",
    (text) => {
      expect(() => patternOf("scope", text)).toThrow(
        expect.objectContaining({ code: "INVALID", inputPath: ["scope"] }),
      );
    },
  );
});

describe("a permission", () => {
  it("is one of the list, or to move versions into one stage", () => {
    for (const name of Object.keys(permissions)) expect(permissionOf("permission", name)).toBe(name);
    expect(permissionOf("permission", "stage:transition:QA 2")).toBe(transitionTo("QA 2"));
    for (const name of ["", "*", "read", "stage:transition:", "model:write:x", "toString", "__proto__"]) {
      expect(isPermission(name), name).toBe(false);
      expect(() => permissionOf("permission", name)).toThrow(expect.objectContaining({ code: "INVALID" }));
    }
  });

  it("says what it lets one do", () => {
    expect(meaningOf("alias:write")).toBe("set and delete aliases");
    expect(meaningOf("stage:transition:Staging")).toBe("move versions into the stage Staging");
  });

  it("to move versions anywhere includes each stage, not the other way about", () => {
    expect(includes(new Set(["stage:transition"]), "stage:transition:Staging")).toBe(true);
    expect(includes(new Set(["stage:transition:Staging"]), "stage:transition:Staging")).toBe(true);
    expect(includes(new Set(["stage:transition:staging"]), "stage:transition:Staging")).toBe(true);
    expect(includes(new Set(["stage:transition:Staging"]), "stage:transition:Production")).toBe(false);
    expect(includes(new Set(["stage:transition:Staging"]), "stage:transition")).toBe(false);
  });
});

describe("an actor", () => {
  const ann = actorWith(held({ "risk.*": ["registry:read", "model:write"], plain: ["registry:read"] }));

  it("may do what a role allows where it is held", () => {
    expect(ann.may("model:write", "risk.a")).toBe(true);
    expect(ann.may("model:write", "plain")).toBe(false);
    expect(ann.may("alias:write", "risk.a")).toBe(false);
    expect(ann.mayAnywhere("model:write")).toBe(true);
    expect(ann.mayAnywhere("alias:write")).toBe(false);
    expect(ann.readableScopes).toEqual(["plain", "risk.*"]);
    expect(ann.readsEverything).toBe(false);
  });

  it("may do it all over a pattern only where one of its own covers all of that", () => {
    expect(ann.mayAllOver("model:write", "risk.a.*")).toBe(true);
    expect(ann.mayAllOver("model:write", "*")).toBe(false);
    const halves = actorWith(held({ "a.*": ["registry:read"], "b.*": ["registry:read"] }));
    expect(halves.mayAllOver("registry:read", "*")).toBe(false);
  });

  it("may do no more than its token, wherever that is narrowed to", () => {
    fc.assert(
      fc.property(
        fc.dictionary(pattern, fc.subarray(["registry:read", "model:write"]), { maxKeys: 4 }),
        fc.dictionary(pattern, fc.subarray(["registry:read", "model:write"]), { maxKeys: 4 }),
        scope,
        (roles, token, name) => {
          const narrowed = actorWith(held(roles), held(token));
          const may = (by: typeof roles) => actorWith(held(by)).may("model:write", name);
          expect(narrowed.may("model:write", name)).toBe(may(roles) && may(token));
          const readable = narrowed.readableScopes.some((one) => covers(one, name));
          expect(readable).toBe(narrowed.may("registry:read", name));
        },
      ),
    );
  });

  it("is told what it lacks where it may read, and that there is nothing where it may not", () => {
    const absent = () => notFound("model");
    expect(() => ann.must("model:write", "plain", absent)).toThrow(
      expect.objectContaining({
        code: "FORBIDDEN",
        message: "ann may not do this: it needs model:write on plain",
      }),
    );
    expect(() => ann.must("model:write", "elsewhere", absent)).toThrow(
      expect.objectContaining({ code: "NOT_FOUND" }),
    );
    expect(() => ann.must("model:write", "")).toThrow(
      "ann may not do this: it needs model:write on the empty scope",
    );
    expect(() => ann.mustAllOver("model:write", "*")).toThrow("it needs model:write on *");
    expect(() => ann.mustAnywhere("alias:write")).toThrow("it needs alias:write on any scope");
  });
});
