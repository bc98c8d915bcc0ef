import { afterAll, beforeAll, expect, it } from "vitest";
import { tellStory } from "../support/lineage-story.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;
let now = 1_700_000_000_000;
/** How long everything takes. */
let step = 0;

beforeAll(async () => {
  world = await startWorld({ clock: () => (now += step) });
  registry = registryOf(world);
});
afterAll(() => world.close());

const fields = `nodes { id degree hasMoreUpstream hasMoreDownstream } edges { from to type role }
  totalNodes snapshot pageInfo { hasNextPage hasPreviousPage startCursor endCursor }`;
const document = `query ($root: ID!, $direction: LineageDirection!, $first: Int!, $after: String, $kinds: [NodeKind!]) {
  lineage(root: $root, direction: $direction, first: $first, after: $after, kinds: $kinds) { ${fields} } }`;

type Page = Awaited<ReturnType<typeof page>>;

async function page(variables: object, more = "") {
  const asked = document.replace("totalNodes", `totalNodes ${more}`);
  return (await world.ask(asked, { direction: "UPSTREAM", first: 200, ...variables })).lineage;
}

/** All pages of a question, with something done between them. */
async function pages(variables: object, between: () => Promise<unknown> = async () => {}): Promise<Page[]> {
  const found = [await page(variables)];
  while (found.at(-1)!.pageInfo.hasNextPage) {
    await between();
    found.push(await page({ ...variables, after: found.at(-1)!.pageInfo.endCursor }));
  }
  return found;
}

/** Runs that feed one another in layers, and one version at the end. */
async function layers(prefix: string, width: number, depth: number): Promise<string> {
  await registry.model(prefix);
  await registry.version(prefix);
  const ref = (layer: number, at: number) => `${layer}.${at}`;
  const digest = (layer: number, at: number) => ({ name: `${prefix}-${at}`, digest: `${layer}` });
  const nodes: object[] = [{ ref: "end", modelVersion: `${prefix}/1` }];
  const edges: object[] = [];
  for (let layer = 0; layer < depth; layer++) {
    for (let at = 0; at < width; at++) {
      nodes.push({ ref: ref(layer, at), datasetVersion: digest(layer, at) });
      const fed = layer === 0 ? ["end"] : [ref(layer - 1, at), ref(layer - 1, (at + 1) % width)];
      const type = layer === 0 ? "CONSUMED" : "DATA_DERIVED";
      for (const to of fed) edges.push({ from: ref(layer, at), to, type });
    }
  }
  await registry.mutate("recordLineage", { nodes, edges }, "addedEdges");
  return (await world.ask(`{ modelVersion(ref: "${prefix}/1") { id } }`)).modelVersion.id;
}

it("joins pages of any size to the whole, edges with the later of their nodes", async () => {
  const root = await layers("layered", 5, 6);
  for (const kinds of [null, ["DATASET_VERSION"]]) {
    const whole = await page({ root, kinds });
    expect(whole.nodes).toHaveLength(kinds ? 30 : 31);
    expect(whole.edges).toHaveLength(kinds ? 50 : 55);
    for (const first of [1, 4, 7, 30, 31]) {
      const parts = await pages({ root, kinds, first });
      expect(parts.flatMap(({ nodes }) => nodes)).toEqual(whole.nodes);
      expect(parts.flatMap(({ edges }) => edges)).toEqual(whole.edges);
      const seen = new Set<string>();
      for (const { nodes, edges } of parts) {
        const before = new Set(seen);
        for (const { id } of nodes) seen.add(id);
        for (const { from, to } of edges) {
          expect([from, to].every((id) => seen.has(id))).toBe(true);
          expect([from, to].every((id) => before.has(id))).toBe(false);
        }
      }
    }
  }
});

it("shows one view on all pages, whatever is written between them", async () => {
  const root = await layers("moving", 3, 3);
  const whole = await page({ root });
  let told = 0;
  const parts = await pages({ root, first: 2 }, () =>
    registry.mutate(
      "recordLineage",
      {
        nodes: [
          { ref: "new", datasetVersion: { name: `moving-new-${++told}`, digest: "1" } },
          { ref: "end", modelVersion: "moving/1" },
        ],
        edges: [{ from: "new", to: "end", type: "CONSUMED" }],
      },
      "addedEdges",
    ),
  );
  expect(told).toBeGreaterThan(3);
  expect(parts.flatMap(({ nodes }) => nodes.map(({ id }: { id: string }) => id))).toEqual(
    whole.nodes.map(({ id }: { id: string }) => id),
  );
  expect(new Set(parts.map(({ snapshot }) => snapshot))).toEqual(new Set([whole.snapshot]));
  expect((await page({ root })).totalNodes).toBe(whole.totalNodes + told);
});

it("goes on from a page that another process gave", async () => {
  const root = await layers("elsewhere", 3, 3);
  const first = await page({ root, first: 4 });
  const other = await startWorld({ settings: world.settings });
  try {
    const variables = { root, direction: "UPSTREAM", first: 200, after: first.pageInfo.endCursor };
    const { lineage } = await other.ask(document, variables);
    expect([...first.nodes, ...lineage.nodes]).toEqual((await page({ root })).nodes);
  } finally {
    await other.close();
  }
});

it("keeps to what the first page came to see in its time, elsewhere, too", async () => {
  const root = await layers("long", 1, 20);
  const timed = (variables: object) => page({ root, first: 3, ...variables }, "isPartial partialReason");
  step = 400;
  const first = await timed({});
  step = 0;
  expect(first).toMatchObject({ isPartial: true, partialReason: "DEADLINE" });
  expect(first.totalNodes).toBeGreaterThan(4);
  expect(first.totalNodes).toBeLessThan(15);
  expect(first.nodes[0]).toMatchObject({ hasMoreUpstream: false });

  const other = await startWorld({ settings: world.settings });
  const { lineage: rest } = await other
    .ask(document, { root, direction: "UPSTREAM", first: 200, after: first.pageInfo.endCursor })
    .finally(other.close);
  expect(rest.totalNodes).toBe(first.totalNodes);
  expect(rest.nodes).toHaveLength(first.totalNodes - 3);
  expect(rest.nodes.at(-1)).toMatchObject({ hasMoreUpstream: true });
  expect(await timed({ after: first.pageInfo.endCursor, first: 200 })).toMatchObject({
    nodes: rest.nodes,
    partialReason: "DEADLINE",
  });
  expect(await timed({})).toMatchObject({ isPartial: false, totalNodes: 21 });
});

it("asks the database once a level and once a page, and does not walk again for the next page", async () => {
  const root = await layers("counted", 6, 4);
  const drawn = document.replace("hasMoreUpstream hasMoreDownstream", "label");
  let after: string | null = null;
  const ask = async () => {
    const { lineage } = await world.ask(drawn, { root, direction: "UPSTREAM", first: 10, after });
    after = lineage.pageInfo.endCursor;
  };
  // The root, the journal's head, five levels (the last finds nothing more), the nodes of the page.
  expect(await world.statementsOf(ask)).toHaveLength(1 + 1 + 5 + 1);
  // The root, the snapshot's event, the nodes: of the page, and those of earlier ones that edges lead to.
  expect((await world.statementsOf(ask)).length).toBeLessThanOrEqual(1 + 1 + 2);
});

it("refuses a cursor of another question, and one of another registry", async () => {
  const root = await layers("first-one", 2, 2);
  const other = await layers("other-one", 2, 2);
  const { pageInfo } = await page({ root, first: 2 });
  const refusal = async (variables: object) => {
    const asked = { direction: "UPSTREAM", first: 200, after: pageInfo.endCursor, root, ...variables };
    return (await world.graphql(document, asked)).errors?.[0]?.extensions;
  };
  for (const variables of [
    { root: other },
    { direction: "BOTH" },
    { kinds: ["RUN"] },
    { after: "forged" },
    { after: Buffer.from("[]").toString("base64url") },
  ]) {
    expect(await refusal(variables)).toMatchObject({ code: "BAD_USER_INPUT", argumentPath: ["after"] });
  }
  const [mark, snapshot, ...rest] = JSON.parse(Buffer.from(pageInfo.endCursor, "base64url").toString());
  const forged = (values: unknown[]) => Buffer.from(JSON.stringify(values)).toString("base64url");
  const [seq, hash] = Buffer.from(snapshot, "base64url").toString().split(".");
  const foreign = Buffer.from(`${seq}.${hash!.replace(/./g, (digit) => (digit === "0" ? "1" : "0"))}`);
  expect(await refusal({ after: forged([mark, foreign.toString("base64url"), ...rest]) })).toMatchObject({
    code: "CURSOR_EXPIRED",
  });
  for (const place of [-1, 1.5, "2", null]) {
    expect(await refusal({ after: forged([mark, snapshot, place, null, null]) })).toMatchObject({
      code: "BAD_USER_INPUT",
    });
  }
  const beyond = await page({ root, after: forged([mark, snapshot, 1_000, null, null]) });
  expect(beyond).toMatchObject({ nodes: [], edges: [], pageInfo: { hasNextPage: false, endCursor: null } });
});

it("tells of a version's whole past in one request", async () => {
  const story = await tellStory(world, registry, "whole");
  await registry.mutate("setAlias", { model: "whole-scorer", alias: "champion", version: 2 });
  const { modelVersion } = await world.ask(`{ modelVersion(ref: "whole-scorer@champion") {
    run { id } commit { id } datasets { role datasetVersion { id } }
    lineage(direction: UPSTREAM) { nodes { id } } } }`);
  expect(modelVersion).toMatchObject({
    run: { id: story.ids.run2 },
    commit: { id: story.ids.code2 },
    datasets: [{ role: "train", datasetVersion: { id: story.ids.features2 } }],
  });
  expect(story.named(modelVersion.lineage.nodes)).toEqual(["scorer2", "run2", "features2", "code2", "raw2"]);
});
