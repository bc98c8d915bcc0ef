import { buildSchema, parse } from "graphql";
import type { CompiledQuery } from "graphql-jit";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { jitPlugin } from "../../src/graphql/jit.ts";
import { VariableReader } from "../../src/graphql/variables.ts";
import { bodyOf, bothAnswers } from "../support/compiled.ts";
import { registryOf } from "../support/registry.ts";
import { trackerOf } from "../support/tracker.ts";
import { startWorld, type World } from "../support/world.ts";

const jit = vi.hoisted(() => ({ compiled: 0, run: 0 }));

vi.mock("graphql-jit", async (importOriginal) => {
  const original = await importOriginal<typeof import("graphql-jit")>();
  return {
    ...original,
    compileQuery: (...args: Parameters<typeof original.compileQuery>) => {
      jit.compiled++;
      const made = original.compileQuery(...args) as CompiledQuery;
      const query: CompiledQuery["query"] = (...given) => {
        jit.run++;
        return made.query(...given);
      };
      return original.isCompiledQuery(made) ? { ...made, query } : made;
    },
  };
});

let world: World;
const ids: Record<string, string> = {};

beforeAll(async () => {
  world = await startWorld();
  const registry = registryOf(world);
  const tracker = trackerOf(world);
  const run = await tracker.done("createRun", {
    experiment: "Default",
    params: [{ key: "depth", value: "7" }],
    datasets: [{ name: "loans", digest: "d1", role: "train" }],
    commit: { repository: "git@example.org:risk", sha: "a".repeat(40) },
  });
  ids.run = run.id;
  ids.fraud = (
    await registry.model("jit.fraud", { description: "Fraud", tags: [{ key: "t", value: "1" }] })
  ).id;
  await registry.model("jit.churn");
  for (let number = 1; number <= 4; number++) {
    const version = await registry.version("jit.fraud", {
      semanticVersion: `1.${number}.0`,
      description: `The ${number}th`,
      runId: number === 2 ? run.runId : undefined,
      signature: number === 3 ? { inputs: [{ name: "x", type: "double" }] } : undefined,
      image:
        number === 4
          ? { uri: "registry.example.org/fraud:4", digest: `sha256:${"0".repeat(64)}` }
          : undefined,
      metrics: [
        { key: "auc", value: 0.25 * number },
        { key: "loss", special: "POSITIVE_INFINITY" },
      ],
    });
    ids[`v${number}`] = version.id;
  }
  await registry.promote("jit.fraud/2", "Production", { comment: "good" });
  await registry.mutate("setAlias", { model: "jit.fraud", alias: "champion", version: 2 });
  return world.close;
});

beforeEach(() => {
  jit.run = 0;
});

const fragments = `
  fragment Names on Model { id name ...Dates }
  fragment Dates on Model { createdAt deletedAt __typename }
  fragment Plain on ModelVersion { number stage status image { uri digest } }
  fragment Whole on ModelVersion { ...Plain metrics { key value special step } run { runId params { key value } } }`;

const questions: [string, string, object?][] = [
  [
    "a version by alias",
    `{ modelVersion(ref: "jit.fraud@champion") { id number stage uri model { name } aliases createdAt } }`,
  ],
  ["nothing", `query ($ref: VersionRef!) { modelVersion(ref: $ref) { id } }`, { ref: "jit.fraud/99" }],
  [
    "nested fragments",
    `${fragments} { models { nodes { ...Names versions(first: 2) { nodes { ...Whole } edges { cursor node { ...Plain } } } } } }`,
  ],
  [
    "the same field under several names",
    `{ a: model(name: "jit.fraud") { x: name y: name one: versions(first: 1) { nodes { number } } all: versions { totalCount nodes { number } } }
       b: model(name: "jit.churn") { x: description y: latestVersion { number } } c: model(name: "none") { name } }`,
  ],
  [
    "fields told in two places",
    `{ models { nodes { id } } models { nodes { name versions { nodes { id } } } } ...{ models { nodes { versions { nodes { stage } } } } } }`,
  ],
  [
    "directives that include",
    `query ($yes: Boolean!, $no: Boolean! = false) { models { totalCount @include(if: $yes) nodes { id @skip(if: $no) name @skip(if: $yes) ... @include(if: $no) { owner } } } }`,
    { yes: true },
  ],
  [
    "directives that leave out",
    `query ($yes: Boolean!, $no: Boolean! = false) { models @include(if: $yes) { nodes { id @skip(if: $no) } } stages @skip(if: $yes) { name } }`,
    { yes: false, no: true },
  ],
  ["an empty selection", `{ models { nodes { id @skip(if: true) } } }`],
  [
    "interfaces",
    `query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Model { name } ... on ModelVersion { number model { ...on Node { id } } } ... on Run { runId status } } }`,
  ],
  ["an interface by a number", "{ node(id: 7) { id } }"],
  [
    "enums",
    `query ($by: ModelVersionOrderField!, $way: OrderDirection = ASC) { modelVersions(orderBy: { field: $by, direction: $way }) { nodes { number status run { status } } } }`,
    { by: "CREATED_AT" },
  ],
  [
    "enums that say otherwise",
    `query ($by: ModelVersionOrderField!, $way: OrderDirection = ASC) { modelVersions(orderBy: { field: $by, direction: $way }) { nodes { number } } }`,
    { by: "CREATED_AT", way: "DESC" },
  ],
  [
    "a variable within an object",
    `query ($p: String) { models(filter: { name: { startsWith: $p } }) { nodes { name } } }`,
    { p: "jit.f" },
  ],
  ["no such variable", `query ($p: String) { models(filter: { name: { startsWith: $p } }) { totalCount } }`],
  ["null for a variable", `query ($n: Int = 1) { models(first: $n) { nodes { name } } }`, { n: null }],
  ["the usual of a variable", `query ($n: Int = 1) { models(first: $n) { nodes { name } } }`],
  [
    "one value for a list",
    `query ($in: [String!]) { models(filter: { name: { in: $in } }) { totalCount } }`,
    { in: "jit.churn" },
  ],
  [
    "filters within filters",
    `query ($f: ModelFilter) { models(filter: $f) { nodes { name } } }`,
    {
      f: {
        or: [
          { name: { eq: "jit.churn" } },
          { not: { alias: { eq: "x" } }, and: [{ name: { contains: "fraud" } }] },
        ],
      },
    },
  ],
  [
    "scalars of our own",
    `{ registryEvents(first: 20, after: "start") { nodes { cursor seq type recordedAt payload subject { __typename id } } pageInfo { hasNextPage } } model(name: "jit.fraud") { versions { nodes { signature } } } }`,
  ],
  [
    "the schema",
    `{ __typename __schema { queryType { name } types { name kind enumValues { name } } } __type(name: "ModelVersion") { fields { name args { name defaultValue } type { kind ofType { name } } } } }`,
  ],
  [
    "lineage",
    `query ($root: ID!) { lineage(root: $root, direction: UPSTREAM) { nodes { kind label degree node { __typename id } } edges { from to type role } totalNodes isPartial pageInfo { hasNextPage } } }`,
  ],
];

const refused: [string, string, object?][] = [
  ["no reference", `query ($ref: VersionRef!) { modelVersion(ref: $ref) { id } }`, { ref: "nonsense" }],
  [
    "a page too long, in a part that may not be null",
    `{ models { nodes { name versions(first: 101) { nodes { id } } } } stages { name } }`,
  ],
  [
    "a part that may be null",
    `{ model(name: "jit.fraud") { name versions(after: "x") { nodes { id } } } stages { name } }`,
  ],
  ["a cursor of another list", `{ stages { name } modelVersions(after: "WyJ4Il0") { nodes { id } } }`],
  ["a variable that is missing", `query ($ref: VersionRef!) { modelVersion(ref: $ref) { id } }`],
  ["a variable of another type", `query ($n: Int) { models(first: $n) { totalCount } }`, { n: "many" }],
  [
    "a variable that is no instant",
    `query ($at: DateTime) { models(filter: { createdAt: { gt: $at } }) { totalCount } }`,
    { at: "yesterday" },
  ],
  [
    "a field that a filter does not have",
    `query ($f: ModelFilter) { models(filter: $f) { totalCount } }`,
    { f: { nam: {} } },
  ],
];

describe("A question answered by compiled code is answered as graphql-js answers it:", () => {
  it.each(questions)("%s", async (_name, query, variables) => {
    const given = { ids: [ids.fraud, ids.v1, "mdl_4000000000", ids.run, "none"], root: ids.v2, ...variables };
    const asked = Object.fromEntries(Object.entries(given).filter(([name]) => query.includes(`$${name}:`)));
    const { interpreted, compiled } = await bothAnswers(world, query, asked);
    expect(JSON.parse(interpreted)).toHaveProperty("data");
    expect(interpreted).not.toContain('"errors"');
    expect(compiled).toBe(interpreted);
    expect(jit.run).toBeGreaterThan(0);
  });

  it("one of several operations", async () => {
    const text = `query A { model(name: "jit.fraud") { name } } query B($n: String!) { model(name: $n) { id name } }`;
    for (const operation of ["A", "B", "A"]) {
      const { interpreted, compiled } = await bothAnswers(world, text, { n: "jit.churn" }, operation);
      expect(interpreted).toContain(operation === "A" ? "jit.fraud" : "jit.churn");
      expect(compiled).toBe(interpreted);
    }
  });

  it("the same text with other variables", async () => {
    const query = `query ($name: String!, $first: Int, $with: Boolean!) { model(name: $name) { name versions(first: $first) { nodes { number @include(if: $with) stage } } } }`;
    for (let time = 0; time < 3; time++)
      await bodyOf(world, query, { name: "jit.fraud", first: 1, with: true });
    for (const [name, first, include] of [
      ["jit.churn", 1, true],
      ["jit.fraud", 3, false],
      ["jit.fraud", null, true],
      ["x", 2, true],
    ]) {
      const variables = { name, first, with: include };
      const { interpreted } = await bothAnswers(world, query, variables);
      expect(await bodyOf(world, query, variables)).toBe(interpreted);
    }
  });
});

describe("A refusal is the same for a question that is compiled:", () => {
  it.each(refused)("%s", async (_name, query, variables) => {
    const { interpreted, compiled } = await bothAnswers(world, query, variables);
    expect(JSON.parse(interpreted).errors[0].extensions.code).toMatch(/^(BAD_USER_INPUT|CURSOR_EXPIRED)$/);
    expect(compiled).toBe(interpreted);
  });
});

it("Mutations are never compiled", async () => {
  const mutation = `mutation ($input: UpdateModelInput!) { updateModel(input: $input) { model { description } userErrors { code } } }`;
  const before = jit.compiled;
  for (const description of ["one", "two", "three"]) {
    const answer = await bodyOf(world, mutation, { input: { model: "jit.churn", description } });
    expect(JSON.parse(answer).data.updateModel).toEqual({ model: { description }, userErrors: [] });
  }
  expect(jit.compiled).toBe(before);
});

describe("Of compiled questions", () => {
  const schema = buildSchema("type Query { n: Int }");
  /** Asks the plugin as Apollo does; true where compiled code answered. */
  async function asker(mostCompiled: number) {
    const plugin = jitPlugin(schema, new VariableReader(schema), mostCompiled);
    return async (text: string): Promise<boolean> => {
      // biome-ignore lint/suspicious/noExplicitAny: what the plugin takes of Apollo's context
      const context: any = {
        document: parse(text),
        operation: parse(text).definitions[0],
        source: text,
        request: {},
        contextValue: {},
        queryHash: text,
      };
      const listener = await plugin.requestDidStart?.(context);
      return (await listener?.responseForOperation?.(context)) != null;
    };
  }
  const question = (index: number) => `{ n${index}: n }`;

  it("each is compiled once, on its second use", async () => {
    const ask = await asker(3);
    const before = jit.compiled;
    expect([await ask(question(0)), await ask(question(0)), await ask(question(0))]).toEqual([
      false,
      true,
      true,
    ]);
    expect(jit.compiled).toBe(before + 1);
  });

  it("only so many are kept, those asked last", async () => {
    const ask = await asker(3);
    for (let index = 0; index < 4; index++) {
      await ask(question(index));
      await ask(question(index));
    }
    const before = jit.compiled;
    for (const index of [3, 2, 1]) expect(await ask(question(index))).toBe(true);
    expect(jit.compiled).toBe(before);
    expect(await ask(question(0))).toBe(true);
    expect(jit.compiled).toBe(before + 1);
  });
});
