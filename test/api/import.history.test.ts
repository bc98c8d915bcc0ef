import { beforeAll, describe, expect, it } from "vitest";
import { type Registry, registryOf } from "../support/registry.ts";
import { rowCounts } from "../support/row-counts.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  return world.close;
});

const inYear = (year: number, month = 1) => new Date(Date.UTC(year, month - 1)).toISOString();
const importing = (batch: object) =>
  registry.attempt("importHistory", { batch: { source: "test", ...batch } }, "imported unchanged");
const taken = async (batch: object) => {
  const { userErrors, ...counts } = await importing(batch);
  expect(userErrors).toEqual([]);
  return counts;
};
const refusal = async (batch: object) => {
  const before = await rowCounts(world.settings);
  const { userErrors } = await importing(batch);
  expect(await rowCounts(world.settings)).toEqual(before);
  expect(userErrors).toHaveLength(1);
  return userErrors[0];
};

/** A model of one version. */
const historyOf = (model: string, version: object) => ({
  models: [{ name: model, createdAt: inYear(2019) }],
  versions: [{ model, number: 1, externalId: `there:${model}/1`, ...version }],
});

async function standing(name: string, stage: string, asOf: string): Promise<number[]> {
  const { model } = await world.ask(
    `query ($name: String!, $stage: String!, $asOf: DateTime) {
      model(name: $name) { inStage(stage: $stage, asOf: $asOf, basis: OCCURRED) { number } } }`,
    { name, stage, asOf },
  );
  return model.inStage.map(({ number }: { number: number }) => number);
}

async function movesOf(ref: string): Promise<string[][]> {
  const { modelVersion } = await world.ask("query ($ref: VersionRef!) { modelVersion(ref: $ref) { id } }", {
    ref,
  });
  const { registryEvents } = await world.ask(
    `query ($id: ID!) { registryEvents(after: "start", filter: { subject: $id }) { nodes { type occurredAt payload } } }`,
    { id: modelVersion.id },
  );
  type Move = { type: string; occurredAt: string; payload: { from: string; to: string } };
  return registryEvents.nodes
    .filter(({ type }: Move) => type === "stage.changed")
    .map(({ occurredAt, payload: { from, to } }: Move) => [from, to, occurredAt]);
}

describe("stays that importHistory takes over", () => {
  it("begin in None, whatever comes after", async () => {
    const stays = [{ stage: "Staging", from: inYear(2020), until: inYear(2021) }];
    await taken(historyOf("stays", { createdAt: inYear(2019), stays, stage: "Production" }));
    for (const [when, stage] of [
      [inYear(2019, 6), "None"],
      [inYear(2020, 6), "Staging"],
      [inYear(2021, 6), "Production"],
    ] as const) {
      for (const other of ["None", "Staging", "Production"])
        expect(await standing("stays", other, when)).toEqual(other === stage ? [1] : []);
    }
  });

  it("begin with the first stay where nothing tells when the version was made", async () => {
    const stays = [{ stage: "Staging", from: inYear(2020), until: inYear(2021) }];
    await taken(historyOf("unmade", { updatedAt: inYear(2022), stays, stage: "None" }));
    expect(await standing("unmade", "Staging", inYear(2020, 6))).toEqual([1]);
    expect(await standing("unmade", "None", inYear(2021, 6))).toEqual([1]);
  });

  it("are no moves where the version stands there already", async () => {
    const stays = [
      { stage: "none", from: inYear(2019), until: inYear(2020) },
      { stage: "Staging", from: inYear(2020), until: inYear(2021) },
      { stage: "staging", from: inYear(2021), until: inYear(2022) },
      { stage: "None", from: inYear(2023), until: inYear(2024) },
    ];
    await taken(historyOf("still", { createdAt: inYear(2019), stays }));
    expect(await movesOf("still/1")).toEqual([
      ["None", "Staging", inYear(2020)],
      ["Staging", "None", inYear(2022)],
    ]);
  });

  it("tell why they began and who decided", async () => {
    const stays = [
      {
        stage: "Staging",
        from: inYear(2020),
        until: inYear(2021),
        comment: "good enough",
        attributedTo: "Ada",
      },
      { stage: "Production", from: inYear(2022), comment: "better" },
    ];
    await taken(historyOf("told", { createdAt: inYear(2019), stays, stage: "production" }));
    const { modelVersion } = await world.ask(
      `{ modelVersion(ref: "told/1") { id stage transitions { nodes { to at comment } } } }`,
    );
    expect(modelVersion).toMatchObject({
      stage: "Production",
      transitions: {
        nodes: [
          { to: "Production", at: inYear(2022), comment: "better" },
          { to: "None", at: inYear(2021), comment: null },
          { to: "Staging", at: inYear(2020), comment: "good enough" },
        ],
      },
    });
    const { registryEvents } = await world.ask(
      `query ($id: ID!) { registryEvents(after: "start", filter: { subject: $id }) { nodes { type attributedTo } } }`,
      { id: modelVersion.id },
    );
    expect(registryEvents.nodes).toEqual([
      { type: "version.registered", attributedTo: null },
      { type: "stage.changed", attributedTo: "Ada" },
      { type: "stage.changed", attributedTo: null },
      { type: "stage.changed", attributedTo: null },
    ]);
  });

  it("list a version once where they overlap by the time they happened", async () => {
    await taken(
      historyOf("overlap", { createdAt: inYear(2019), updatedAt: inYear(2090), stage: "Production" }),
    );
    await registry.promote("overlap/1", "None");
    expect(await standing("overlap", "None", inYear(2085))).toEqual([1]);
  });

  const stay = { stage: "Staging", from: inYear(2020), until: inYear(2021) };
  it.each([
    [{ stays: [{ ...stay, until: inYear(2019) }] }, "stays.0.until"],
    [{ stays: [{ ...stay, from: inYear(2018) }] }, "stays.0.from"],
    [{ stays: [stay, { ...stay, until: inYear(2022) }] }, "stays.1.from"],
    [{ stays: [{ ...stay, comment: "c".repeat(5_001) }] }, "stays.0.comment"],
    [{ stays: [{ ...stay, attributedTo: "n".repeat(256) }] }, "stays.0.attributedTo"],
    [{ deletedAt: inYear(2018) }, "deletedAt"],
    [{ stays: [stay], deletedAt: inYear(2020, 6) }, "deletedAt"],
  ])("must not run backwards, nor say too much: %#", async (version, path) => {
    expect(await refusal(historyOf("backwards", { createdAt: inYear(2019), ...version }))).toMatchObject({
      code: "INVALID",
      path: ["input", "batch", "versions", "0", ...path.split(".")],
    });
  });
});

describe("names that importHistory takes over", () => {
  it("are the same however their letters are composed", async () => {
    const batch = historyOf("composed", { externalId: "re\u0301gression/1" });
    expect(await taken(batch)).toEqual({ imported: 2, unchanged: 0 });
    const before = await rowCounts(world.settings);
    expect(await taken(batch)).toEqual({ imported: 0, unchanged: 2 });
    expect(await taken(historyOf("composed", { externalId: "r\u00e9gression/1" }))).toMatchObject({
      imported: 0,
    });
    expect(await rowCounts(world.settings)).toEqual(before);
  });

  it.each([
    [{ externalId: "" }, "externalId"],
    [{ externalId: "a " }, "externalId"],
    [{ statusMessage: "m".repeat(5_001) }, "statusMessage"],
    [{ statusMessage: "a\u0000b" }, "statusMessage"],
    [{ attributedTo: "n".repeat(256) }, "attributedTo"],
    [{ attributedTo: "a\u0000b" }, "attributedTo"],
  ])("and texts are checked: %#", async (version, field) => {
    expect(await refusal(historyOf("checked", version))).toMatchObject({
      code: "INVALID",
      path: ["input", "batch", "versions", "0", field],
    });
  });

  it("find nothing with a space at their end", async () => {
    await taken({ ...historyOf("fraud", {}), experiments: [{ name: "risk" }] });
    const aliases = [{ model: "fraud ", alias: "champion", version: 1 }];
    expect(await refusal({ aliases })).toMatchObject({ code: "NOT_FOUND" });
    const versions = [{ model: "fraud ", number: 2, externalId: "x" }];
    expect(await refusal({ versions })).toMatchObject({ code: "NOT_FOUND" });
    const run = { runId: "f".repeat(32), experiment: "risk ", status: "FINISHED" };
    expect(await refusal({ runs: [run] })).toMatchObject({ code: "NOT_FOUND" });
    await registry.mutate("setAlias", { model: "fraud", alias: "champion", version: 1 });
    const found = `query ($model: String!, $experiment: String!) { model(name: $model) { name } experiment(name: $experiment) { name } }`;
    expect(await world.ask(found, { model: "fraud ", experiment: "risk " })).toEqual({
      model: null,
      experiment: null,
    });
    for (const ref of ["fraud /1", "fraud @champion", "fraud@champion "]) {
      const { data } = await world.graphql(
        "query ($ref: VersionRef!) { modelVersion(ref: $ref) { number } }",
        {
          ref,
        },
      );
      expect(data).toEqual({ modelVersion: null });
    }
    expect(await registry.refusal("updateModel", { model: "fraud ", owner: "x" })).toMatchObject({
      code: "NOT_FOUND",
    });
  });
});
