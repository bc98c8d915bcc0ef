import { parse, specifiedRules, validate } from "graphql";
import { describe, expect, it } from "vitest";
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
});
