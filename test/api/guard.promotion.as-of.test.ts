import { beforeAll, describe, expect, it } from "vitest";
import { type Person, person } from "../support/access.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;
/** Reads `risk.*` and a model by its name. */
let reader: Person;
/** May move versions everywhere, and read none. */
let blind: Person;

const each = 15;

/** 15 versions of risk.fraud and as many of other.secret that have moved by turns, and one of `single`. */
beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  await registry.mutate("defineRole", { name: "BLIND", permissions: ["stage:transition"] });
  for (let number = 1; number <= each; number++) {
    for (const model of ["risk.fraud", "other.secret"]) {
      await registry.version(model, { createModel: true });
      await registry.promote(`${model}/${number}`, "Staging", { comment: `${model} is good` });
    }
  }
  await registry.version("single", { createModel: true });
  await registry.promote("single/1", "Production");
  const grants = ["risk.*", "single"].map((scope): [string, string] => ["VIEWER", scope]);
  reader = await person(world, "reader", { grants });
  blind = await person(world, "blind", { grants: [["BLIND", "*"]] });
  return world.close;
});

const future = "2100-01-01T00:00:00.000Z";
const query = `query ($first: Int, $after: String, $basis: TimeBasis, $stages: [String!]) {
  registry(asOf: "${future}", basis: $basis, stages: $stages, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor } nodes { comment modelVersion { uri } } } }`;

const numbers = Array.from({ length: each }, (_, at) => each - at);
const mine = ["single/1", ...numbers.map((number) => `risk.fraud/${number}`)];
const urisIn = ({ nodes }: { nodes: { modelVersion: { uri: string } }[] }) =>
  nodes.map(({ modelVersion }) => modelVersion.uri.replace("models:/", ""));

describe.each(["RECORDED", "OCCURRED"])("registry(asOf) by the time things %s", (basis) => {
  it("lists and counts what one may read, page by page", async () => {
    const seen: string[] = [];
    for (let after = null, isOver = false; !isOver; ) {
      const { registry: page } = await reader.ask(query, { first: 4, after, basis });
      expect(page.totalCount).toBe(mine.length);
      seen.push(...urisIn(page));
      after = page.pageInfo.endCursor;
      isOver = !page.pageInfo.hasNextPage;
    }
    expect(seen).toEqual(mine);
    expect((await world.ask(query, { first: 1, basis })).registry.totalCount).toBe(2 * each + 1);
  });

  it("has nothing for whoever may read nothing", async () => {
    const { registry: page } = await blind.ask(query, { first: 100, basis });
    expect(page).toMatchObject({ totalCount: 0, nodes: [], pageInfo: { hasNextPage: false } });
  });

  it("shows no more to whoever goes on after another's cursor", async () => {
    const { registry: all } = await world.ask(query, { first: 2, basis });
    const { registry: page } = await reader.ask(query, { first: 100, after: all.pageInfo.endCursor, basis });
    expect(urisIn(page).filter((uri) => !mine.includes(uri))).toEqual([]);
    expect(page.totalCount).toBe(mine.length);
  });
});

/** The numbers of statements that a question took, asked four times: at last as compiled code. */
async function costsOf(who: Person | World, selection: string, more: object = {}): Promise<number[]> {
  const costs = new Set<number>();
  const asked = `query ($first: Int, $asOf: DateTime!, $basis: TimeBasis, $stages: [String!]) {
    registry(asOf: $asOf, basis: $basis, stages: $stages, first: $first) { ${selection} } }`;
  for (const first of [3, each]) {
    for (let turn = 0; turn < 4; turn++) {
      const statements = await world.statementsOf(async () => {
        const { registry: page } = await who.ask(asked, { asOf: future, first, ...more });
        expect(page.nodes).toHaveLength(first);
      });
      // Rights are learned anew when some have changed, whoever asks what.
      costs.add(statements.filter((statement) => !/access_token|role_grant/.test(statement)).length);
    }
  }
  return [...costs].sort((a, b) => a - b);
}

describe("a page of registry(asOf)", () => {
  it.each([["RECORDED"], ["OCCURRED"]])(
    "by the time things %s is two statements, three with its total, however long and whoever asks",
    async (basis) => {
      for (const who of [world, reader]) {
        expect(await costsOf(who, "nodes { at from to policyRevision }", { basis })).toEqual([2]);
        expect(await costsOf(who, "totalCount nodes { at }", { basis })).toEqual([3]);
        const stages = ["Staging", "Production"];
        expect(await costsOf(who, "nodes { at }", { basis, stages })).toEqual([3]);
      }
    },
  );

  it("with all that is told of each change is a few more", async () => {
    const everything = `nodes { at comment actor { name } modelVersion { number model { name } } request { id }
      approvals { id } verdict { allowed checks { name } } policyRevision }`;
    const [fewest, ...more] = await costsOf(reader, everything);
    expect(fewest).toBeLessThanOrEqual(10);
    // Where two of the database's answers do not come at once, what hangs on them is asked for in one more.
    expect((more.at(-1) ?? fewest!) - fewest!).toBeLessThan(3);
  });

  it("costs by its length", async () => {
    const costOf = async (text: string) => (await world.graphql(text)).extensions!.cost;
    const asked = (args: string) =>
      `{ registry(asOf: "${future}"${args}) { nodes { at modelVersion { id } } } }`;
    // One for the operation, one for the connection, two for each change on the page.
    expect(await costOf(asked(""))).toMatchObject({ requested: 2 + 2 * 20 });
    expect(await costOf(asked(", first: 7"))).toMatchObject({ requested: 2 + 2 * 7 });
  });
});

describe("a model that is renamed out of sight", () => {
  it("is gone from all of the past, too, and from pages that were begun", async () => {
    const { registry: page } = await reader.ask(query, { first: 2 });
    await registry.mutate("renameModel", { model: "risk.fraud", name: "other.fraud" });
    const next = await reader.ask(query, { first: 2, after: page.pageInfo.endCursor });
    expect(next.registry).toMatchObject({ totalCount: 1, nodes: [] });
    expect(urisIn((await reader.ask(query, { first: 100 })).registry)).toEqual(["single/1"]);
  });
});
