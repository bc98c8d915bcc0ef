import { beforeAll, describe, expect, it } from "vitest";
import { registryOf } from "../support/registry.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;

beforeAll(async () => {
  world = await startWorld();
  const registry = registryOf(world);
  await registry.model("shown");
  for (const number of [1, 2, 3]) {
    await registry.version("shown", {
      semanticVersion: number === 2 ? undefined : `${number}.0.0`,
      description: `The ${number}`,
      framework: "sklearn",
      format: "onnx",
      source: "s3://bucket/shown",
      externalId: `elsewhere:${number}`,
      signature: { inputs: [{ name: "x", type: "double" }] },
      image:
        number === 1
          ? { uri: "registry.example.org/shown:1", digest: `sha256:${"1".repeat(64)}` }
          : undefined,
    });
  }
  await registry.promote("shown/3", "Production");
  return world.close;
});

const fields = [
  "__typename",
  "id",
  "number",
  "semanticVersion",
  "stage",
  "status",
  "statusMessage",
  "description",
  "framework",
  "format",
  "image { uri digest }",
  "source",
  "externalId",
  "signature",
  "attributedTo",
  "createdAt",
  "updatedAt",
  "deletedAt",
  "revision",
];

describe("A list shows of its versions what each shows by itself,", () => {
  const whole = `${fields.join(" ")} uri createdBy { name } completeness { missing }`;
  const orders = ["NUMBER", "CREATED_AT", "UPDATED_AT", "SEMANTIC_VERSION"];

  async function alone(): Promise<Record<string, unknown>[]> {
    const query = `{ ${[3, 2, 1].map((number) => `v${number}: modelVersion(ref: "shown/${number}") { ${whole} }`).join("\n")} }`;
    return Object.values(await world.ask(query));
  }

  it.each(fields)("asked for nothing but %s", async (field) => {
    const key = field.split(" ")[0]!;
    const expected = (await alone()).map((version) => ({ [key]: version[key] }));
    const query = `{ model(name: "shown") {
      a: versions { nodes { ${field} } }
      b: versions(orderBy: { field: CREATED_AT, direction: DESC }) { edges { node { ...F } } } }
      modelVersions { nodes { ... on Node { ... on ModelVersion { ...F } } } } }
      fragment F on ModelVersion { ...G } fragment G on ModelVersion { ${field} }`;
    const { model, modelVersions } = await world.ask(query);
    expect(model.a.nodes).toEqual(expected);
    expect(model.b.edges.map(({ node }: { node: unknown }) => node)).toEqual(expected);
    expect(modelVersions.nodes).toEqual(expected);
  });

  it.each(orders)("asked for all, by %s, page by page", async (order) => {
    const query = `query ($after: String) { model(name: "shown") {
      versions(first: 2, after: $after, orderBy: { field: ${order}, direction: DESC }) {
        nodes { number } edges { node { ${whole} } } pageInfo { endCursor hasNextPage } } } }`;
    const first = (await world.ask(query)).model.versions;
    const second = (await world.ask(query, { after: first.pageInfo.endCursor })).model.versions;
    const shown = [...first.edges, ...second.edges].map(({ node }) => node);
    const byNumber = [...shown].sort((a, b) => b.number - a.number);
    expect(byNumber).toEqual(await alone());
    expect([first.pageInfo.hasNextPage, second.pageInfo.hasNextPage]).toEqual([true, false]);
  });

  it("whether a field is asked for or left out by a variable", async () => {
    const query = `query ($with: Boolean!) { model(name: "shown") { versions { nodes { id description @include(if: $with) } } } }`;
    for (const include of [true, false, true]) {
      const { model } = await world.ask(query, { with: include });
      const expected = (await alone()).map(({ id, description }) => (include ? { id, description } : { id }));
      expect(model.versions.nodes).toEqual(expected);
    }
  });
});

it("A list reads only the columns that it shows, and all where a field is more than columns", async () => {
  const statementOf = async (field: string) => {
    const query = `{ model(name: "shown") { versions { nodes { number ${field} } } } }`;
    const statements = await world.statementsOf(() => world.ask(query));
    return statements.find((statement) => statement.includes("model_version"))!;
  };
  expect(await statementOf("stage")).not.toContain("description");
  expect(await statementOf("description")).toContain("v.description");
  expect(await statementOf("completeness { score }")).toContain("v.signature");
});
