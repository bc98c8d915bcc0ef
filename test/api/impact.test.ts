import { afterAll, beforeAll, expect, it } from "vitest";
import { type Story, tellStory } from "../support/lineage-story.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;
let story: Story;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  story = await tellStory(world, registry, "bad");
});
afterAll(() => world.close());

const fields = `nodes { degree modelVersion { id } path { nodes { id } edges { from to } } }
  pageInfo { hasNextPage endCursor } totalCount isPartial partialReason`;
const document = `query ($of: [ID!]!, $stages: [String!], $first: Int, $after: String) {
  impact(of: $of, stages: $stages, first: $first, after: $after) { ${fields} } }`;

async function impact(of: (string | undefined)[], more: object = {}) {
  return (await world.ask(document, { of, ...more })).impact;
}

// biome-ignore lint/suspicious/noExplicitAny: an answer has the shape of its question
function versions(found: any): string[] {
  return story.named(found.nodes.map((node: { modelVersion: { id: string } }) => node.modelVersion));
}

it("names the versions that data reached, nearest first, each with a shortest way to it", async () => {
  const found = await impact([story.ids.raw2]);
  expect(versions(found)).toEqual(["scorer2", "tuned1"]);
  expect(found.nodes.map(({ degree }: { degree: number }) => degree)).toEqual([3, 4]);
  expect(story.named(found.nodes[1].path.nodes)).toEqual(["raw2", "features2", "run2", "scorer2", "tuned1"]);
  expect(story.arrows(found.nodes[0].path.edges)).toHaveLength(3);
  expect(found).toMatchObject({ totalCount: 2, isPartial: false, partialReason: null });
});

it("takes commits, runs, versions and containers, several at once", async () => {
  expect(versions(await impact([story.ids.code1, story.ids.run2]))).toEqual(["scorer2", "scorer1", "tuned1"]);
  expect(versions(await impact([story.ids.scorer2]))).toEqual(["tuned1"]);
  const { dataset } = await world.ask(`{ dataset(name: "bad-raw") { id } }`);
  const whole = await impact([dataset.id]);
  expect(versions(whole)).toEqual(["scorer1", "scorer2", "tuned1"]);
  expect(story.named(whole.nodes[0].path.nodes)[0]).toBe("raw1");
});

it("keeps to the versions that are in given stages now, and leaves deleted ones out", async () => {
  const own = await tellStory(world, registry, "staged");
  await registry.promote("staged-scorer/2", "Production");
  const found = await impact([own.ids.raw2], { stages: ["production"] });
  expect(own.named(found.nodes.map((node: { modelVersion: { id: string } }) => node.modelVersion))).toEqual([
    "scorer2",
  ]);
  expect(found.totalCount).toBe(1);
  await registry.mutate("deleteModelVersion", { version: "staged-tuned/1" });
  expect((await impact([own.ids.raw2])).totalCount).toBe(1);
  expect((await impact([own.ids.raw2], { stages: ["Staging"] })).nodes).toEqual([]);
});

it("leaves versions of deleted models out, as do the outputs of runs and logged models", async () => {
  const runId = "5".repeat(32);
  await registry.model("dropped");
  await world.ask(
    `mutation { createRun(input: { runId: "${runId}" }) { userErrors { code } } createLoggedModel(input: { modelId: "m-${runId}", runId: "${runId}" }) { userErrors { code } } }`,
  );
  await registry.version("dropped", { runId, loggedModelId: `m-${runId}` });
  const outputs = `{ run(runId: "${runId}") { id outputs { totalCount nodes { number } } loggedModels { versions { number } } } }`;
  const { run } = await world.ask(outputs);
  expect(run.outputs).toEqual({ totalCount: 1, nodes: [{ number: 1 }] });
  expect((await impact([run.id])).totalCount).toBe(1);
  await registry.mutate("deleteModel", { model: "dropped" });
  expect(await world.ask(outputs)).toEqual({
    run: { id: run.id, outputs: { totalCount: 0, nodes: [] }, loggedModels: [{ versions: [] }] },
  });
  expect(await impact([run.id])).toMatchObject({ totalCount: 0, nodes: [] });
  await registry.mutate("restoreModel", { model: (await deletedModel("dropped")).id });
  expect((await impact([run.id])).totalCount).toBe(1);
});

async function deletedModel(name: string): Promise<{ id: string }> {
  const { models } = await world.ask(
    `{ models(filter: { name: { eq: "${name}" }, includeDeleted: true }) { nodes { id } } }`,
  );
  return models.nodes[0];
}

it("joins pages to the whole", async () => {
  const { dataset } = await world.ask(`{ dataset(name: "bad-raw") { id } }`);
  const whole = await impact([dataset.id]);
  const joined: unknown[] = [];
  let after: string | null = null;
  do {
    const found = await impact([dataset.id], { first: 1, after });
    joined.push(...found.nodes);
    after = found.pageInfo.hasNextPage ? found.pageInfo.endCursor : null;
  } while (after);
  expect(joined).toEqual(whole.nodes);
});

it.each([
  ["nothing asked for", { of: [] }, "BAD_USER_INPUT", ["of"]],
  ["too much asked for", { of: Array(101).fill("run_1") }, "BAD_USER_INPUT", ["of"]],
  ["what is not there", { of: ["run_4000000", "ds_4000000"] }, "NOT_FOUND", ["of", "0"]],
  ["an unknown stage", { of: "raw1", stages: ["Nowhere"] }, "BAD_USER_INPUT", ["stages", "0"]],
  ["a page too long", { of: "raw1", first: 101 }, "BAD_USER_INPUT", ["first"]],
  ["a forged cursor", { of: "raw1", after: "forged" }, "BAD_USER_INPUT", ["after"]],
])("refuses %s", async (_, { of, ...rest }, code, argumentPath) => {
  const ids = typeof of === "string" ? [story.ids[of]] : of;
  const { errors } = await world.graphql(document, { of: ids, ...rest });
  expect(errors?.[0]?.extensions).toMatchObject({ code, argumentPath });
});

it("tells how the pasts of two versions differ", async () => {
  const ask = async (left: string, right: string, more = "") =>
    (
      await world.ask(`{ lineageDiff(left: "${left}", right: "${right}"${more}) {
        added { id } removed { id } changed { containerLabel left { id } right { id } } isPartial snapshot } }`)
    ).lineageDiff;
  const found = await ask("bad-scorer/1", "bad-scorer/2");
  const changes = found.changed.map(
    ({
      containerLabel,
      left,
      right,
    }: {
      containerLabel: string;
      left: { id: string };
      right: { id: string };
    }) => `${containerLabel}: ${story.named([left, right]).join(" → ")}`,
  );
  expect(changes).toEqual([
    "Default: run1 → run2",
    "bad-features: features1 → features2",
    "bad-raw: raw1 → raw2",
  ]);
  // Commits have no container.
  expect([story.named(found.removed), story.named(found.added)]).toEqual([["code1"], ["code2"]]);

  const further = await ask("bad-scorer/2", "bad-tuned/1");
  expect([story.named(further.removed), story.named(further.added)]).toEqual([[], ["scorer2"]]);
  expect((await ask("bad-scorer/1", "bad-scorer/2", ", depth: 1")).changed).toHaveLength(1);
  expect(await ask("bad-scorer/1", "bad-scorer/1")).toMatchObject({ added: [], removed: [], changed: [] });
  const { errors } = await world.graphql(
    `{ lineageDiff(left: "bad-scorer/1", right: "bad-scorer/9") { isPartial } }`,
  );
  expect(errors?.[0]?.extensions).toMatchObject({ code: "NOT_FOUND", argumentPath: ["right"] });
});
