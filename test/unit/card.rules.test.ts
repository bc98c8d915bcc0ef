import { describe, expect, it } from "vitest";
import { CardStatus } from "../../src/registry/card.entity.ts";
import { isForEvaluation, isFresh, statusAfter } from "../../src/registry/card.rules.ts";

const { DRAFT, IN_REVIEW, APPROVED } = CardStatus;

describe("a card is fresh", () => {
  const confirmed = { digest: "a", confirmedDigest: "a", confirmedSeq: 7, evidenceSeq: 5 };
  it.each([
    ["once a person has confirmed it after the evidence changed", confirmed, true],
    ["and not before that", { ...confirmed, confirmedDigest: null, confirmedSeq: null }, false],
    ["and not where the evidence has changed since", { ...confirmed, evidenceSeq: 8 }, false],
    ["and not where it says something that no person has confirmed", { ...confirmed, digest: "b" }, false],
    ["where a service has put back what a person confirmed", { ...confirmed, digest: "a" }, true],
    ["where the version has no evidence at all", { ...confirmed, evidenceSeq: null }, true],
    ["and not by the very event that changed the evidence", { ...confirmed, evidenceSeq: 7 }, false],
    [
      "and not while its confirmation has no place in the journal",
      { ...confirmed, confirmedSeq: null },
      false,
    ],
  ])("%s", (_, facts, fresh) => {
    expect(isFresh(facts)).toBe(fresh);
  });
});

describe("the status of a card", () => {
  it.each([
    ["begins as a draft", null, null, DRAFT],
    ["begins as given", null, IN_REVIEW, IN_REVIEW],
    ["stays while it says the same", { status: APPROVED, digest: "new" }, null, APPROVED],
    ["falls back where it says something new", { status: APPROVED, digest: "old" }, null, DRAFT],
    ["falls back from review, too", { status: IN_REVIEW, digest: "old" }, null, DRAFT],
    ["is what is given with something new", { status: DRAFT, digest: "old" }, APPROVED, APPROVED],
  ])("%s", (_, known, given, status) => {
    expect(statusAfter(known, { digest: "new", status: given })).toBe(status);
  });
});

it("data is for training unless its role says test, evaluation or validation", () => {
  const roles = ["", "train", "training", "test", "TEST", "eval", "evaluation", "validation", "contest"];
  expect(roles.filter(isForEvaluation)).toEqual(["test", "TEST", "eval", "evaluation", "validation"]);
});
