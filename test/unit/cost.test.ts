import { getIntrospectionQuery, getOperationAST, isObjectType, parse, validate } from "graphql";
import { describe, expect, it } from "vitest";
import { usualOperationLimits } from "../../src/graphql/bounds.ts";
import { costOfWalk, placeOf, usualPageOf } from "../../src/graphql/cost.rules.ts";
import { costOf } from "../../src/graphql/cost.ts";
import { schemaOfApp } from "../../src/wiring/rooms.ts";

const schema = schemaOfApp();

function cost(text: string, variables: Record<string, unknown> = {}): number {
  const document = parse(text);
  expect(validate(schema, document).map(({ message }) => message)).toEqual([]);
  return costOf(schema, document, getOperationAST(document)!)(variables);
}

describe("an operation costs", () => {
  it.each([
    ["1 for itself, and nothing for scalars", "{ eventHead }", 1],
    ["1 for each object", "{ viewer { actor { id name } } }", 3],
    ["1 for each object of a list, which is taken for ten long", "{ stages { name } }", 11],
    ["1 for a connection and 1 for each of its nodes", "{ models(first: 5) { nodes { id } } }", 1 + 1 + 5],
    ["as much by edges, and one for each node on them", "{ models(last: 5) { edges { node { id } } } }", 12],
    [
      "a page of twenty where none is given",
      "{ models { nodes { id } totalCount pageInfo { endCursor } } }",
      23,
    ],
    [
      "pages times pages",
      "{ models(first: 50) { nodes { versions(first: 20) { nodes { id } } } } }",
      1 + 1 + 50 * (1 + 1 + 20),
    ],
    ["lists times pages", "{ models(first: 5) { nodes { tags { key } } } }", 1 + 1 + 5 * (1 + 10)],
    [
      "what the schema gives as a page",
      '{ modelVersion(ref: "a/1") { lineage(direction: UPSTREAM) { nodes { label } } } }',
      1 + 1 + 50 + 1 + 200,
    ],
    ["an object for each id", `{ nodes(ids: ["a", "b", "c"]) { id } }`, 1 + 3],
    ["a column for each version", `{ compareVersions(refs: ["a/1", "a/2"]) { versions { id } } }`, 1 + 1 + 2],
    ["10 for a mutation", `mutation { createModel(input: { name: "a" }) { model { id } } }`, 1 + 10 + 1 + 1],
    [
      "what each fragment costs, as often as it is spread",
      "{ viewer { ...A } viewer { ...A } } fragment A on Viewer { actor { id } }",
      5,
    ],
    [
      "of an interface as much as the dearest of its types",
      `{ node(id: "a") { id ... on Model { versions { nodes { id } } } ... on Run { tags { key } } ... on Node { ... on Model { tags { key } } } } }`,
      1 + 1 + (1 + 20) + 10,
    ],
    [
      "nothing for what is left out",
      "{ viewer @skip(if: true) { actor { id } } stages @include(if: false) { name } }",
      1,
    ],
    [
      "nothing below a page that will be refused",
      "{ models(first: -1) { nodes { tags { key } } } runs(first: 5000) { nodes { id } } }",
      3,
    ],
  ])("%s", (_, text, points) => {
    expect(cost(text)).toBe(points);
  });

  const pages = `query ($n: Int, $m: Int = 7, $with: Boolean! = true) {
    models(first: $n) { nodes { versions(last: $m) { nodes { id } } tags @include(if: $with) { key } } } }`;

  it.each([
    ["the usual pages", {}, 1 + 1 + 20 * (1 + 1 + 7 + 10)],
    ["the usual page for null", { n: null, m: null }, 1 + 1 + 20 * (1 + 1 + 20 + 10)],
    ["other pages", { n: 3, m: 2 }, 1 + 1 + 3 * (1 + 1 + 2 + 10)],
    ["no tags", { n: 3, with: false }, 1 + 1 + 3 * (1 + 1 + 7)],
    ["what is no page", { n: "3" }, 1 + 1],
    ["what objects inherit", { n: 1, m: 1, constructor: 5 }, 1 + 1 + 1 * (1 + 1 + 1 + 10)],
  ])("with its variables: %s", (_, variables, points) => {
    expect(cost(pages, variables)).toBe(points);
  });

  it("as many objects as a variable names", () => {
    const text = `query ($ids: [ID!]!) { nodes(ids: $ids) { id } }`;
    expect(cost(text, { ids: Array.from({ length: 70 }, (_, at) => `${at}`) })).toBe(71);
  });
});

describe("the rules of cost", () => {
  const fields = Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .flatMap((type) =>
      Object.values(type.getFields()).map((field) => ({ place: placeOf(type.name, field), field })),
    );
  const paged = fields.filter(({ field }) => field.args.some(({ name }) => name === "first"));

  it("know each page where none is asked for as the schema tells it", () => {
    expect(paged.length).toBeGreaterThan(15);
    for (const { place, field } of paged) {
      const { description, defaultValue } = field.args.find(({ name }) => name === "first")!;
      const [, told] = /(\d+) where (?:not|neither first nor last is) given/.exec(description ?? "") ?? [];
      expect([place, usualPageOf(place, field)]).toEqual([place, defaultValue ?? Number(told)]);
    }
  });

  it("know what takes a walk or a judgement", () => {
    const walks = fields.filter(({ place }) => costOfWalk(place) > 0);
    expect(walks.map(({ place }) => place).sort()).toEqual([
      "ModelVersion.lineage",
      "Query.impact",
      "Query.lineage",
      "Query.lineageDiff",
      "Query.lineagePath",
      "Query.reproduction",
      "TransitionRequest.verdict",
    ]);
  });

  it("let pass what a page needs, and not what asks for everything of everything", () => {
    const nested = (...pages: number[]) => {
      const [models, versions, children] = pages;
      return `{ models(first: ${models}) { nodes { versions(first: ${versions}) { nodes { children(first: ${children}) { nodes { id: __typename } } } } } } }`;
    };
    const most = usualOperationLimits.cost;
    expect(cost(nested(50, 20, 1))).toBeLessThan(most / 10);
    expect(cost(getIntrospectionQuery())).toBeLessThan(most / 2);
    expect(cost(nested(100, 100, 100))).toBeGreaterThan(10 * most);
  });
});
