import { beforeAll, describe, expect, it } from "vitest";
import { type Registry, registryOf } from "../support/registry.ts";
import { rowCounts } from "../support/row-counts.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  await modelIn("lost", ["None"]);
  return world.close;
});

/** A model with versions in these stages. */
async function modelIn(name: string, stages: string[]): Promise<void> {
  await registry.model(name);
  for (const [at, stage] of stages.entries()) {
    await registry.version(name);
    if (stage !== "None") await registry.promote(`${name}/${at + 1}`, stage);
  }
}

async function stagesOf(name: string): Promise<string[]> {
  const { model } = await world.ask(
    `query ($name: String!) { model(name: $name) { versions(orderBy: { field: NUMBER, direction: ASC }, first: 100) { nodes { stage } } } }`,
    { name },
  );
  return model.versions.nodes.map(({ stage }: { stage: string }) => stage);
}

const stages = ["None", "Staging", "Production", "Archived"];

describe("transitionModelVersion", () => {
  it("moves a version from any stage to any other, and tells who, when, why and how it was judged", async () => {
    await modelIn("walker", ["None"]);
    const path = [
      "Staging",
      "None",
      "Production",
      "Staging",
      "Archived",
      "Production",
      "Archived",
      "None",
      "Archived",
      "Staging",
      "Production",
      "None",
    ];
    let from = "None";
    for (const to of path) {
      const { modelVersion, stageChange, archived, verdict } = await registry.promote("walker/1", to, {
        comment: `to ${to}`,
      });
      expect(modelVersion).toMatchObject({ number: 1, stage: to });
      expect(stageChange).toMatchObject({ from, to, comment: `to ${to}` });
      expect(archived).toEqual([]);
      expect(verdict).toMatchObject({ allowed: true, effects: [`walker/1: ${from} → ${to}`] });
      expect(verdict.checks[0]).toEqual({
        name: "allowed move",
        passed: true,
        says: `${from} may go to ${to}`,
      });
      from = to;
    }
    const { modelVersion } = await world.ask(`{ modelVersion(ref: "walker/1") { revision
      transitions(first: 3) { nodes { from to comment actor { name } isAutomatic isImported at modelVersion { number } verdict { allowed } } totalCount } } }`);
    expect(modelVersion.revision).toBe(path.length + 1);
    expect(modelVersion.transitions.totalCount).toBe(path.length);
    expect(modelVersion.transitions.nodes[0]).toEqual({
      from: "Production",
      to: "None",
      comment: "to None",
      actor: { name: "administrator" },
      isAutomatic: false,
      isImported: false,
      at: expect.stringMatching(/Z$/),
      modelVersion: { number: 1 },
      verdict: { allowed: true },
    });
  });

  it.each(stages)("takes %s in any case", async (stage) => {
    const oddly = [...stage]
      .map((letter, at) => (at % 2 ? letter.toUpperCase() : letter.toLowerCase()))
      .join("");
    for (const spelled of [stage, stage.toLowerCase(), stage.toUpperCase(), oddly]) {
      const name = `spelled ${spelled}`;
      await modelIn(name, [stage === "None" ? "Staging" : "None"]);
      const { modelVersion } = await registry.promote(`${name}/1`, spelled, {
        expectedStage: stage === "None" ? "STAGING" : "none",
      });
      expect(modelVersion.stage).toBe(stage);
    }
  });

  it.each([
    ["to", { to: "Limbo" }],
    ["to", { to: "" }],
    ["to", { to: "Production " }],
    ["to", { to: "Prod" }],
    ["to", { to: "Production\u0000" }],
    ["to", { to: "x".repeat(10_000) }],
    ["expectedStage", { to: "Staging", expectedStage: "nowhere" }],
    ["expectedStage", { to: "Staging", expectedStage: "" }],
  ])("refuses an unknown stage in %s: %#", async (field, input) => {
    const before = await rowCounts(world.settings);
    const refusal = await registry.refusal("transitionModelVersion", { version: "lost/1", ...input });
    expect(refusal).toMatchObject({ code: "INVALID", path: ["input", field] });
    expect(refusal.message).toContain(`${field}: expected one of None, Staging, Production, Archived; got "`);
    expect(await rowCounts(world.settings)).toEqual(before);
  });

  it("moves only from where the caller has seen it", async () => {
    await modelIn("seen", ["Staging"]);
    const input = { version: "seen/1", to: "Production", expectedStage: "None" };
    expect(await registry.refusal("transitionModelVersion", input)).toEqual({
      code: "CONFLICT",
      message: "version seen/1 is in Staging; None was expected",
      path: ["input", "expectedStage"],
    });
    const payload = await registry.attempt("transitionModelVersion", input);
    expect(payload).toMatchObject({ modelVersion: null, stageChange: null, archived: [], verdict: null });
    await registry.promote("seen/1", "Production", { expectedStage: "staging" });
    const again = { ...input, expectedStage: "Staging" };
    expect(await registry.refusal("transitionModelVersion", again)).toMatchObject({ code: "CONFLICT" });
  });

  it("succeeds and records nothing where the version stands there already", async () => {
    await modelIn("settled", ["Production"]);
    const before = await rowCounts(world.settings);
    const { modelVersion, stageChange, verdict } = await registry.promote("settled/1", "production", {
      comment: "again",
    });
    expect(modelVersion).toMatchObject({ stage: "Production", revision: 2 });
    expect(stageChange).toBeNull();
    expect(verdict).toMatchObject({ allowed: true, effects: [] });
    expect(await rowCounts(world.settings)).toEqual(before);
  });

  it("changes and records nothing in a dry run, which says what it would do and uses up no key", async () => {
    await modelIn("tried", ["Production", "Production", "Staging"]);
    const before = await rowCounts(world.settings);
    const input = { version: "tried/3", to: "Production", archiveExisting: true, idempotencyKey: "tried" };
    for (let turn = 0; turn < 2; turn++) {
      const payload = await registry.mutate("transitionModelVersion", { ...input, dryRun: true });
      expect(payload.modelVersion).toMatchObject({ number: 3, stage: "Staging" });
      expect(payload.stageChange).toBeNull();
      expect(payload.archived).toEqual([
        expect.objectContaining({ number: 1, stage: "Production" }),
        expect.objectContaining({ number: 2, stage: "Production" }),
      ]);
      expect(payload.verdict).toMatchObject({
        allowed: true,
        effects: [
          "tried/3: Staging → Production",
          "tried/1: Production → Archived",
          "tried/2: Production → Archived",
        ],
      });
    }
    expect(await rowCounts(world.settings)).toEqual(before);
    expect(await stagesOf("tried")).toEqual(["Production", "Production", "Staging"]);
    expect((await registry.mutate("transitionModelVersion", input)).archived).toHaveLength(2);
    expect(await stagesOf("tried")).toEqual(["Archived", "Archived", "Production"]);
  });

  it("leaves others where they are unless asked to archive them", async () => {
    await modelIn("shared", ["Production", "None"]);
    await registry.promote("shared/2", "Production");
    expect(await stagesOf("shared")).toEqual(["Production", "Production"]);
  });

  it.each([
    ["a comment too long", { comment: "x".repeat(5_001) }, "comment"],
    ["a comment with NUL", { comment: "a\u0000" }, "comment"],
  ])("refuses %s", async (label, more, field) => {
    await modelIn(label, ["None"]);
    const input = { version: `${label}/1`, to: "Staging", ...more };
    expect(await registry.refusal("transitionModelVersion", input)).toMatchObject({
      code: "INVALID",
      path: ["input", field],
    });
    expect(await stagesOf(label)).toEqual(["None"]);
  });

  it("keeps a long comment in many scripts as it is", async () => {
    await modelIn("commented", ["None"]);
    const comment = "🦊あ\n\t'\"\\".repeat(500);
    const { stageChange } = await registry.promote("commented/1", "Staging", { comment });
    expect(stageChange.comment).toBe(comment);
  });
});
