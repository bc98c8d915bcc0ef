import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Story, tellStory } from "../support/lineage-story.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;
let story: Story;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  story = await tellStory(world, registry, "told");
});
afterAll(() => world.close());

const page = "totalNodes isPartial partialReason snapshot pageInfo { hasNextPage endCursor }";
const graph = `nodes { id kind label degree } edges { from to type role at } ${page}`;

async function lineage(args: string, fields = graph) {
  return (await world.ask(`{ lineage(${args}) { ${fields} } }`)).lineage;
}

async function refusal(query: string) {
  const { errors } = await world.graphql(query);
  return { code: errors?.[0]?.extensions.code, message: errors?.[0]?.message };
}

describe("lineage", () => {
  it("answers with everything a version came from, nearest first, and how", async () => {
    const { ids, named, arrows } = story;
    const found = await lineage(`root: "${ids.scorer1}", direction: UPSTREAM`);
    expect(named(found.nodes)).toEqual(["scorer1", "run1", "features1", "code1", "raw1"]);
    expect(found.nodes.map(({ degree }: { degree: number }) => degree)).toEqual([0, 1, 2, 2, 3]);
    expect(arrows(found.edges)).toEqual([
      "code1 → run1",
      "features1 → run1",
      "raw1 → features1",
      "run1 → scorer1",
    ]);
    const consumed = found.edges.find(({ type }: { type: string }) => type === "CONSUMED");
    expect(consumed).toMatchObject({ role: "train", at: expect.stringMatching(/^\d{4}-.*Z$/) });
    expect(found.edges.find(({ type }: { type: string }) => type === "PRODUCED").role).toBeNull();
    expect(found).toMatchObject({ totalNodes: 5, isPartial: false, partialReason: null });
  });

  it("answers with everything that came of a thing, or with both", async () => {
    const { ids, named } = story;
    const down = await lineage(`root: "${ids.raw2}", direction: DOWNSTREAM`);
    expect(named(down.nodes)).toEqual(["raw2", "features2", "run2", "scorer2", "tuned1"]);
    const both = await lineage(`root: "${ids.run2}", direction: BOTH`);
    expect(named(both.nodes).sort()).toEqual(["code2", "features2", "raw2", "run2", "scorer2", "tuned1"]);
  });

  it("stops at a depth, at kinds, and hides kinds with their edges", async () => {
    const { ids, named, arrows } = story;
    const near = await lineage(`root: "${ids.tuned1}", direction: UPSTREAM, depth: 2`);
    expect(named(near.nodes)).toEqual(["tuned1", "scorer2", "run2"]);
    const stopped = await lineage(`root: "${ids.tuned1}", direction: UPSTREAM, stopAt: [RUN]`);
    expect(named(stopped.nodes)).toEqual(["tuned1", "scorer2", "run2"]);
    const data = await lineage(`root: "${ids.tuned1}", direction: UPSTREAM, kinds: [DATASET_VERSION]`);
    expect(named(data.nodes)).toEqual(["features2", "raw2"]);
    expect(arrows(data.edges)).toEqual(["raw2 → features2"]);
    const typed = await lineage(`root: "${ids.tuned1}", direction: UPSTREAM, edgeTypes: [DERIVED, PRODUCED]`);
    expect(named(typed.nodes)).toEqual(["tuned1", "scorer2", "run2"]);
  });

  it("says of each node what it is, what it is part of, and whether there is more", async () => {
    const { ids } = story;
    const { nodes } = await lineage(
      `root: "${ids.scorer2}", direction: UPSTREAM, depth: 1`,
      `nodes { kind label container containerLabel hasMoreUpstream hasMoreDownstream isRedacted
        node { id ... on ModelVersion { number stage } ... on Run { name } } }`,
    );
    const model = (await world.ask(`{ model(name: "told-scorer") { id } }`)).model.id;
    expect(nodes[0]).toEqual({
      kind: "MODEL_VERSION",
      label: "2",
      container: model,
      containerLabel: "told-scorer",
      hasMoreUpstream: false,
      hasMoreDownstream: true,
      isRedacted: false,
      node: { id: ids.scorer2, number: 2, stage: "None" },
    });
    expect(nodes[1]).toMatchObject({
      kind: "RUN",
      label: "training 2",
      containerLabel: "Default",
      hasMoreUpstream: true,
      hasMoreDownstream: false,
      node: { id: ids.run2, name: "training 2" },
    });
  });

  it("takes a container for its members, and a version's own field for a root", async () => {
    const { named } = story;
    const { model } = await world.ask(`{ model(name: "told-scorer") { id version(number: 2) {
      lineage(direction: DOWNSTREAM) { ${graph} } } } }`);
    expect(named(model.version.lineage.nodes)).toEqual(["scorer2", "tuned1"]);
    const found = await lineage(`root: "${model.id}", direction: DOWNSTREAM`);
    expect(named(found.nodes)).toEqual(["scorer1", "scorer2", "tuned1"]);
    expect(found.nodes.map(({ degree }: { degree: number }) => degree)).toEqual([0, 0, 1]);
  });

  it("cuts a hub at maxPerNode and says so", async () => {
    const { ids, named } = story;
    const found = await lineage(`root: "${ids.run1}", direction: UPSTREAM, maxPerNode: 1`);
    expect(found).toMatchObject({ isPartial: true, partialReason: "HUB" });
    expect(named(found.nodes)).toHaveLength(3);
  });

  it("answers as of an earlier time, whatever is recorded later", async () => {
    const later = await tellStory(world, registry, "later");
    const asOf = new Date().toISOString();
    const root = `root: "${later.ids.scorer1}", direction: UPSTREAM`;
    const before = await lineage(`${root}, asOf: "${asOf}"`);
    await registry.mutate(
      "recordLineage",
      {
        nodes: [
          { ref: "more", datasetVersion: { name: "later-more", digest: "1" } },
          { ref: "version", modelVersion: "later-scorer/1" },
        ],
        edges: [{ from: "more", to: "version", type: "CONSUMED" }],
      },
      "addedEdges",
    );
    expect((await lineage(root)).totalNodes).toBe(6);
    const { snapshot, ...then } = await lineage(`${root}, asOf: "${asOf}"`);
    expect({ ...then, snapshot }).toEqual(before);
    expect((await lineage(`${root}, asOf: "2001-01-01T00:00:00Z"`)).totalNodes).toBe(1);
    expect((await lineage(`${root}, asOf: "2001-01-01T00:00:00Z", basis: OCCURRED`)).totalNodes).toBe(1);
  });

  it.each([
    ["an id of no kind", `root: "nonsense"`, "BAD_USER_INPUT", /root: expected an id/],
    ["an actor", `root: "act_1"`, "BAD_USER_INPUT", /root: expected an id/],
    ["what is not there", `root: "mv_4000000"`, "NOT_FOUND", /mv_4000000 not found/],
    ["another kind's id", `root: "run_1"`, "NOT_FOUND", /run_1 not found/],
    ["a negative depth", `root: "mv_1", depth: -1`, "BAD_USER_INPUT", /depth: expected 0–/],
    ["an empty page", `root: "mv_1", first: 0`, "BAD_USER_INPUT", /first: expected 1–1000/],
    ["a page too long", `root: "mv_1", first: 1001`, "BAD_USER_INPUT", /first: expected 1–1000/],
    ["no kinds", `root: "mv_1", kinds: []`, "BAD_USER_INPUT", /kinds: expected at least one/],
    ["no neighbours", `root: "mv_1", maxPerNode: 0`, "BAD_USER_INPUT", /maxPerNode: expected 1–/],
  ])("refuses %s", async (_, args, code, message) => {
    const root = args.replace(/mv_1\b/, story.ids.scorer1!);
    expect(await refusal(`{ lineage(${root}, direction: UPSTREAM) { totalNodes } }`)).toEqual({
      code,
      message: expect.stringMatching(message),
    });
  });
});

describe("lineagePath", () => {
  const path = (from: string, to: string, more = "") =>
    world.ask(
      `{ lineagePath(from: "${from}", to: "${to}"${more}) { nodes { id degree } edges { from to type } } }`,
    );

  it("finds a shortest way, along the data flow or against it", async () => {
    const { ids, named, arrows } = story;
    const { lineagePath } = await path(ids.raw2!, ids.tuned1!);
    expect(named(lineagePath.nodes)).toEqual(["raw2", "features2", "run2", "scorer2", "tuned1"]);
    expect(lineagePath.nodes.map(({ degree }: { degree: number }) => degree)).toEqual([0, 1, 2, 3, 4]);
    const against = (await path(ids.tuned1!, ids.raw2!)).lineagePath;
    expect(named(against.nodes)).toEqual(named(lineagePath.nodes).reverse());
    expect(arrows(against.edges)).toEqual(arrows(lineagePath.edges));
  });

  it("is null where there is none, or none so short", async () => {
    const { ids } = story;
    expect((await path(ids.raw1!, ids.tuned1!)).lineagePath).toBeNull();
    expect((await path(ids.raw2!, ids.tuned1!, ", maxDepth: 3")).lineagePath).toBeNull();
    expect((await path(ids.raw2!, ids.raw2!)).lineagePath.nodes).toHaveLength(1);
  });

  it("leads between containers by their members", async () => {
    const { ids, named } = story;
    const found = await world.ask(`{ dataset(name: "told-raw") { id } model(name: "told-tuned") { id } }`);
    const { lineagePath } = await path(found.dataset.id, found.model.id);
    expect(named(lineagePath.nodes)).toEqual(["raw2", "features2", "run2", "scorer2", "tuned1"]);
    expect(await refusal(`{ lineagePath(from: "x", to: "${ids.raw1}") { nodes { id } } }`)).toMatchObject({
      code: "BAD_USER_INPUT",
    });
  });
});
