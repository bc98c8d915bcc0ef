import { beforeEach, describe, expect, it } from "vitest";
import { person } from "../support/access.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { rowCounts, rowsOf } from "../support/row-counts.ts";
import { startWorld, take, type World } from "../support/world.ts";

// Stages are the whole registry's, so each of these has one of its own.
let world: World;
let registry: Registry;
let now: number;

beforeEach(async () => {
  now = Date.UTC(2026, 0, 1);
  world = await startWorld({ clock: () => now });
  registry = registryOf(world);
  return world.close;
});

const second = { preset: "DEVELOPMENT_STAGING_PRODUCTION_ARCHIVED" };
const usual = [
  { name: "None", synonyms: ["Candidate"] },
  { name: "Staging" },
  { name: "Production", isLive: true },
  { name: "Archived", isRetired: true, synonyms: ["Archive"] },
];

async function stageNames(): Promise<string[]> {
  return (await world.ask("{ stages { name } }")).stages.map(({ name }: { name: string }) => name);
}

async function stageOf(ref: string): Promise<string | null> {
  const { modelVersion } = await world.ask(
    "query ($ref: VersionRef!) { modelVersion(ref: $ref) { stage } }",
    { ref },
  );
  return modelVersion?.stage ?? null;
}

/** Versions of `m` that stand, or stood then, in a stage. */
async function inStage(stage: string, asOf: string | null = null): Promise<number[]> {
  const { model } = await world.ask(
    `query ($stage: String!, $asOf: DateTime) { model(name: "m") { inStage(stage: $stage, asOf: $asOf) { number } } }`,
    { stage, asOf },
  );
  return model.inStage.map(({ number }: { number: number }) => number);
}

/** Versions of `m`, one in each of these stages. */
async function versionsIn(...stages: string[]): Promise<void> {
  await registry.model("m");
  for (const [at, stage] of stages.entries()) {
    await registry.version("m");
    await registry.promote(`m/${at + 1}`, stage);
  }
}

describe("stages of one's own", () => {
  const stages = [
    { name: "Idea", synonyms: ["Draft", "entwurf"], allowedMoves: ["Trial"] },
    { name: "Trial", allowedMoves: ["Idea", "serving"] },
    { name: "Serving", isLive: true, synonyms: ["Prod"] },
    { name: "Gone", isRetired: true },
  ];

  it("are there at once: new versions stand in the first, moves are those allowed", async () => {
    const { stages: told, stageSet } = await registry.mutate("defineStages", { stages });
    expect(stageSet.revision).toBe(2);
    expect(told.map(({ name }: { name: string }) => name)).toEqual(["Idea", "Trial", "Serving", "Gone"]);
    expect(told[1].allowedMoves).toEqual(["Idea", "Serving"]);
    await registry.model("m");
    expect((await registry.version("m")).stage).toBe("Idea");
    expect(await registry.refusal("transitionModelVersion", { version: "m/1", to: "prod" })).toMatchObject({
      code: "REFUSED_BY_POLICY",
      message: "refused: Idea may not go to Serving",
    });
    await registry.promote("m/1", "trial");
    expect((await registry.promote("m/1", "PROD")).stageChange).toMatchObject({
      from: "Trial",
      to: "Serving",
    });
    expect(await registry.refusal("transitionModelVersion", { version: "m/1", to: "Staging" })).toMatchObject(
      {
        code: "INVALID",
        message: 'to: expected one of Idea, Trial, Serving, Gone; got "Staging"',
      },
    );
  });

  it("take in what is imported, and archive into the retired one", async () => {
    await registry.mutate("defineStages", { stages });
    const at = "2025-01-01T00:00:00Z";
    const version = { model: "m", createdAt: at };
    const batch = {
      source: "test",
      models: [{ name: "m", createdAt: at }],
      versions: [
        { ...version, number: 1, externalId: "1", stage: "Prod" },
        { ...version, number: 2, externalId: "2" },
      ],
    };
    await registry.mutate("importHistory", { batch }, "imported");
    expect(await Promise.all(["m/1", "m/2"].map(stageOf))).toEqual(["Serving", "Idea"]);
    await registry.promote("m/2", "Trial");
    await registry.promote("m/2", "Serving", { archiveExisting: true });
    expect(await stageOf("m/1")).toBe("Gone");
  });

  it("answer to their synonyms in any case, wherever a stage is named, and are told by their names", async () => {
    await registry.mutate("defineStages", { stages: usual });
    await versionsIn("candidate", "ARCHIVE");
    expect(await Promise.all(["m/1", "m/2"].map(stageOf))).toEqual(["None", "Archived"]);
    for (const ref of ["m/Candidate", "m/CANDIDATE", "m/none", "models:/m/None"]) {
      const { modelVersion } = await world.ask(`{ modelVersion(ref: "${ref}") { number stage } }`);
      expect(modelVersion, ref).toEqual({ number: 1, stage: "None" });
    }
    expect(await inStage("archive")).toEqual([2]);
    expect(await stageOf("m/Limbo")).toBeNull();
    const input = { version: "m/1", to: "Staging", expectedStage: "candidate" };
    expect((await registry.mutate("transitionModelVersion", input)).modelVersion.stage).toBe("Staging");
  });

  it("are one event of the set, told to everybody who may read something", async () => {
    await registry.mutate("defineStages", { stages });
    const reader = await person(world, "reader", { grants: [["VIEWER", "risk.*"]] });
    const asked = `{ registryEvents(filter: { types: ["stages.defined"] }, first: 10) { nodes { payload subject { id ... on StageSet { revision stages { name } } } } } }`;
    for (const asker of [world, reader]) {
      const { nodes } = (await asker.ask(asked)).registryEvents;
      expect(nodes).toHaveLength(1);
      expect(nodes[0].subject).toMatchObject({ id: expect.stringMatching(/^stg_/), revision: 2 });
      expect(nodes[0].payload).toMatchObject({
        revision: 2,
        renamed: [],
        removed: ["None", "Staging", "Production", "Archived"],
      });
    }
  });

  it("are defined from the revision that the caller has seen, and not again for the same", async () => {
    const input = { stages, expectedRevision: 1 };
    await registry.mutate("defineStages", input);
    expect(await registry.refusal("defineStages", { ...input, stages: usual })).toEqual({
      code: "CONFLICT",
      message: "the stages are at revision 2, not 1",
      path: ["input", "expectedRevision"],
    });
    const before = await rowCounts(world.settings);
    expect((await registry.mutate("defineStages", { stages, expectedRevision: 2 })).stageSet.revision).toBe(
      2,
    );
    expect(await rowCounts(world.settings)).toEqual(before);
  });

  it("are for those with stage:define everywhere", async () => {
    const maintainer = await person(world, "maintainer", { grants: [["MAINTAINER", "*"]] });
    await registry.mutate("defineRole", { name: "STAGER", permissions: ["stage:define"] });
    const partly = await person(world, "partly", { grants: [["STAGER", "risk.*"]] });
    const stager = await person(world, "stager", { grants: [["STAGER", "*"]] });
    const mutation = `mutation ($input: DefineStagesInput!) { defineStages(input: $input) { userErrors { code } } }`;
    for (const asker of [maintainer, partly]) {
      const { errors } = await asker.graphql(mutation, { input: { stages } });
      expect(errors).toMatchObject([{ extensions: { code: "FORBIDDEN" } }]);
    }
    await stager.mutate("defineStages", { stages }, "stages { name }");
  });
});

describe("a stage that versions stand in", () => {
  it("is not removed: past stays keep its name once they have left", async () => {
    await versionsIn("Staging", "Staging");
    const stages = usual.filter(({ name }) => name !== "Staging");
    expect(await registry.refusal("defineStages", { stages })).toEqual({
      code: "CONFLICT",
      message:
        "2 versions stand in Staging: it cannot be removed before they leave it, or another takes its place",
      path: ["input", "stages"],
    });
    expect(await stageNames()).toContain("Staging");
    const then = new Date(now).toISOString();
    now += 1_000;
    await registry.promote("m/1", "None");
    await registry.mutate("deleteModelVersion", { version: "m/2" });
    await registry.mutate("defineStages", { stages });
    expect(await stageNames()).toEqual(["None", "Production", "Archived"]);
    expect(await inStage("staging", then)).toEqual([2, 1]);
    const { errors } = await world.graphql(`{ model(name: "m") { inStage(stage: "Staging") { number } } }`);
    expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
  });

  it("counts with those of deleted models, which can come back", async () => {
    await versionsIn("Staging");
    await registry.mutate("deleteModel", { model: "m" });
    const stages = usual.filter(({ name }) => name !== "Staging");
    expect(await registry.refusal("defineStages", { stages })).toMatchObject({ code: "CONFLICT" });
  });

  it.each([
    [
      "Production",
      "serves no more",
      { isLive: false },
      "1 version stands in Production: isLive cannot become false",
    ],
    ["Staging", "serves", { isLive: true }, "1 version stands in Staging: isLive cannot become true"],
    [
      "Production",
      "is called otherwise",
      { name: "Prod", synonyms: ["Production"] },
      "it is live, and cannot be",
    ],
  ])("and is %s is not one that %s at a stroke", async (name, _, change, message) => {
    await versionsIn(name);
    const stages = usual.map((stage) => (stage.name === name ? { ...stage, ...change } : stage));
    const before = await rowCounts(world.settings);
    const refusal = await registry.refusal("defineStages", { stages });
    expect(refusal).toMatchObject({ code: "CONFLICT", path: ["input", "stages"] });
    expect(refusal.message).toContain(message);
    expect(await rowCounts(world.settings)).toEqual(before);
  });
});

describe("Development, Staging, Production, Archived", () => {
  it("take the place of the first set: what stood in None stands in Development, and stood there before", async () => {
    await versionsIn("None", "Staging", "Production", "Archived");
    await registry.version("m");
    await registry.mutate("deleteModelVersion", { version: "m/5" });
    const then = new Date(now).toISOString();
    now += 1_000;
    const { stages } = await registry.mutate("defineStages", second);
    const names = ["Development", "Staging", "Production", "Archived"];
    expect(stages).toEqual(
      names.map((name, position) => ({
        name,
        position,
        isLive: name === "Production",
        isRetired: name === "Archived",
        synonyms: { Development: ["Candidate", "None"], Archived: ["Archive"] }[name] ?? [],
        allowedMoves: names.filter((other) => other !== name),
      })),
    );
    expect(await Promise.all([1, 2, 3, 4].map((number) => stageOf(`m/${number}`)))).toEqual(names);
    for (const name of ["Development", "None", "candidate"]) {
      expect(await inStage(name)).toEqual([1]);
      expect(await inStage(name, then)).toEqual([1]);
      expect(await stageOf(`m/${name}`)).toBe("Development");
    }
    expect((await registry.version("m")).stage).toBe("Development");
    expect((await registry.promote("m/2", "None")).modelVersion.stage).toBe("Development");
    const unknown = await rowsOf(
      world.settings,
      "SELECT stage FROM model_version UNION ALL SELECT stage FROM stage_change",
    );
    expect(unknown.filter(({ stage }) => !names.includes(String(stage)))).toEqual([]);
  });

  it("go back to the first set, with all that stands in them", async () => {
    await versionsIn("None", "Production");
    await registry.mutate("defineStages", second);
    await registry.mutate("defineStages", { preset: "NONE_STAGING_PRODUCTION_ARCHIVED" });
    expect(await Promise.all(["m/1", "m/2"].map(stageOf))).toEqual(["None", "Production"]);
    expect((await world.ask("{ stageSet { revision } }")).stageSet.revision).toBe(3);
  });

  it("are followed under their names, past moves under the names of then", async () => {
    await versionsIn("Staging");
    await registry.promote("m/1", "None");
    await registry.mutate("defineStages", second);
    await registry.promote("m/1", "Production");
    const answers = world.subscribe(
      `subscription { stageChanged(stages: ["Development"], after: "start") { from to } }`,
    );
    const moves = (await take(answers, 3)).map(({ data }) => data.stageChanged);
    expect(moves).toEqual([
      { from: "None", to: "Staging" },
      { from: "Staging", to: "None" },
      { from: "Development", to: "Production" },
    ]);
    await answers.return?.();
  });

  it("leave rights to a former name without effect", async () => {
    await registry.mutate("defineRole", {
      name: "OPENER",
      permissions: ["registry:read", "stage:transition:None", "stage:transition:Staging"],
    });
    const opener = await person(world, "opener", { grants: [["OPENER", "*"]] });
    await versionsIn("Staging");
    await registry.mutate("defineStages", second);
    const mutation = `mutation { transitionModelVersion(input: { version: "m/1", to: "None" }) { userErrors { code } } }`;
    const { errors } = await opener.graphql(mutation);
    expect(errors).toMatchObject([{ extensions: { code: "FORBIDDEN" } }]);
    expect(errors![0]!.message).toContain("stage:transition:Development");
  });
});
