import { type GraphQLObjectType, getNamedType, isCompositeType } from "graphql";
import { beforeAll, expect, it } from "vitest";
import { permissions } from "../../src/kernel/permission.ts";
import { schemaOfApp } from "../../src/wiring/rooms.ts";
import { type Person, person } from "../support/access.ts";
import { payloads } from "../support/authorization/payload-rows.ts";
import { type Example, titleOf } from "../support/example.ts";
import { examples } from "../support/mutation-examples.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { type Answer, type Asker, startWorld, type World } from "../support/world.ts";

const schema = schemaOfApp();
const mutations = schema.getMutationType()!.getFields();
const payloadOf = (mutation: string) => getNamedType(mutations[mutation]!.type) as GraphQLObjectType;

/** Nobody mints for others who may not read of them, nor decides on what he may not read: no blind doer is told these. */
const neverBlind = [
  "ReviewTransitionPayload.approval",
  "ReviewTransitionPayload.transitionRequest",
  "ReviewTransitionPayload.verdict",
  "TokenSecretPayload.secret",
  "TokenSecretPayload.token",
  "WithdrawTransitionPayload.transitionRequest",
];

let world: World;
let administrator: Registry;
/** May do everything, and read nothing. */
let blind: Person;
let made = 0;

beforeAll(async () => {
  world = await startWorld();
  administrator = registryOf(world);
  const deeds = Object.keys(permissions).filter((permission) => !permission.endsWith(":read"));
  await administrator.mutate("defineRole", { name: "BLIND", permissions: deeds });
  blind = await person(world, "blind", { grants: [["BLIND", "*"]] });
  return world.close;
});

it("has a row for every field that a mutation answers, and none for what is not there", () => {
  const types = new Set([...Object.keys(mutations).map(payloadOf), schema.getType("UserError")]);
  const fields = [...(types as Set<GraphQLObjectType>)].flatMap((type) =>
    Object.keys(type.getFields()).map((name) => `${type.name}.${name}`),
  );
  expect([...payloads.keys()].sort()).toEqual(fields.sort());
});

function isSomething(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== null;
}

/** Does it and asks for all that it answers, by `Type.field`. */
async function told(asker: Asker, { mutation, input }: Example): Promise<[[string, unknown][], Answer]> {
  const type = payloadOf(mutation);
  const fields = Object.values(type.getFields()).map((field) =>
    isCompositeType(getNamedType(field.type)) ? `${field.name} { __typename }` : field.name,
  );
  const given = await input(administrator, `payload ${++made}`, world);
  const inputType = `${mutation[0]!.toUpperCase()}${mutation.slice(1)}Input`;
  const answer = await asker.graphql(
    `mutation ($input: ${inputType}!) { ${mutation}(input: $input) { ${fields.join(" ")} } }`,
    { input: given },
  );
  const payload: object = answer.data?.[mutation] ?? {};
  return [Object.entries(payload).map(([name, value]) => [`${type.name}.${name}`, value]), answer];
}

const isAsked = (field: string) => !/^UserError[.]|[.]userErrors$/.test(field);
const asked = [...payloads.keys()].filter(isAsked).sort();

it("whoever reads everything is told each of them by some mutation", async () => {
  const seen = new Set<string>();
  for (const example of examples) {
    const [fields, { errors }] = await told(world, example);
    expect(errors, titleOf(example)).toBeUndefined();
    for (const [field, value] of fields) if (isAsked(field) && isSomething(value)) seen.add(field);
  }
  expect([...seen].sort()).toEqual(asked);
});

it("whoever may do everything and read nothing is told of no noun by any mutation", async () => {
  const done = new Set<string>();
  for (const example of examples) {
    const [fields, { errors, data }] = await told(blind, example);
    if (errors) {
      // Some rights go no further than what their holder may do: nobody grants what he has not.
      expect([titleOf(example), errors[0]!.extensions.code]).toEqual([titleOf(example), "FORBIDDEN"]);
      continue;
    }
    if (data[example.mutation].userErrors.length > 0) continue;
    for (const [field, value] of fields.filter(([field]) => isAsked(field))) {
      done.add(field);
      if (payloads.get(field) === "readers")
        expect([titleOf(example), field, isSomething(value)]).toEqual([titleOf(example), field, false]);
    }
  }
  expect([...done, ...neverBlind].sort()).toEqual(asked);
});
