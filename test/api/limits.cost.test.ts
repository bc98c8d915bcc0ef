import { beforeAll, describe, expect, it } from "vitest";
import { doors } from "../support/doors.ts";
import { startWorld, type World } from "../support/world.ts";

const most = 100;

let world: World;
let usual: World;

beforeAll(async () => {
  world = await startWorld({ limits: { cost: most } });
  usual = await startWorld();
  return () => Promise.all([world.close(), usual.close()]);
});

// One for the operation, one for the connection, one for each model.
const page = `query ($n: Int!) { models(first: $n) { nodes { id } } }`;

describe.each(doors)("the cost of an operation over %s", (_, ask) => {
  it.each([
    ["a query", "{ models(first: 7) { nodes { name } } }", 9],
    ["a query of nothing but scalars", "{ eventHead }", 1],
    ["a query that is compiled by now", "{ models(first: 7) { nodes { name } } }", 9],
    ["a mutation", `mutation { deleteModel(input: { model: "none" }) { userErrors { code } } }`, 22],
    ["a query that fails", "{ models(first: 0) { nodes { name } } }", 2],
  ])("is told with the answer to %s", async (_name, text, requested) => {
    const { extensions } = await ask(world, text);
    expect(extensions).toEqual({ cost: { requested, limit: most } });
  });

  it("is counted with the variables that come", async () => {
    expect(await ask(world, page, { n: most - 2 })).toMatchObject({
      data: { models: { nodes: [] } },
      extensions: { cost: { requested: most, limit: most } },
    });
    const { data, errors } = await ask(world, page, { n: most - 1 });
    expect({ data, errors }).toEqual({
      data: undefined,
      errors: [
        {
          message: "one operation may cost at most 100 points; got 101",
          extensions: { code: "COST_LIMIT_EXCEEDED" },
        },
      ],
    });
  });

  it.each([-1, 0, 101, 2_000_000_000])("leaves it to the list to refuse a page of %i", async (n) => {
    const { errors } = await ask(usual, page, { n });
    expect(errors).toMatchObject([
      { message: `first: expected 1–100; got ${n}`, extensions: { code: "BAD_USER_INPUT" } },
    ]);
  });

  it("is small enough for pages of pages, but not for everything of everything", async () => {
    const nested = (models: number, versions: number, children: number) =>
      ask(
        usual,
        `{ models(first: ${models}) { nodes { versions(first: ${versions}) { nodes { children(first: ${children}) { totalCount nodes { __typename } } } } } } }`,
      );
    expect((await nested(50, 20, 20)).errors).toBeUndefined();
    const { data, errors } = await nested(100, 100, 100);
    expect({ data, code: errors?.[0]?.extensions.code }).toEqual({
      data: undefined,
      code: "COST_LIMIT_EXCEEDED",
    });
  });
});

describe("the cost", () => {
  it("is told with a refusal over HTTP, which is 400", async () => {
    const { status, extensions } = await world.graphql(page, { n: 100 });
    expect({ status, extensions }).toEqual({
      status: 400,
      extensions: { cost: { requested: 102, limit: most } },
    });
  });

  it("of a subscription is counted for one event, and bounds it", async () => {
    const events = (texts: string) =>
      world.subscribe(`subscription { registryEvents(after: "start") { seq ${texts} } }`);
    const tooDear = `subject { ... on Model { versions(first: 100) { nodes { id } } } }`;
    await expect(events(tooDear).next()).rejects.toMatchObject([
      { extensions: { code: "COST_LIMIT_EXCEEDED" } },
    ]);
    await world.ask(`mutation { createModel(input: { name: "cheap" }) { userErrors { code } } }`);
    const told = events("");
    expect((await told.next()).value).toMatchObject({ data: { registryEvents: { seq: expect.anything() } } });
    await told.return!();
  });
});
