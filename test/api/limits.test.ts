import { beforeAll, describe, expect, it } from "vitest";
import { adminToken, startWorld, type World } from "../support/world.ts";

let world: World;

beforeAll(async () => {
  world = await startWorld();
  return world.close;
});

describe("what a question brings", () => {
  const marks = `a${"\u0301".repeat(20_000)}${"\u0316".repeat(20_000)}`;

  it("finds nothing by names of forty thousand marks, and sorts none of them", async () => {
    const found = await world.ask(
      `query ($name: String!) {
        model(name: $name) { id }
        runs(filter: { name: { eq: $name } }) { nodes { id } }
        models(filter: { tag: { key: $name } }) { nodes { id } }
      }`,
      { name: marks },
    );
    expect(found).toEqual({ model: null, runs: { nodes: [] }, models: { nodes: [] } });
    const { errors } = await world.graphql(`query ($ref: VersionRef!) { modelVersion(ref: $ref) { id } }`, {
      ref: `${marks}/${marks}`,
    });
    expect(errors![0]!.extensions.code).toBe("BAD_USER_INPUT");
  });

  it("may say the same status nine thousand times", async () => {
    const statuses = (value: string) => Array.from({ length: 9_000 }, () => value);
    const runs = `query ($status: [RunStatus!]) { runs(filter: { status: $status }) { nodes { id } } }`;
    expect(await world.ask(runs, { status: statuses("RUNNING") })).toEqual({ runs: { nodes: [] } });
    const versions = `query ($status: [VersionStatus!]) { modelVersions(filter: { status: $status }) { nodes { id } } }`;
    expect(await world.ask(versions, { status: statuses("READY") })).toEqual({
      modelVersions: { nodes: [] },
    });
  });

  it("is refused alike with and without an idempotency key where its JSON is too deep", async () => {
    await world.ask(`mutation { createModel(input: { name: "deep" }) { userErrors { message } } }`);
    const json = (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
    const register = `mutation ($input: RegisterModelVersionInput!) {
      registerModelVersion(input: $input) { userErrors { code message path } } }`;
    for (const depth of [31, 95]) {
      const [plain, keyed] = await Promise.all(
        ["", `"idempotencyKey": "deep ${depth}",`].map(async (key) => {
          const response = await fetch(`${world.url}/graphql`, {
            method: "POST",
            headers: { "content-type": "application/json", authorization: `Bearer ${adminToken}` },
            body: `{"query": ${JSON.stringify(register)}, "variables": {"input": {${key} "model": "deep", "signature": ${json(depth)}}}}`,
          });
          return response.json();
        }),
      );
      expect(plain.data.registerModelVersion.userErrors).toMatchObject([{ code: "INVALID" }]);
      expect(keyed).toEqual(plain);
    }
  });
});

describe("a nullable variable where null is not taken", () => {
  const byName = `query ($d: OrderDirection) { runs(orderBy: { field: NAME, direction: $d }) { nodes { id } } }`;
  const withDefault = byName.replace("OrderDirection)", "OrderDirection = DESC)");

  it.each([
    ["null", byName, { d: null }, "BAD_USER_INPUT"],
    ["null that hides its default", withDefault, { d: null }, "BAD_USER_INPUT"],
    ["missing", byName, {}, undefined],
    ["missing, with a default", withDefault, {}, undefined],
    ["given", byName, { d: "DESC" }, undefined],
    [
      "null in a directive",
      "query ($y: Boolean = true) { eventHead @include(if: $y) }",
      { y: null },
      "BAD_USER_INPUT",
    ],
  ])("that is %s has the same answer each time", async (_, query, variables, code) => {
    const first = await world.graphql(query, variables);
    expect(first.errors?.[0]?.extensions.code).toBe(code);
    for (let turn = 0; turn < 3; turn++) expect(await world.graphql(query, variables)).toEqual(first);
  });

  it("is no matter of who asked before", async () => {
    const query = byName.replace("nodes", "edges { cursor } nodes");
    for (let turn = 0; turn < 3; turn++) await world.ask(query, { d: "ASC" });
    expect((await world.graphql(query, { d: null })).errors![0]!.extensions.code).toBe("BAD_USER_INPUT");
    expect(await world.ask(query, {})).toEqual({ runs: { edges: [], nodes: [] } });
  });
});
