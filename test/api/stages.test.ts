import { beforeAll, describe, expect, it } from "vitest";
import { inLanes, type Registry, registryOf } from "../support/registry.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;
let now = Date.UTC(2026, 0, 1);
const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
const tick = (second: number) => {
  now = Date.UTC(2026, 0, 1, 0, 0, second);
};

/** m/1: None at 10, Production 20–40, Archived 40, deleted at 50. m/2: None at 30, Production at 40. */
beforeAll(async () => {
  world = await startWorld({ clock: () => now });
  registry = registryOf(world);
  tick(5);
  await registry.model("m");
  tick(10);
  await registry.version("m");
  tick(20);
  await registry.promote("m/1", "Production");
  tick(30);
  await registry.version("m");
  tick(40);
  await registry.promote("m/2", "Production", { archiveExisting: true });
  tick(50);
  await registry.mutate("deleteModelVersion", { version: "m/1" });
  tick(60);
  return world.close;
});

const query = `query ($stage: String!, $asOf: DateTime, $basis: TimeBasis!) {
  model(name: "m") { inStage(stage: $stage, asOf: $asOf, basis: $basis) { number } } }`;

async function standing(stage: string, asOf: string | null, basis: string): Promise<number[]> {
  const { model } = await world.ask(query, { stage, asOf, basis });
  return model.inStage.map(({ number }: { number: number }) => number);
}

describe.each(["RECORDED", "OCCURRED"])("inStage by the time things %s", (basis) => {
  it.each([
    [9, [], [], []],
    [10, [1], [], []],
    [19.999, [1], [], []],
    [20, [], [1], []],
    [29, [], [1], []],
    [30, [2], [1], []],
    [39, [2], [1], []],
    [40, [], [2], [1]],
    [49, [], [2], [1]],
    [50, [], [2], []],
    [999, [], [2], []],
    [-999_999_999, [], [], []],
  ])("tells second %d as it was", async (second, none, production, archived) => {
    expect(await standing("None", at(second), basis)).toEqual(none);
    expect(await standing("Production", at(second), basis)).toEqual(production);
    expect(await standing("Archived", at(second), basis)).toEqual(archived);
    expect(await standing("Staging", at(second), basis)).toEqual([]);
  });

  it("tells now where no time is given", async () => {
    expect(await standing("production", null, basis)).toEqual([2]);
    expect(await standing("ARCHIVED", null, basis)).toEqual([]);
  });
});

describe("inStage", () => {
  it("lists the highest numbers first, at most 100, then and now", async () => {
    await registry.model("many");
    await inLanes(4, 103, () => registry.version("many"));
    await registry.promote("many/50", "Staging");
    const asked = `query ($asOf: DateTime) { model(name: "many") { inStage(stage: "None", asOf: $asOf) { number } } }`;
    const expected = Array.from({ length: 103 }, (_, at) => 103 - at)
      .filter((number) => number !== 50)
      .slice(0, 100);
    for (const asOf of [null, at(60)]) {
      const { model } = await world.ask(asked, { asOf });
      expect(model.inStage.map(({ number }: { number: number }) => number)).toEqual(expected);
    }
  });

  it("asks once for all models of a page, whatever the moment", async () => {
    for (let turn = 0; turn < 5; turn++) {
      await registry.version(`paged ${turn}`, { createModel: true });
      await registry.promote(`paged ${turn}/1`, "Staging");
    }
    const asked = `query ($first: Int, $asOf: DateTime) { models(first: $first, filter: { name: { startsWith: "paged " } }) { nodes { inStage(stage: "staging", asOf: $asOf) { number } } } }`;
    for (const asOf of [null, at(60)]) {
      const cost = async (first: number) =>
        (
          await world.statementsOf(async () => {
            const { models } = await world.ask(asked, { first, asOf });
            expect(models.nodes).toEqual(Array(first).fill({ inStage: [{ number: 1 }] }));
          })
        ).length;
      expect(await cost(5)).toBe(await cost(1));
    }
  });

  it.each([["Limbo"], [""], ["Production "], ["Production\u0000"]])("knows no stage %j", async (stage) => {
    const { data, errors } = await world.graphql(query, { stage, asOf: null, basis: "RECORDED" });
    expect(data).toEqual({ model: null });
    expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT", argumentPath: ["stage"] } }]);
    expect(errors![0]!.message).toContain("stage: expected one of None, Staging, Production, Archived; got ");
  });

  it("keeps to the order of recording where the clock runs back", async () => {
    await registry.model("backwards");
    tick(100);
    await registry.version("backwards");
    tick(90);
    await registry.promote("backwards/1", "Staging");
    tick(110);
    const asked = `query ($asOf: DateTime) { model(name: "backwards") { none: inStage(stage: "None", asOf: $asOf) { number } staging: inStage(stage: "Staging", asOf: $asOf) { number } } }`;
    expect((await world.ask(asked, { asOf: at(99) })).model).toEqual({ none: [], staging: [] });
    expect((await world.ask(asked, { asOf: at(100) })).model).toEqual({ none: [], staging: [{ number: 1 }] });
  });
});

it("tells imported stays by when they happened, and by when they became known", async () => {
  tick(200);
  const day = (date: number) => `2025-03-${String(date).padStart(2, "0")}T00:00:00.000Z`;
  const version = {
    model: "imported",
    number: 4,
    externalId: "x",
    createdAt: day(1),
    stays: [
      { stage: "Staging", from: day(2), until: day(4) },
      { stage: "Production", from: day(4), until: day(8) },
    ],
    stage: "Archived",
    updatedAt: day(8),
  };
  const batch = { source: "test", models: [{ name: "imported", createdAt: day(1) }], versions: [version] };
  await registry.mutate("importHistory", { batch }, "imported");
  const asked = `query ($asOf: DateTime!, $basis: TimeBasis!) { model(name: "imported") {
    None: inStage(stage: "None", asOf: $asOf, basis: $basis) { number } Staging: inStage(stage: "Staging", asOf: $asOf, basis: $basis) { number }
    Production: inStage(stage: "Production", asOf: $asOf, basis: $basis) { number } Archived: inStage(stage: "Archived", asOf: $asOf, basis: $basis) { number } } }`;
  const stageAt = async (asOf: string, basis: string) => {
    const { model } = await world.ask(asked, { asOf, basis });
    const stages = Object.entries(model as Record<string, object[]>).filter(
      ([, versions]) => versions.length > 0,
    );
    return stages.map(([stage]) => stage).join();
  };
  expect(await stageAt("2025-02-28T23:59:59.999Z", "OCCURRED")).toBe("");
  const happened = [
    "None",
    "Staging",
    "Staging",
    "Production",
    "Production",
    "Production",
    "Production",
    "Archived",
  ];
  for (const [index, stage] of happened.entries()) {
    expect(await stageAt(day(index + 1), "OCCURRED"), day(index + 1)).toBe(stage);
    expect(await stageAt(day(index + 1), "RECORDED")).toBe("");
  }
  expect(await stageAt(at(199), "RECORDED")).toBe("");
  expect(await stageAt(at(200), "RECORDED")).toBe("Archived");
});

describe("stages", () => {
  it("are four to begin with, each open to every other", async () => {
    const { stages } = await world.ask(`{ stages { name position isLive isRetired synonyms allowedMoves } }`);
    const names = ["None", "Staging", "Production", "Archived"];
    expect(stages).toEqual(
      names.map((name, position) => ({
        name,
        position,
        isLive: name === "Production",
        isRetired: name === "Archived",
        synonyms: { None: ["Candidate", "Development"], Archived: ["Archive"] }[name] ?? [],
        allowedMoves: names.filter((other) => other !== name),
      })),
    );
  });
});
