import { beforeAll, describe, expect, it } from "vitest";
import { person } from "../support/access.ts";
import { tellStory } from "../support/lineage-story.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;
let ids: Record<string, string>;
let cards: Record<string, string>;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  ids = (await tellStory(world, registry, "told")).ids;
  cards = {};
  for (const name of ["scorer2", "tuned1"]) {
    const { card } = await registry.mutate("setModelCard", { version: ids[name], card: { details: name } });
    cards[name] = card.id;
  }
  return world.close;
});

const question = `query ($root: ID!, $direction: LineageDirection!, $kinds: [NodeKind!], $edgeTypes: [EdgeType!], $first: Int, $after: String, $depth: Int) {
  lineage(root: $root, direction: $direction, kinds: $kinds, edgeTypes: $edgeTypes, first: $first, after: $after, depth: $depth) {
    nodes { id kind label container degree hasMoreUpstream hasMoreDownstream node { __typename } } edges { from to type } totalNodes isPartial
    pageInfo { hasNextPage endCursor } } }`;

const walk = async (variables: object, by: Pick<World, "ask"> = world) =>
  (await by.ask(question, { direction: "UPSTREAM", ...variables })).lineage;
const idsOf = (nodes: { id: string }[]) => nodes.map(({ id }) => id);

describe("a card in the graph", () => {
  it("is not walked to, whichever way, unless it is asked for", async () => {
    for (const direction of ["UPSTREAM", "DOWNSTREAM", "BOTH"]) {
      const { nodes, edges } = await walk({ root: ids.scorer2, direction });
      expect(nodes.map(({ kind }: { kind: string }) => kind)).not.toContain("CARD");
      expect(edges.map(({ type }: { type: string }) => type)).not.toContain("EVIDENCE");
    }
    const down = await walk({ root: ids.tuned1, direction: "DOWNSTREAM" });
    expect(down.nodes).toMatchObject([{ hasMoreDownstream: false }]);
    const { model } = await world.ask(`{ model(name: "told-tuned") { id } }`);
    // A model stands for its versions, not for their cards.
    const members = await walk({ root: model.id, depth: 0, kinds: ["CARD", "MODEL_VERSION"] });
    expect(members.nodes.map(({ id, degree }: { id: string; degree: number }) => [id, degree])).toEqual([
      [ids.tuned1, 0],
      [cards.tuned1, 1],
    ]);
  });

  it("comes with each visited version where its kind is asked for, one degree on", async () => {
    const kinds = ["MODEL_VERSION", "RUN", "CARD"];
    for (const [root, direction] of [
      [ids.tuned1, "UPSTREAM"],
      [ids.scorer2, "DOWNSTREAM"],
    ]) {
      const { nodes, edges, totalNodes } = await walk({ root, direction, kinds });
      expect(idsOf(nodes)).toEqual(expect.arrayContaining([cards.scorer2, cards.tuned1]));
      expect(totalNodes).toBe(nodes.length);
      expect(edges).toContainEqual({ from: ids.tuned1, to: cards.tuned1, type: "EVIDENCE" });
      const degrees = nodes.map(({ degree }: { degree: number }) => degree);
      expect(degrees).toEqual([...degrees].sort());
      const at = (id: string) => nodes.find((node: { id: string }) => node.id === id);
      expect(at(cards.scorer2!).degree).toBe(at(ids.scorer2!).degree + 1);
      expect(at(cards.scorer2!)).toMatchObject({
        kind: "CARD",
        label: "card of 2",
        node: { __typename: "ModelCard" },
      });
    }
  });

  it("is on the pages as in the whole", async () => {
    const kinds = ["MODEL_VERSION", "RUN", "CARD", "DATASET_VERSION", "COMMIT"];
    const whole = await walk({ root: ids.tuned1, kinds });
    const nodes: { id: string }[] = [];
    const edges: object[] = [];
    for (let after: string | null = null; ; ) {
      const page: typeof whole = await walk({ root: ids.tuned1, kinds, first: 2, after });
      nodes.push(...page.nodes);
      edges.push(...page.edges);
      after = page.pageInfo.endCursor;
      if (!page.pageInfo.hasNextPage) break;
    }
    expect(nodes).toEqual(whole.nodes);
    expect(edges).toEqual(whole.edges);
  });

  it("is asked for alone, and by its edge", async () => {
    const { nodes, edges } = await walk({ root: ids.tuned1, kinds: ["CARD"] });
    expect(idsOf(nodes).sort()).toEqual(Object.values(cards).sort());
    expect(edges).toEqual([]);
    const by = await walk({ root: ids.tuned1, direction: "DOWNSTREAM", edgeTypes: ["EVIDENCE"] });
    expect(idsOf(by.nodes)).toEqual([ids.tuned1, cards.tuned1]);
    const both = await walk({
      ...{ root: ids.tuned1, direction: "DOWNSTREAM" },
      ...{ edgeTypes: ["EVIDENCE"], kinds: ["CARD", "MODEL_VERSION"] },
    });
    expect(both.edges).toEqual([{ from: ids.tuned1, to: cards.tuned1, type: "EVIDENCE" }]);
  });

  it("is hidden with its version", async () => {
    const reader = await person(world, "reader", { grants: [["VIEWER", "told-tuned"]] });
    const seen = await walk({ root: ids.tuned1, kinds: ["MODEL_VERSION", "CARD"] }, reader);
    // The other version lies between two that one may read, and is told of as that.
    expect(seen.nodes.map(({ id, kind }: { id: string; kind: string }) => [kind, id])).toEqual([
      ["MODEL_VERSION", ids.tuned1],
      ["MODEL_VERSION", "redacted_1"],
      ["CARD", cards.tuned1],
    ]);
    expect(seen.totalNodes).toBe(3);
  });

  it("has an edge that nobody else records", async () => {
    const input = {
      nodes: [
        { ref: "a", modelVersion: "told-scorer/2" },
        { ref: "b", modelVersion: "told-tuned/1" },
      ],
      edges: [{ from: "a", to: "b", type: "EVIDENCE" }],
    };
    expect(await registry.refusal("recordLineage", input)).toMatchObject({
      code: "INVALID",
      path: ["input", "edges", "0", "type"],
    });
  });
});
