import { beforeAll, describe, expect, it } from "vitest";
import { type Registry, registryOf } from "../support/registry.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;
let now = Date.UTC(2026, 0, 1);
const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

/** Made at seconds 1, 2, 3, 4; `risk.churn` is changed at second 10. */
beforeAll(async () => {
  world = await startWorld({ clock: () => now });
  registry = registryOf(world);
  const tick = (second: number) => {
    now = Date.UTC(2026, 0, 1, 0, 0, second);
  };
  tick(1);
  await registry.model("risk.fraud", { owner: "ann", tags: [{ key: "tier", value: "1" }] });
  tick(2);
  await registry.model("risk.churn", { owner: "bob", tags: [{ key: "tier", value: "2 " }] });
  tick(3);
  await registry.model("sales.lead", { owner: "ann", tags: [{ key: "note", value: "line one\nline two" }] });
  tick(4);
  await registry.model("Sales");
  await registry.version("risk.fraud");
  await registry.version("sales.lead");
  await registry.promote("risk.fraud/1", "Production");
  await registry.mutate("setAlias", { model: "sales.lead", alias: "champion", version: 1 });
  tick(10);
  await registry.mutate("updateModel", { model: "risk.churn", description: "changed" });
  return world.close;
});

const query = `query ($filter: ModelFilter, $orderBy: ModelOrder) {
  models(filter: $filter, orderBy: $orderBy) { nodes { name } totalCount } }`;

async function names(filter: object | null, orderBy?: object): Promise<string[]> {
  const { models } = await world.ask(query, { filter, orderBy });
  expect(models.totalCount).toBe(models.nodes.length);
  return models.nodes.map(({ name }: { name: string }) => name);
}

const all = ["Sales", "risk.churn", "risk.fraud", "sales.lead"];

describe("a filter on models", () => {
  it.each([
    ["nothing", null, all],
    ["no condition", {}, all],
    ["a name", { name: { eq: "Sales" } }, ["Sales"]],
    ["a name in another case", { name: { eq: "sales" } }, []],
    ["another name", { name: { ne: "Sales" } }, ["risk.churn", "risk.fraud", "sales.lead"]],
    ["some names", { name: { in: ["Sales", "risk.fraud", "none"] } }, ["Sales", "risk.fraud"]],
    ["no names", { name: { in: [] } }, []],
    ["a beginning", { name: { startsWith: "risk." } }, ["risk.churn", "risk.fraud"]],
    ["a beginning in another case", { name: { startsWith: "Risk." } }, []],
    ["a pattern, which is a text", { name: { startsWith: "r_sk%" } }, []],
    ["a part", { name: { contains: "l" } }, ["Sales", "sales.lead"]],
    ["several at once", { name: { startsWith: "risk", contains: "fr", ne: "x" } }, ["risk.fraud"]],
    ["an owner", { owner: { eq: "ann" } }, ["risk.fraud", "sales.lead"]],
    ["another owner, of those with one", { owner: { ne: "ann" } }, ["risk.churn"]],
    ["a tag's presence", { tag: { key: "tier" } }, ["risk.churn", "risk.fraud"]],
    ["a tag's value", { tag: { key: "tier", value: { eq: "1" } } }, ["risk.fraud"]],
    ["a tag's value, spaces and all", { tag: { key: "tier", value: { eq: "2 " } } }, ["risk.churn"]],
    ["a tag's value but for a space", { tag: { key: "tier", value: { eq: "2" } } }, []],
    ["a tag's value with a space too many", { tag: { key: "tier", value: { eq: "1 " } } }, []],
    ["one of several values", { tag: { key: "tier", value: { in: ["2", "1"] } } }, ["risk.fraud"]],
    ["another value", { tag: { key: "tier", value: { ne: "2" } } }, ["risk.churn", "risk.fraud"]],
    ["a padded key", { tag: { key: "tier " } }, []],
    ["a value's first line", { tag: { key: "note", value: { startsWith: "line one" } } }, ["sales.lead"]],
    ["a value's second line", { tag: { key: "note", value: { contains: "\nline" } } }, ["sales.lead"]],
    ["a value's padded beginning", { tag: { key: "tier", value: { startsWith: "1 " } } }, []],
    ["an alias", { alias: { eq: "champion" } }, ["sales.lead"]],
    ["a stage", { stage: { eq: "Production" } }, ["risk.fraud"]],
    ["the first stage", { stage: { eq: "None" } }, ["sales.lead"]],
    ["a time of making", { createdAt: { gte: at(2), lt: at(4) } }, ["risk.churn", "sales.lead"]],
    ["a time of making, ends apart", { createdAt: { gt: at(2), lte: at(3) } }, ["sales.lead"]],
    ["a time of change", { updatedAt: { gte: at(10) } }, ["risk.churn"]],
    ["a form", { name: { like: "risk._____" } }, ["risk.churn", "risk.fraud"]],
    ["a form, case apart", { name: { like: "s%" } }, ["sales.lead"]],
    ["a form in any case", { name: { ilike: "S%" } }, ["Sales", "sales.lead"]],
    ["a form of all of it", { name: { like: "risk" } }, []],
    ["a form of a tag", { tag: { key: "note", value: { like: "line%two" } } }, ["sales.lead"]],
    ["a form with what escapes elsewhere", { name: { like: "risk\\.churn" } }, []],
    ["a form with NUL", { name: { like: "Sales\u0000" } }, []],
    ["a text with NUL", { name: { eq: "Sales\u0000" } }, []],
    ["a beginning with NUL", { name: { startsWith: "\u0000" } }, []],
    ["a part with NUL", { name: { contains: "\u0000" } }, []],
    ["anything but a text with NUL", { name: { ne: "Sales\u0000" } }, all],
    ["a tag by a key with NUL", { tag: { key: "tier\u0000" } }, []],
    ["half a surrogate pair", { name: { contains: "\ud800" } }, []],
  ])("may ask for %s", async (_, filter, expected) => {
    expect(await names(filter)).toEqual(expected);
  });

  const fraud = { name: { eq: "risk.fraud" } };
  const ann = { owner: { eq: "ann" } };
  it.each([
    ["and", { and: [ann, fraud] }, ["risk.fraud"]],
    ["and of nothing", { and: [] }, all],
    ["or", { or: [fraud, { name: { eq: "Sales" } }] }, ["Sales", "risk.fraud"]],
    ["or of nothing, which nothing meets", { or: [] }, []],
    ["not", { not: fraud }, ["Sales", "risk.churn", "sales.lead"]],
    ["not, which a missing owner meets", { not: ann }, ["Sales", "risk.churn"]],
    ["not of nothing, which nothing meets", { not: {} }, []],
    ["not of not", { not: { not: ann } }, ["risk.fraud", "sales.lead"]],
    ["a condition beside or", { ...ann, or: [fraud, { name: { eq: "Sales" } }] }, ["risk.fraud"]],
    ["not beside and", { and: [ann], not: { tag: { key: "tier" } } }, ["sales.lead"]],
    [
      "or of and",
      { or: [{ and: [ann, fraud] }, { not: { owner: { contains: "n" } } }] },
      ["Sales", "risk.churn", "risk.fraud"],
    ],
    ["not of an absent alias", { not: { alias: { eq: "champion" } } }, ["Sales", "risk.churn", "risk.fraud"]],
  ])("combines by %s", async (_, filter, expected) => {
    expect(await names(filter)).toEqual(expected);
  });

  it("is bounded in depth, in conditions and in values", async () => {
    const nested = (depth: number): object => (depth === 1 ? ann : { not: nested(depth - 1) });
    expect(await names(nested(8))).toHaveLength(2);
    const many = (count: number) => ({ or: Array.from({ length: count }, () => fraud) });
    expect(await names(many(50))).toEqual(["risk.fraud"]);
    for (const [filter, message] of [
      [nested(9), "filter: nested deeper than 8"],
      [many(51), "filter: more than 100 conditions"],
      [{ name: { in: Array(101).fill("x") } }, "filter: more than 100 values in `in`"],
    ] as const) {
      const { data, errors } = await world.graphql(query, { filter });
      expect(data).toBeNull();
      expect(errors).toMatchObject([{ message, extensions: { code: "LIMIT", argumentPath: ["filter"] } }]);
    }
  });
});

describe("the order of models", () => {
  it.each([
    ["NAME", "ASC", all],
    ["NAME", "DESC", [...all].reverse()],
    ["CREATED_AT", "ASC", ["risk.fraud", "risk.churn", "sales.lead", "Sales"]],
    ["CREATED_AT", "DESC", ["Sales", "sales.lead", "risk.churn", "risk.fraud"]],
    ["UPDATED_AT", "DESC", ["risk.churn", "Sales", "sales.lead", "risk.fraud"]],
    ["UPDATED_AT", "ASC", ["risk.fraud", "sales.lead", "Sales", "risk.churn"]],
  ])("is by %s %s, ties by id", async (field, direction, expected) => {
    expect(await names(null, { field, direction })).toEqual(expected);
  });

  it("begins at the low end where no direction is given", async () => {
    expect(await names(null, { field: "CREATED_AT" })).toEqual(
      await names(null, { field: "CREATED_AT", direction: "ASC" }),
    );
  });
});
