import {
  type GraphQLInputType,
  GraphQLNonNull,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
} from "graphql";
import { describe, expect, it } from "vitest";
import { type Form, policyForm } from "../../src/cli/policies/policy-form.ts";
import { schemaOfApp } from "../../src/wiring/rooms.ts";

/** What a call says of itself, and no file. */
const ofTheCall = ["dryRun", "expectedRevision", "idempotencyKey"];

const kinds: Record<string, Form> = {
  String: { is: "text" },
  Float: { is: "number" },
  Int: { is: "whole number" },
  Boolean: { is: "flag" },
};

/** The form that a type of the schema has in a file. */
function formOf(type: GraphQLInputType): Form {
  const inner = type instanceof GraphQLNonNull ? type.ofType : type;
  if (isListType(inner)) return { is: "list", of: formOf(inner.ofType) };
  if (isEnumType(inner)) return { is: "word", among: inner.getValues().map(({ name }) => name) };
  if (!isInputObjectType(inner)) return kinds[getNamedType(inner).name]!;
  const fields = Object.values(inner.getFields()).filter(({ name }) => !ofTheCall.includes(name));
  return {
    is: "mapping",
    of: Object.fromEntries(fields.map((field) => [field.name, formOf(field.type)])),
    needs: fields.filter(({ type: told }) => told instanceof GraphQLNonNull).map(({ name }) => name),
  };
}

/** Words and needs in one order. */
function sorted(form: Form): Form {
  if (form.is === "list") return { ...form, of: sorted(form.of) };
  if (form.is === "word") return { ...form, among: [...form.among].sort() };
  if (form.is !== "mapping") return form;
  const of = Object.entries(form.of).map(([key, part]) => [key, sorted(part)]);
  return { ...form, of: Object.fromEntries(of), needs: [...form.needs].sort() };
}

describe("a policy in a file", () => {
  it("has the form of what setPolicy takes", () => {
    const input = schemaOfApp().getType("SetPolicyInput") as GraphQLInputType;
    expect(sorted(policyForm)).toEqual(sorted(formOf(input)));
  });
});
