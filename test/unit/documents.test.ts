import { getOperationAST, parse, specifiedRules, validate } from "graphql";
import { describe, expect, it } from "vitest";
import { usualOperationLimits } from "../../src/graphql/bounds.ts";
import { costOf } from "../../src/graphql/cost.ts";
import { excessOf } from "../../src/graphql/limits.ts";
import { schemaOfApp } from "../../src/wiring/rooms.ts";

const files = import.meta.glob("../../src/{client,cli,demo}/**/*.ts", {
  query: "?raw",
  import: "default",
  eager: true,
}) as Record<string, string>;

/** Every GraphQL document that a program sends, with the file it stands in. */
const documents = Object.entries(files).flatMap(([path, text]) =>
  [...text.matchAll(/\bgql`([^`]*)`/g)].map(([, document]) => ({
    file: path.replace("../../", ""),
    name: /\b(?:query|mutation|subscription)\s+(\w+)/.exec(document!)?.[1] ?? "(unnamed)",
    document: document!,
  })),
);

const schema = schemaOfApp();

describe("the documents that the client, the command line and the demo send", () => {
  it("are found", () => {
    expect(documents.length).toBeGreaterThan(10);
  });

  it.each(documents)("$name in $file fits the schema", ({ document, name }) => {
    const errors = validate(schema, parse(document), specifiedRules);
    expect(errors.map(({ message }) => message)).toEqual([]);
    expect(name).not.toBe("(unnamed)");
  });

  it.each(documents)("$name in $file is far within every limit", ({ document: text }) => {
    expect(excessOf(text, usualOperationLimits)).toBeNull();
    const document = parse(text);
    const operation = getOperationAST(document)!;
    // Pages of a hundred, whatever the variable that says so is called.
    const variables = (operation.variableDefinitions ?? []).map(({ variable }) => [variable.name.value, 100]);
    const cost = costOf(schema, document, operation)(Object.fromEntries(variables));
    expect(cost).toBeLessThan(usualOperationLimits.cost / 10);
  });
});
