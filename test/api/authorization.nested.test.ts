import type { GraphQLObjectType } from "graphql";
import { beforeAll, describe, expect, it } from "vitest";
import { schemaOfApp } from "../../src/wiring/rooms.ts";
import {
  leadingNowhere,
  leadingOn,
  type NestedStory,
  nodesLeadingNowhere,
  nodesLeadingOn,
  queriesToNouns,
  tellNestedStory,
  withoutEvents,
} from "../support/authorization/nested-rows.ts";
import { everythingIn, onlyField } from "../support/authorization/paths.ts";
import { everyone } from "../support/authorization/roles.ts";
import { type AccessStory, secretWord, tellAccessStory } from "../support/authorization/story.ts";
import { type Asker, startWorld, type World } from "../support/world.ts";

const schema = schemaOfApp();
const usualDepth = 4;

let world: World;
/** Reads `plain.*` alone. */
let outsider: Asker;
let story: AccessStory;
let nested: NestedStory;

beforeAll(async () => {
  world = await startWorld();
  story = await tellAccessStory(world);
  outsider = (await everyone(world, "hush.*"))["other scope"];
  nested = await tellNestedStory(world, story);
  return world.close;
});

it("has a row for every query that leads to a noun and for every kind of node, and none for what is not there", () => {
  const queries = queriesToNouns(schema, usualDepth);
  expect([...leadingOn.keys(), ...leadingNowhere].sort()).toEqual(queries.sort());
  const kinds = schema.getPossibleTypes(schema.getType("Node") as never).map(({ name }) => name);
  expect([...nodesLeadingOn.keys(), ...nodesLeadingNowhere].sort()).toEqual([...kinds].sort());
});

function saysSecret(data: unknown): boolean {
  const text = JSON.stringify(data ?? null);
  return [secretWord, ...Object.values(story.ids).map((id) => `"${id}"`)].some((word) => text.includes(word));
}

/** Whether the question would lead on to what is secret, and that it does not do so for the outsider. */
async function expectGuarded(question: string, leadsOn: boolean): Promise<string> {
  const everything = await world.graphql(question);
  expect(everything.errors).toBeUndefined();
  expect(saysSecret(everything.data)).toBe(leadsOn);
  const { data, errors } = await outsider.graphql(question);
  expect(errors).toBeUndefined();
  expect(saysSecret(data)).toBe(false);
  return JSON.stringify(data);
}

describe("whoever reads another scope meets nothing secret", () => {
  it.each([...leadingOn])("on from %s", async (name, depth) => {
    const told = await expectGuarded(
      `{ ${onlyField(schema.getQueryType()!, name, nested.told, depth)} }`,
      true,
    );
    if (name !== "reproduction") expect(told).toContain("plain");
  });

  it.each(nodesOn())("on from a %s by its id", async (name, depth) => {
    const fields = everythingIn(schema.getType(name) as GraphQLObjectType, nested.told, depth);
    const id = nested.ids[name]!;
    const question = `{ node(id: "${id}") { id ... on ${name} { ${fields} } } nodes(ids: ["${id}"]) { ... on ${name} { ${fields} } } }`;
    expect(await expectGuarded(question, nodesLeadingOn.has(name))).toContain(`"id":"${id}"`);
  });

  it.each(nodesOn())("on from the events about a %s", async (name, depth) => {
    const fields = everythingIn(schema.getType(name) as GraphQLObjectType, nested.told, Math.min(depth, 3));
    const about = `first: 2, filter: { subject: "${nested.ids[name]}" }`;
    const question = `{ registryEvents(${about}) { nodes { subject { ... on ${name} { ${fields} } } } } }`;
    const { data, errors } = await outsider.graphql(question);
    expect(errors).toBeUndefined();
    expect(saysSecret(data)).toBe(false);
    expect(data.registryEvents.nodes.length > 0).toBe(!withoutEvents.includes(name));
  });
});

function nodesOn(): [string, number][] {
  return [...nodesLeadingOn, ...nodesLeadingNowhere.map((name): [string, number] => [name, 3])];
}
