import {
  buildSchema,
  type DocumentNode,
  execute,
  GraphQLError,
  type GraphQLScalarType,
  getVariableValues,
  type OperationDefinitionNode,
  parse,
} from "graphql";
import { beforeEach, describe, expect, it } from "vitest";
import { VariableReader, type Variables } from "../../src/graphql/variables.ts";

const schema = buildSchema(`
  scalar JSON
  scalar Even
  enum Stage { None Production }
  input Filter { name: String, first: Int = 7, stages: [Stage!], not: Filter, must: Boolean! = true }
  type Query { echo(filter: Filter, evens: [Even!], first: Int! = 3, any: JSON): String }
`);

let seen: unknown[] = [];

(schema.getType("Even") as GraphQLScalarType).parseValue = (value) => {
  seen.push(value);
  if (Number(value) % 2 !== 0) throw new GraphQLError(`expected an even number; got ${value}`);
  return Number(value) / 2;
};

beforeEach(() => {
  seen = [];
});

const operationIn = ({ definitions }: DocumentNode) => definitions[0] as OperationDefinitionNode;

function bothRead(declared: string, given: Record<string, unknown>) {
  const operation = operationIn(parse(`query (${declared}) { echo }`));
  const values = new VariableReader(schema).read(operation, given);
  const { coerced, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], given);
  return { values, coerced, errors };
}

describe("Variables", () => {
  it.each<[declared: string, given: Record<string, unknown>]>([
    ["$a: Int", {}],
    ["$a: Int", { a: null }],
    ["$a: Int, $b: Int", { b: 2, c: 3 }],
    ["$a: Int = 5", {}],
    ["$a: Int! = 5", {}],
    ["$a: Int = 5", { a: null }],
    ["$a: [Int]", { a: 1 }],
    ["$a: [[Int!]!]", { a: [[1], [2, 3], 4] }],
    ["$a: Filter", { a: {} }],
    ["$a: Filter!", { a: { name: "x", stages: "None", not: { first: null } } }],
    ["$a: Filter = { not: { name: null } }", {}],
    ["$a: [Even!]", { a: [2, "4"] }],
    ["$a: JSON", { a: { b: [1, { c: null }] } }],
  ])("%s of %j are read as graphql-js reads them", (declared, given) => {
    const { values, coerced } = bothRead(declared, given);
    expect(coerced).toBeDefined();
    expect(values).toEqual(coerced);
  });

  it.each<[declared: string, given: Record<string, unknown>]>([
    ["$a: Int!", {}],
    ["$a: Int!", { a: null }],
    ["$a: Int", { a: "1" }],
    ["$a: Int", { a: 1.5 }],
    ["$a: [Int!]!", { a: [1, null] }],
    ["$a: [Stage!]", { a: ["None", "Nowhere"] }],
    ["$a: Filter", { a: { must: null } }],
    ["$a: [Even]", { a: [2, 3] }],
  ])("%s of %j are refused in the words of graphql-js", (declared, given) => {
    const { values, errors } = bothRead(declared, given);
    expect((values as GraphQLError).message).toBe(errors?.[0]?.message);
    expect((values as GraphQLError).locations).toEqual(errors?.[0]?.locations);
  });

  it.each<[declared: string, given: Record<string, unknown>, message: string]>([
    [
      "$a: Filter",
      { a: { not: { nam: "x" } } },
      'Variable "$a" got invalid value {…} at "a.not"; Field "nam" is not defined by type "Filter".',
    ],
    [
      "$a: Int",
      { a: [1] },
      'Variable "$a" got invalid value […]; Int cannot represent non-integer value: [1]',
    ],
    [
      "$a: [Filter!]",
      { a: [{}, []] },
      'Variable "$a" got invalid value [] at "a[1]"; Expected type "Filter" to be an object.',
    ],
  ])("%s of %j are refused without all that came", (declared, given, message) => {
    const { values, errors } = bothRead(declared, given);
    expect(errors).toBeDefined();
    expect(values).toBeInstanceOf(GraphQLError);
    expect((values as GraphQLError).message).toBe(message);
  });

  it("are read once, however many ask and run them", async () => {
    const document = parse(
      "query ($evens: [Even!], $first: Int! = 4) { echo(evens: $evens, first: $first) }",
    );
    const reader = new VariableReader(schema);
    const given = { evens: [2, 4] };
    const values = reader.read(operationIn(document), given);
    expect(reader.read(operationIn(document), given)).toBe(values);
    const rootValue = { echo: (received: object) => JSON.stringify(received) };
    const untyped = reader.withoutTypes(document);
    const { data } = await execute({
      schema,
      document: untyped,
      variableValues: values as Variables,
      rootValue,
    });
    expect(JSON.parse(String(data?.echo))).toEqual({ evens: [1, 2], first: 4 });
    expect(seen).toEqual([2, 4]);
    expect(reader.withoutTypes(document)).toBe(untyped);
  });

  it("are read anew for another operation", () => {
    const reader = new VariableReader(schema);
    const given = { a: 4 };
    const read = (type: string) => reader.read(operationIn(parse(`query ($a: ${type}) { echo }`)), given);
    expect(read("Int")).toEqual({ a: 4 });
    expect(read("Even")).toEqual({ a: 2 });
  });

  it("are given up at the first fault", () => {
    const operation = operationIn(parse("query ($a: [Even]) { echo }"));
    const odd = Array.from({ length: 1_000 }, () => 1);
    const refusal = new VariableReader(schema).read(operation, { a: odd });
    expect(refusal).toMatchObject({ message: expect.stringContaining('at "a[0]"; ') });
    expect(seen).toEqual([1]);
  });
});
