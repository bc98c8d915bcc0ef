import { beforeAll, describe, expect, it } from "vitest";
import { type Registry, registryOf } from "../support/registry.ts";
import { type Answer, startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  return world.close;
});

describe("versions derived from others", () => {
  const family = `query ($id: ID!, $first: Int, $after: String) { node(id: $id) { ... on ModelVersion {
    parents { relation modelVersion { uri } }
    children(first: $first, after: $after) { nodes { relation modelVersion { uri } } totalCount pageInfo { hasNextPage endCursor } } } } }`;

  it("are told from both sides, each relation once, children page by page", async () => {
    await registry.model("base");
    await registry.model("tuned");
    const parent = await registry.version("base");
    const parents = [
      { version: parent.id, relation: "finetune" },
      { version: "base/1", relation: "finetune" },
      { version: "base/1", relation: "distilled" },
    ];
    for (let turn = 1; turn <= 5; turn++) await registry.version("tuned", { parents });
    const child = await registry.version("tuned", { parents });
    const { node } = await world.ask(family, { id: child.id });
    expect(node.parents).toEqual([
      { relation: "distilled", modelVersion: { uri: "models:/base/1" } },
      { relation: "finetune", modelVersion: { uri: "models:/base/1" } },
    ]);
    const seen: string[] = [];
    for (let after: string | null = null; ; ) {
      const answer: Answer["data"] = await world.ask(family, { id: parent.id, first: 5, after });
      const { children } = answer.node;
      expect(children.totalCount).toBe(12);
      for (const { relation, modelVersion } of children.nodes) seen.push(`${modelVersion.uri} ${relation}`);
      if (!children.pageInfo.hasNextPage) break;
      after = children.pageInfo.endCursor;
    }
    expect(new Set(seen).size).toBe(12);
  });

  it("cannot go in a circle, not even by two registrations at once that name each other's", async () => {
    for (let round = 1; round <= 10; round++) {
      const [left, right] = [`left ${round}`, `right ${round}`];
      for (const name of [left, right]) await registry.model(name);
      const rivals = await Promise.all([
        registry.attempt("registerModelVersion", {
          model: left,
          parents: [{ version: `${right}/1`, relation: "a" }],
        }),
        registry.attempt("registerModelVersion", {
          model: right,
          parents: [{ version: `${left}/1`, relation: "a" }],
        }),
        registry.attempt("registerModelVersion", {
          model: left,
          parents: [{ version: `${left}/1`, relation: "a" }],
        }),
      ]);
      // Each names what is not there: whoever comes first finds no parent, and so does everybody after.
      expect(rivals.flatMap(({ userErrors }) => userErrors).map(({ code }) => code)).toEqual(
        Array(3).fill("NOT_FOUND"),
      );
    }
  });

  it("cannot be joined in a circle afterwards either, not even by two transactions at once", async () => {
    await registry.model("ringed");
    const edge = (from: number, to: number) => ({
      nodes: [
        { ref: "from", modelVersion: `ringed/${from}` },
        { ref: "to", modelVersion: `ringed/${to}` },
      ],
      edges: [{ from: "from", to: "to", type: "DERIVED", role: "merge" }],
    });
    const join = (from: number, to: number) =>
      registry.attempt("recordLineage", edge(from, to), "addedEdges");
    for (let round = 0; round < 10; round++) {
      const [one, two, three] = [1, 2, 3].map((at) => round * 3 + at) as [number, number, number];
      for (let turn = 0; turn < 3; turn++) await registry.version("ringed");
      const closing = await Promise.all([join(one, two), join(two, three), join(three, one)]);
      const refusals = closing.flatMap(({ userErrors }) => userErrors);
      expect(refusals).toMatchObject([{ code: "CONFLICT" }]);
      expect(refusals[0].message).toContain("would close a ring");
      expect((await join(one, one)).userErrors).toMatchObject([{ code: "CONFLICT" }]);
    }
  });
});
