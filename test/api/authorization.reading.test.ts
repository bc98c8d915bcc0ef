import { type GraphQLObjectType, isObjectType } from "graphql";
import { beforeAll, describe, expect, it } from "vitest";
import { schemaOfApp } from "../../src/wiring/rooms.ts";
import { filled, objects } from "../support/authorization/object-rows.ts";
import { everythingIn, onlyField, reached, type Way, waysTo } from "../support/authorization/paths.ts";
import { everybody, everyone, known, readers, type Who } from "../support/authorization/roles.ts";
import { nodes, queries } from "../support/authorization/rows.ts";
import { type AccessStory, secretWord, tellAccessStory } from "../support/authorization/story.ts";
import { type Answer, type Asker, startWorld } from "../support/world.ts";

const schema = schemaOfApp();
const queryFields = Object.keys(schema.getQueryType()!.getFields());
const roots = new Set([schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]);
/** What subscriptions alone tell of: authorization.following.test.ts asks for it. */
const followed = new Set(["ApprovalGivenEvent", "TransitionRequestedEvent"]);
const types = Object.values(schema.getTypeMap()).filter(
  (type): type is GraphQLObjectType =>
    isObjectType(type) &&
    !roots.has(type) &&
    !type.name.startsWith("__") &&
    !followed.has(type.name) &&
    !/(Payload|UserError)$/.test(type.name),
);

let story: AccessStory;
let people: Record<Who, Asker>;
let ways: Map<string, Way>;

beforeAll(async () => {
  const world = await startWorld({ rate: { perSecond: 1e6, burst: 1e9, redisUrl: null } });
  story = await tellAccessStory(world);
  people = await everyone(world, "hush.*");
  // To tokens and grants by oneself: those of others are not for everybody.
  const { "Query.actor": _, ...told } = story.told;
  ways = waysTo(schema, told);
  return world.close;
});

function isKnown(who: Who): boolean {
  return known.includes(who);
}

describe("the matrix", () => {
  it("has a row for every query and for every field of every object, and none for what is not there", () => {
    expect([...queries.keys()].sort()).toEqual(queryFields.map((name) => `Query.${name}`).sort());
    const fields = types.flatMap((type) =>
      Object.keys(type.getFields()).map((name) => `${type.name}.${name}`),
    );
    expect([...objects.keys()].sort()).toEqual(fields.sort());
  });
});

/** What everybody but the known is told, whatever they ask. */
function expectStranger(answer: Answer): void {
  expect(answer.status).toBe(401);
  expect(answer.data).toBeUndefined();
  expect(answer.errors!.map(({ extensions }) => extensions.code)).toEqual(["UNAUTHENTICATED"]);
}

function saysSomething({ data }: Answer): boolean {
  const text = JSON.stringify(data ?? null);
  return [secretWord, ...Object.values(story.ids).map((id) => `"${id}"`)].some((word) => text.includes(word));
}

/** Nothing of what stands under `hush`: no name, no id. Errors repeat what was asked for, so data alone counts. */
function expectNothingSecret(answer: Answer): void {
  expect(saysSomething(answer)).toBe(false);
}

describe.each(everybody)("%s", (who) => {
  it.each(queryFields)("asks the query %s", async (name) => {
    const answer = await people[who].graphql(`{ ${onlyField(schema.getQueryType()!, name, story.told, 4)} }`);
    const row = queries.get(`Query.${name}`)!;
    if (!isKnown(who)) return expectStranger(answer);
    if (row.includes("other scope")) return expect(answer.errors).toBeUndefined();
    if (!row.includes(who)) return expectNothingSecret(answer);
    expect(answer.errors).toBeUndefined();
    expect(saysSomething(answer)).toBe(true);
  });

  it.each(types.map((type) => [type.name, type] as const))("reads each field of %s", async (name, type) => {
    const way = ways.get(name);
    if (!way) throw new Error(`no query leads to ${name}: tell its arguments, or make one in the story`);
    const answer = await people[who].graphql(way.question(everythingIn(type, story.told)));
    if (!isKnown(who)) return expectStranger(answer);
    const found = reached(answer.data, way);
    for (const field of Object.keys(type.getFields())) {
      const mayRead = objects.get(`${name}.${field}`)!.includes(who);
      expect(
        found.some((one) => field in one),
        `${name}.${field}`,
      ).toBe(mayRead);
    }
    for (const [field, row] of filled) {
      const [owner, key] = field.split(".") as [string, string];
      if (owner !== name) continue;
      expect(
        found.some((one) => one[key] !== null),
        field,
      ).toBe(row.includes(who));
    }
    if (found.length > 0) expect(answer.errors).toBeUndefined();
    if (!readers.includes(who)) expectNothingSecret(answer);
  });

  it("asks for each kind of node by its id", async () => {
    for (const [name, id] of Object.entries(story.ids)) {
      const fields = everythingIn(schema.getType(name) as GraphQLObjectType, story.told);
      const answer = await people[who].graphql(
        `{ node(id: "${id}") { ... on ${name} { ${fields} } } nodes(ids: ["${id}"]) { id } }`,
      );
      if (!isKnown(who)) expectStranger(answer);
      else if (!(nodes.get(name) ?? readers).includes(who))
        expect(answer.data).toEqual({ node: null, nodes: [null] });
      else expect(answer).toMatchObject({ data: { node: { id }, nodes: [{ id }] } });
    }
  });
});
