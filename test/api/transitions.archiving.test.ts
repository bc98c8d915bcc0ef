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

async function changesOf(name: string) {
  const { registryEvents } = await world.ask(
    `query ($name: String!) { registryEvents(first: 100, filter: { model: $name, types: ["stage.changed"] }) { nodes { groupSeq seq payload } } }`,
    { name },
  );
  return registryEvents.nodes;
}

describe("archiveExisting", () => {
  it("archives every other version of the stage, one event each, all in one group", async () => {
    await modelIn("succession", ["Production", "Staging", "Production", "None", "Archived"]);
    await modelIn("bystander", ["Production"]);
    const earlier = (await changesOf("succession")).length;
    const { archived, verdict } = await registry.promote("succession/4", "Production", {
      archiveExisting: true,
      comment: "the new one",
    });
    expect(archived).toMatchObject([
      { number: 1, stage: "Archived" },
      { number: 3, stage: "Archived" },
    ]);
    expect(verdict.checks.map(({ name }: { name: string }) => name)).toEqual([
      "allowed move",
      "ready",
      "archive existing",
    ]);
    expect(await stagesOf("succession")).toEqual([
      "Archived",
      "Staging",
      "Archived",
      "Production",
      "Archived",
    ]);
    expect(await stagesOf("bystander")).toEqual(["Production"]);
    const events = (await changesOf("succession")).slice(earlier);
    expect(events).toHaveLength(3);
    expect(new Set(events.map(({ groupSeq }: { groupSeq: number }) => groupSeq))).toEqual(
      new Set([events[0].seq]),
    );
    expect(events.map(({ payload }: { payload: { isAutomatic: boolean } }) => payload.isAutomatic)).toEqual([
      false,
      true,
      true,
    ]);
  });

  it("archives the others also where the version stands there already", async () => {
    await modelIn("tidied", ["Production", "Production"]);
    const { stageChange, archived } = await registry.promote("tidied/2", "Production", {
      archiveExisting: true,
    });
    expect(stageChange).toBeNull();
    expect(archived).toMatchObject([{ number: 1, stage: "Archived" }]);
    expect(await stagesOf("tidied")).toEqual(["Archived", "Production"]);
  });

  it("is refused where the target is where the archived go, with its verdict, and moves nothing", async () => {
    await modelIn("stuck", ["Archived", "None"]);
    const before = await rowCounts(world.settings);
    const payload = await registry.attempt("transitionModelVersion", {
      version: "stuck/2",
      to: "Archived",
      archiveExisting: true,
    });
    expect(payload).toMatchObject({
      modelVersion: { number: 2, stage: "None" },
      stageChange: null,
      archived: [],
      verdict: { allowed: false },
      userErrors: [
        {
          code: "REFUSED_BY_POLICY",
          message: "refused: there is no other stage for retired versions",
          path: ["input", "to"],
        },
      ],
    });
    expect(await rowCounts(world.settings)).toEqual(before);
  });

  it("archives a hundred versions of a model with the longest of names", async () => {
    const name = "あ".repeat(255);
    await modelIn(name, Array(100).fill("Staging"));
    await registry.version(name);
    const payload = await registry.mutate("transitionModelVersion", {
      version: `${name}/101`,
      to: "Staging",
      archiveExisting: true,
      idempotencyKey: "a hundred",
    });
    expect(payload.archived).toHaveLength(100);
    expect(payload.verdict.effects).toHaveLength(22);
    expect(payload.verdict.effects.at(-1)).toBe(`80 more versions of ${name}: Staging → Archived`);
    expect(await stagesOf(name)).toEqual(Array(100).fill("Archived"));
    const { modelVersion } = await world.ask(
      `query ($ref: VersionRef!) { modelVersion(ref: $ref) { stage } }`,
      {
        ref: `${name}/101`,
      },
    );
    expect(modelVersion).toEqual({ stage: "Staging" });
  });

  it("is refused where more than a thousand versions would have to go", async () => {
    const number = (at: number) => ({ model: "overcrowded", number: at + 1, externalId: String(at) });
    const versions = Array.from({ length: 1_003 }, (_, at) => ({
      ...number(at),
      stage: at < 1_001 ? "Staging" : "None",
    }));
    await registry.mutate(
      "importHistory",
      { batch: { source: "test", models: [{ name: "overcrowded" }], versions } },
      "imported",
    );
    const input = { version: "overcrowded/1002", to: "Staging", archiveExisting: true };
    const before = await rowCounts(world.settings);
    expect(await registry.refusal("transitionModelVersion", input)).toEqual({
      code: "LIMIT",
      message: "archiveExisting: more than 1000 versions stand in Staging",
      path: ["input", "archiveExisting"],
    });
    expect(await rowCounts(world.settings)).toEqual(before);
    await registry.promote("overcrowded/1", "None");
    const { archived } = await registry.mutate("transitionModelVersion", input, "archived { id }");
    expect(archived).toHaveLength(1_000);
  });
});
