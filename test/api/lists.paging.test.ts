import { beforeAll, describe, expect, it } from "vitest";
import { type Registry, registryOf } from "../support/registry.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;
const size = 23;

/** Some models, and as many versions of one of them; what they are sorted by repeats and is missing here and there. */
beforeAll(async () => {
  let now = Date.UTC(2026, 0, 1);
  world = await startWorld({ clock: () => now });
  registry = registryOf(world);
  for (let at = 0; at < size; at++) {
    if (at % 4 === 0) now += 1_000;
    await registry.model(`m${String((at * 7) % size).padStart(2, "0")}`);
    await registry.version(
      "m00",
      at % 3 === 0 ? {} : { semanticVersion: `1.${(at * 5) % 13}.${at}-rc.${at}` },
    );
  }
  return world.close;
});

interface Page {
  edges: { cursor: string; node: { id: string } }[];
  nodes: { id: string }[];
  pageInfo: Record<string, unknown>;
  totalCount?: number;
}

const pageFields = `edges { cursor node { id } } nodes { id }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor }`;
const pageArgs = "$first: Int, $after: String, $last: Int, $before: String";
const passed = "first: $first, after: $after, last: $last, before: $before";

/** A list, and how one page of it is asked for. */
const lists: Record<string, { query: string; pageIn(data: never): Page }> = {};
const orders = {
  Model: ["NAME", "CREATED_AT", "UPDATED_AT"],
  ModelVersion: ["NUMBER", "CREATED_AT", "UPDATED_AT", "SEMANTIC_VERSION"],
};
for (const direction of ["ASC", "DESC"]) {
  for (const field of orders.Model) {
    lists[`models by ${field} ${direction}`] = {
      query: `query (${pageArgs}) { models(${passed}, orderBy: { field: ${field}, direction: ${direction} }) { ${pageFields} } }`,
      pageIn: (data: { models: Page }) => data.models,
    };
  }
  for (const field of orders.ModelVersion) {
    const orderBy = `orderBy: { field: ${field}, direction: ${direction} }`;
    lists[`a model's versions by ${field} ${direction}`] = {
      query: `query (${pageArgs}) { model(name: "m00") { versions(${passed}, ${orderBy}) { ${pageFields} } } }`,
      pageIn: (data: { model: { versions: Page } }) => data.model.versions,
    };
    lists[`all versions by ${field} ${direction}`] = {
      query: `query (${pageArgs}) { modelVersions(${passed}, ${orderBy}) { ${pageFields} } }`,
      pageIn: (data: { modelVersions: Page }) => data.modelVersions,
    };
  }
}
lists["a version's moves"] = {
  query: `query ($first: Int, $after: String) { modelVersion(ref: "m00/1") { transitions(first: $first, after: $after) { edges { cursor node { id: cursor } } nodes { id: cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`,
  pageIn: (data: { modelVersion: { transitions: Page } }) => data.modelVersion.transitions,
};

const ids = (page: Page) => page.nodes.map(({ id }) => id);

async function pageOf(list: string, variables: object): Promise<Page> {
  const { query, pageIn } = lists[list]!;
  const page = pageIn((await world.ask(query, { ...variables })) as never);
  expect(page.edges.map(({ node }) => node.id)).toEqual(ids(page));
  expect(page.pageInfo.startCursor).toBe(page.edges[0]?.cursor ?? null);
  expect(page.pageInfo.endCursor).toBe(page.edges.at(-1)?.cursor ?? null);
  return page;
}

describe.each(Object.keys(lists).filter((list) => !list.includes("moves")))("the pages of %s", (list) => {
  it.each([[1], [4], [22], [23], [100]])("of %i, joined, are the whole, from either end", async (length) => {
    const whole = ids(await pageOf(list, { first: 100 }));
    expect(new Set(whole).size).toBe(size);
    const forth: string[] = [];
    for (let after: unknown = null, more = true; more; ) {
      const page = await pageOf(list, { first: length, after });
      expect(page.pageInfo.hasPreviousPage).toBe(after !== null);
      forth.push(...ids(page));
      after = page.pageInfo.endCursor;
      more = page.pageInfo.hasNextPage as boolean;
    }
    expect(forth).toEqual(whole);
    const back: string[] = [];
    for (let before: unknown = null, more = true; more; ) {
      const page = await pageOf(list, { last: length, before });
      expect(page.pageInfo.hasNextPage).toBe(before !== null);
      back.unshift(...ids(page));
      before = page.pageInfo.startCursor;
      more = page.pageInfo.hasPreviousPage as boolean;
    }
    expect(back).toEqual(whole);
  });

  it("may be cut on both sides, and may be empty", async () => {
    const { edges } = await pageOf(list, { first: 100 });
    const [after, before] = [edges[4]!.cursor, edges[11]!.cursor];
    const between = edges.slice(5, 11).map(({ node }) => node.id);
    expect(ids(await pageOf(list, { after, before }))).toEqual(between);
    expect(ids(await pageOf(list, { after, before, first: 2 }))).toEqual(between.slice(0, 2));
    expect(ids(await pageOf(list, { after, before, last: 2 }))).toEqual(between.slice(-2));
    const beyond = await pageOf(list, { first: 5, after: edges.at(-1)!.cursor });
    expect(beyond.nodes).toEqual([]);
    expect(beyond.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true, endCursor: null });
    expect(ids(await pageOf(list, { last: 5, before: edges[0]!.cursor }))).toEqual([]);
    expect(ids(await pageOf(list, {}))).toEqual(edges.slice(0, 20).map(({ node }) => node.id));
  });

  it("take no cursor of another list or order", async () => {
    for (const other of Object.keys(lists).filter((name) => name !== list)) {
      const { edges } = await pageOf(other, { first: 1 });
      if (!edges[0]) continue;
      const { data, errors } = await world.graphql(lists[list]!.query, { first: 1, after: edges[0].cursor });
      expect(Object.values(data ?? {}).every((value) => value === null)).toBe(true);
      expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
      expect(errors![0]!.message).toContain(
        "after: expected a cursor that this list gave, in this order; got ",
      );
    }
  });
});

describe("paging arguments", () => {
  const forged = (...values: unknown[]) => Buffer.from(JSON.stringify(values)).toString("base64url");
  it.each([
    [{ first: 0 }, "first: expected 1–100; got 0"],
    [{ first: -1 }, "first: expected 1–100; got -1"],
    [{ first: 101 }, "first: expected 1–100; got 101"],
    [{ first: 2_147_483_647 }, "first: expected 1–100; got 2147483647"],
    [{ last: 0 }, "last: expected 1–100; got 0"],
    [{ last: -2_147_483_648 }, "last: expected 1–100; got -2147483648"],
    [{ last: 101 }, "last: expected 1–100; got 101"],
    [{ first: 1, last: 1 }, "last: expected either first or last, not both; got 1"],
    [{ after: "" }, 'after: expected a cursor that this list gave, in this order; got ""'],
    [{ before: "" }, 'before: expected a cursor that this list gave, in this order; got ""'],
    [{ after: "bogus" }, "after: expected a cursor"],
    [{ after: "start" }, "after: expected a cursor"],
    [{ before: "x".repeat(100_000) }, "before: expected a cursor"],
    [{ after: "\u0000" }, "after: expected a cursor"],
    [{ after: forged("wrong!", "m01", 5) }, "after: expected a cursor"],
    [{ after: forged() }, "after: expected a cursor"],
    [{ after: Buffer.from("{").toString("base64url") }, "after: expected a cursor"],
  ])("%j are refused", async (variables, message) => {
    const { query } = lists["models by NAME ASC"]!;
    const { data, errors } = await world.graphql(query, variables);
    expect(data).toBeNull();
    expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" }, path: ["models"] }]);
    expect(errors![0]!.message).toContain(message);
    expect(errors![0]!.message.length).toBeLessThan(250);
  });

  it("with a cursor whose inside was changed are refused, or name another place, but never fail", async () => {
    const list = "all versions by SEMANTIC_VERSION ASC";
    const { edges } = await pageOf(list, { first: 1 });
    const [mark, ...values] = JSON.parse(Buffer.from(edges[0]!.cursor, "base64url").toString());
    expect(values).toHaveLength(3);
    const strange = [null, "x", "\u0000", "\ud800", -1, 1e300, 0.5, true, {}, [], "x".repeat(3_000)];
    for (const at of values.keys()) {
      for (const value of strange) {
        const changed = values.with(at, value);
        const answer = await world.graphql(lists[list]!.query, { first: 3, after: forged(mark, ...changed) });
        const codes = (answer.errors ?? []).map(({ extensions }) => extensions.code);
        expect(codes.filter((code) => code !== "BAD_USER_INPUT")).toEqual([]);
      }
    }
    const huge = `[${JSON.stringify(mark)},1e999,null,1]`;
    const { errors } = await world.graphql(lists[list]!.query, {
      after: Buffer.from(huge).toString("base64url"),
    });
    expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
  });
});

describe("totalCount", () => {
  it("counts the whole list whatever page is asked for, in one statement more, only where selected", async () => {
    for (const [list, field] of [
      ["models", "models(first: 2)"],
      ["model", 'model(name: "m00") { versions(first: 2)'],
      ["modelVersions", "modelVersions(last: 2)"],
    ] as const) {
      const end = list === "model" ? "} }" : "}";
      const ask = (selection: string) => world.ask(`{ ${field} { ${selection} } ${end}`);
      const plain = await world.statementsOf(() => ask("nodes { id }"));
      const counted = await world.statementsOf(async () => {
        const data = await ask("nodes { id } totalCount");
        expect((data.model?.versions ?? data[list]).totalCount).toBe(size);
      });
      expect(plain.filter((statement) => /COUNT\(/i.test(statement))).toEqual([]);
      expect(counted.filter((statement) => /COUNT\(/i.test(statement))).toHaveLength(1);
      expect(counted).toHaveLength(plain.length + 1);
      const alone = await world.statementsOf(() => ask("totalCount"));
      expect(alone.filter((statement) => /COUNT\(/i.test(statement))).toHaveLength(1);
    }
  });
});
