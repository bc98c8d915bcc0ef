import { readFileSync } from "node:fs";
import {
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
} from "graphql";
import { describe, expect, it } from "vitest";
import { printed } from "../../src/graphql/schema.ts";
import { schemaOfApp } from "../../src/wiring/rooms.ts";

const schema = schemaOfApp();

/** Every place of a schema that a reader may wonder about, with what it says of itself. */
function placesOf(of: GraphQLSchema): Map<string, string | null | undefined> {
  const places = new Map<string, string | null | undefined>();
  for (const type of Object.values(of.getTypeMap())) {
    if (isIntrospectionType(type) || isSpecifiedScalarType(type)) continue;
    const isRoot = [of.getQueryType(), of.getMutationType(), of.getSubscriptionType()].includes(
      type as never,
    );
    if (!isRoot) places.set(type.name, type.description);
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        places.set(`${type.name}.${field.name}`, field.description);
        for (const arg of field.args) places.set(`${type.name}.${field.name}(${arg.name})`, arg.description);
      }
    }
    if (isInputObjectType(type)) {
      for (const field of Object.values(type.getFields()))
        places.set(`${type.name}.${field.name}`, field.description);
    }
    if (isEnumType(type)) {
      for (const value of type.getValues()) places.set(`${type.name}.${value.name}`, value.description);
    }
  }
  return places;
}

describe("the schema", () => {
  it("describes every type, field, argument, input and enum value", () => {
    const places = placesOf(schema);
    expect(places.size).toBeGreaterThan(500);
    const silent = [...places].filter(([, description]) => !description || description.trim().length < 5);
    expect(silent.map(([place]) => place)).toEqual([]);
  });

  it("describes them in sentences", () => {
    const loose = [...placesOf(schema)].filter(
      ([, description]) => !/[.!?:)…]$/.test(description?.trim() ?? ""),
    );
    expect(loose.map(([place, description]) => `${place}: ${description}`)).toEqual([]);
  });

  it("is the one in schema.graphql: run `npm run schema` after a change", () => {
    const kept = readFileSync(new URL("../../schema.graphql", import.meta.url), "utf8");
    expect(printed(schema)).toBe(kept);
  });

  it("takes an input with an idempotency key in every mutation, and answers with user errors", () => {
    const mutations = Object.values(schema.getMutationType()!.getFields());
    expect(mutations.length).toBeGreaterThanOrEqual(30);
    for (const { name, args, type } of mutations) {
      expect(
        args.map((arg) => String(arg.type)),
        name,
      ).toEqual([`${name[0]!.toUpperCase()}${name.slice(1)}Input!`]);
      const input = schema.getType(String(args[0]!.type).replace("!", ""));
      if (!isInputObjectType(input)) throw new Error(`${name}: no input type`);
      expect(String(input.getFields().idempotencyKey?.type), name).toBe("String");
      const payload = schema.getType(String(type).replace("!", ""));
      if (!isObjectType(payload)) throw new Error(`${name}: no payload type`);
      expect(String(payload.getFields().userErrors?.type), name).toBe("[UserError!]!");
    }
  });
});
