import { describe, expect, it } from "vitest";
import type { Stage } from "../../src/registry/stage.entity.ts";
import type { RetentionRule } from "../../src/retention/retention.entity.ts";
import {
  fateOf,
  type PastStay,
  type Protection,
  standardRetention,
} from "../../src/retention/retention.rules.ts";

const day = 24 * 3_600_000;
const stage = (name: string, position: number, more: Partial<Stage> = {}): Stage => ({
  ...{ name, position, isLive: false, isRetired: false, synonyms: [], allowedMoves: [], removedAt: null },
  ...more,
});
const stages = [
  stage("None", 0),
  stage("Staging", 1),
  stage("Production", 2, { isLive: true }),
  stage("Archived", 3, { isRetired: true }),
];
const free = { isHeld: false, alias: null, isAsked: false };
const now = Date.UTC(2026, 0, 1);
const left = (name: string, daysAgo: number): PastStay => ({ stage: name, toAt: now - daysAgo * day });
const stands = (name: string): PastStay => ({ stage: name, toAt: null });

interface Wish extends Partial<Protection> {
  rank?: number;
  rules?: readonly RetentionRule[];
}

function fate(stays: PastStay[], { rank = 99, rules = standardRetention.rules, ...protection }: Wish = {}) {
  const isAmongLast = (_: string, count: number) => rank <= count;
  return fateOf({ stays, isAmongLast }, rules, stages, { ...free, ...protection }, now);
}

describe("by the standard", () => {
  it.each([
    ["stands in Staging", [left("None", 900), stands("Staging")], "KEEP", null],
    ["stands in Production", [left("Staging", 900), stands("Production")], "KEEP", null],
    ["never left None", [stands("None")], "KEEP", null],
    ["went from None to Archived", [left("None", 9_000), stands("Archived")], "KEEP", null],
    ["left Staging 89 days ago", [left("Staging", 89), stands("Archived")], "KEEP", -1],
    ["left Staging 90 days ago", [left("Staging", 90), stands("Archived")], "PURGE", 0],
    ["left Staging for None", [left("Staging", 91), stands("None")], "PURGE", 1],
    ["was deleted in Staging", [left("Staging", 91)], "PURGE", 1],
    ["came to Staging anew", [left("Staging", 900), left("Archived", 10), stands("Staging")], "KEEP", null],
    ["left Production for Staging", [left("Production", 9_000), stands("Staging")], "KEEP", null],
    ["left Production 364 days ago", [left("Production", 364), stands("Archived")], "KEEP", -1],
    ["left Production a year ago", [left("Production", 365), stands("Archived")], "COLD", 0],
    ["left Production 4 years ago", [left("Production", 1_460), stands("Archived")], "PURGE", 0],
    [
      "was in Production twice",
      [left("Production", 2_000), left("Production", 10), stands("Archived")],
      "KEEP",
      -355,
    ],
    [
      "was in Staging after Production",
      [left("Production", 1_500), left("Staging", 1), stands("Archived")],
      "PURGE",
      40,
    ],
  ])("a version that %s: %#", (_, stays, action, daysDue) => {
    const { action: found, at } = fate(stays);
    expect([found, at]).toEqual([action, daysDue === null ? null : now - daysDue * day]);
  });

  it.each([
    [1, "KEEP"],
    [2, "KEEP"],
    [3, "PURGE"],
  ])("the %s. version before that in Production: %s", (rank, action) => {
    expect(fate([left("Production", 5_000), stands("Archived")], { rank }).action).toBe(action);
  });
});

describe("whatever the rules say, a version is kept", () => {
  const due = [left("Staging", 91), stands("Archived")];
  it.each([
    ["under legal hold", { isHeld: true }, "under legal hold; but for that: it left Staging on 2025-10-02"],
    ["that an alias points to", { alias: "champion" }, "the alias champion points to it; but for that"],
    ["that somebody asks for", { isAsked: true }, "somebody asks for its transition; but for that"],
  ])("%s", (_, protection, reason) => {
    expect(fate(due).action).toBe("PURGE");
    const { action, at, reason: told } = fate(due, protection);
    expect([action, at]).toEqual(["KEEP", null]);
    expect(told).toContain(reason);
  });

  it("in a live stage, though a rule for it keeps nothing", () => {
    const rules = [{ stage: "Production", keepDays: 0, keepLast: null, coldAfterDays: null }];
    expect(fate([stands("Production")], { rules })).toMatchObject({ action: "KEEP", at: null });
  });
});

it("a rule that only keeps the last ones lets nothing go", () => {
  const rules = [{ stage: "Production", keepDays: null, keepLast: 2, coldAfterDays: null }];
  expect(fate([left("Production", 9_000)], { rules })).toMatchObject({ action: "KEEP", at: null });
});

it("a rule speaks of its stage by any of its names", () => {
  const known = [stage("None", 0), stage("Rehearsal", 1, { synonyms: ["staging"] })];
  const history = { stays: [left("Staging", 91)], isAmongLast: () => false };
  expect(fateOf(history, standardRetention.rules, known, free, now).action).toBe("PURGE");
});
