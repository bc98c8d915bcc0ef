import { describe, expect, it } from "vitest";
import type { Stage } from "../../src/registry/stage.entity.ts";
import { type DefineStagesInput, type StageInput, StagePreset } from "../../src/registry/stage.inputs.ts";
import { changesTo, definitionsOf, emptyFor, type StageDefinition } from "../../src/registry/stage.rules.ts";

const first = { name: "Draft" };
const live = { name: "Live", isLive: true };
const old = { name: "Old", isRetired: true };
const told = (...stages: StageInput[]) => definitionsOf({ stages });
const existing = (...stages: StageInput[]) => told(...stages) as Stage[];

describe("stages as told", () => {
  it("stand in the order they are told in, and lead to every other where nothing is said", () => {
    expect(told(first, { ...live, synonyms: ["Prod"] }, { ...old, allowedMoves: [] })).toEqual([
      {
        name: "Draft",
        position: 0,
        isLive: false,
        isRetired: false,
        synonyms: [],
        allowedMoves: ["Live", "Old"],
      },
      {
        name: "Live",
        position: 1,
        isLive: true,
        isRetired: false,
        synonyms: ["Prod"],
        allowedMoves: ["Draft", "Old"],
      },
      { name: "Old", position: 2, isLive: false, isRetired: true, synonyms: [], allowedMoves: [] },
    ]);
  });

  it("may be named by synonyms, in any case, where moves go: each once, along the way, none to itself", () => {
    const moves = { ...first, allowedMoves: ["OLD", "prod", "Live", "draft"] };
    expect(told(moves, { ...live, synonyms: ["Prod"] }, old)[0]!.allowedMoves).toEqual(["Live", "Old"]);
  });

  it.each([
    ["no stages", [], "stages: expected 1–30 stages; got 0"],
    [
      "31 stages",
      Array.from({ length: 31 }, (_, at) => ({ name: `s${at}` })),
      "stages: expected 1–30 stages",
    ],
    ["an empty name", [{ name: "" }], "stages.0.name: expected 1–64 characters"],
    ["65 characters", [{ name: "x".repeat(65) }], "stages.0.name: expected 1–64 characters"],
    ["a space at its end", [{ name: "a " }], "stages.0.name: expected no spaces at either end"],
    ["a control character", [{ name: "a\u0000" }], "stages.0.name: expected no control characters"],
    ["an unseen character", [{ name: "a\u200d" }], "stages.0.name: expected characters that can be seen"],
    ...["7", "v1.2", "1.2.3", "latest", "LATEST", "a/b", "a@b"].map(
      (name) =>
        [`the name ${name}`, [first, { name }], "stages.1.name: expected a name without / and @"] as const,
    ),
    ["a synonym that is a number", [{ name: "a", synonyms: ["7"] }], "stages.0.synonyms.0: expected a name"],
    ["a name twice", [{ name: "a" }, { name: "A" }], "stages.1.name: expected what no stage is called yet"],
    [
      "a name that is another's synonym",
      [{ name: "a", synonyms: ["B"] }, { name: "b" }],
      "stages.1.name: expected what no stage is called yet",
    ],
    [
      "a synonym that is another's",
      [
        { name: "a", synonyms: ["É"] },
        { name: "b", synonyms: ["e\u0301"] },
      ],
      "stages.1.synonyms.0: expected what no stage is called yet",
    ],
    ["its own name as a synonym", [{ name: "a", synonyms: ["A"] }], "stages.0.synonyms.0: expected what no"],
    [
      "21 synonyms",
      [{ name: "a", synonyms: Array.from({ length: 21 }, (_, at) => `s${at}`) }],
      "stages.0.synonyms: expected at most 20; got 21",
    ],
    ["a live first stage", [{ name: "a", isLive: true }], "stages.0.isLive: expected no"],
    ["a retired first stage", [{ name: "a", isRetired: true }], "stages.0.isRetired: expected no"],
    ["live and retired", [first, { ...live, isRetired: true }], "stages.1.isRetired: expected no for a live"],
    [
      "two retired stages",
      [first, old, { name: "Gone", isRetired: true }],
      "stages.2.isRetired: expected one retired stage at most",
    ],
    [
      "a move to nowhere",
      [{ ...first, allowedMoves: ["Limbo"] }],
      "stages.0.allowedMoves.0: expected one of these stages",
    ],
    [
      "31 moves",
      [{ ...first, allowedMoves: Array(31).fill("Draft") }],
      "stages.0.allowedMoves: expected at most 30",
    ],
  ] as [string, StageInput[], string][])("are refused with %s", (_, stages, message) => {
    expect(() => told(...stages)).toThrow(message);
  });

  it.each([
    [{}],
    [{ stages: null, preset: null }],
    [{ stages: [first], preset: Object.values(StagePreset)[0]! }],
  ])("are either a list or a preset: %j", (input: Pick<DefineStagesInput, "stages" | "preset">) => {
    expect(() => definitionsOf(input)).toThrow("stages: expected either stages or a preset");
  });

  it.each(Object.values(StagePreset))("%s makes sense", (preset) => {
    const stages = definitionsOf({ preset });
    expect(
      stages
        .map(({ name }) => name)
        .join("_")
        .toUpperCase(),
    ).toBe(preset);
    expect(stages.filter(({ isLive }) => isLive).map(({ name }) => name)).toEqual(["Production"]);
    expect(stages.filter(({ isRetired }) => isRetired).map(({ name }) => name)).toEqual(["Archived"]);
  });
});

describe("a new definition", () => {
  const changes = (before: StageInput[], after: StageInput[]) =>
    changesTo(existing(...before), told(...after));

  it.each([
    ["keeps what is called the same", [first, live], [live, first].reverse(), [], []],
    ["removes what is named no more", [first, live, old], [first, live], [], ["Old"]],
    [
      "renames what a new stage answers to",
      [first],
      [{ name: "New", synonyms: ["DRAFT"] }],
      [{ from: "Draft", to: "New" }],
      [],
    ],
    ["renames where the case changes", [first], [{ name: "DRAFT" }], [{ from: "Draft", to: "DRAFT" }], []],
    [
      "removes what an existing stage answers to: its versions would move",
      [first, old],
      [{ ...first, synonyms: ["Old"] }],
      [],
      ["Old"],
    ],
  ] as [string, StageInput[], StageInput[], object[], string[]][])(
    "%s",
    (_, before, after, renamed, removed) => {
      expect(changes(before, after)).toEqual({ renamed, removed });
    },
  );

  it("makes no one stage of two", () => {
    const after = [{ name: "Both", synonyms: ["Draft", "Old"] }];
    expect(() => changes([first, old], after)).toThrow(
      'stages.0.synonyms: expected the name of one former stage at most; got "Old"',
    );
  });

  const needed = (before: StageInput[], after: StageInput[]) => {
    const [then, now] = [existing(...before), told(...after) as StageDefinition[]];
    return [...emptyFor(then, now, changesTo(then, now)).keys()];
  };

  it.each([
    ["a removed stage", [first, old], [first], ["Old"]],
    ["a stage that becomes live", [first, { name: "x" }], [first, { name: "x", isLive: true }], ["x"]],
    ["a stage that is live no more", [first, live], [first, { name: "Live" }], ["Live"]],
    [
      "a renamed stage that becomes live",
      [first, { name: "x" }],
      [first, { name: "y", synonyms: ["x"], isLive: true }],
      ["x"],
    ],
    [
      "a live stage under another name",
      [first, live],
      [first, { name: "y", synonyms: ["Live"], isLive: true }],
      ["Live"],
    ],
    ["no stage that is renamed only", [first], [{ name: "y", synonyms: ["Draft"] }], []],
    ["no stage that is put away now", [first, { name: "x" }], [first, { name: "x", isRetired: true }], []],
  ] as [string, StageInput[], StageInput[], string[]][])("wants empty %s", (_, before, after, stages) => {
    expect(needed(before, after)).toEqual(stages);
  });
});
