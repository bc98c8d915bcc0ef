import { describe, expect, it } from "vitest";
import { readFilter } from "../../src/mlflow/filter.ts";

const text = (value: string) => ({ is: "text", text: value });

describe("MLflow's filter language", () => {
  it("reads comparisons joined by AND, with an entity or without, in either quotes", () => {
    expect(readFilter(`name = 'a' and tags.team LIKE "r%" AND version_number >= -7`)).toMatchObject([
      { entity: null, key: "name", operator: "=", value: text("a") },
      { entity: "tags", key: "team", operator: "LIKE", value: text("r%") },
      { entity: null, key: "version_number", operator: ">=", value: { is: "number", number: -7 } },
    ]);
  });

  it("reads keys with dots, in backticks and in quotes", () => {
    const filter =
      "tag.`mlflow.prompt.is_prompt` != 'true' AND tags.mlflow.source.git.commit='c' AND params.\"a b\" ilike 'x' AND metrics.`val/loss` < 1e-3 AND tag.1st = 'o'";
    expect(readFilter(filter).map(({ entity, key, operator }) => [entity, key, operator])).toEqual([
      ["tag", "mlflow.prompt.is_prompt", "!="],
      ["tags", "mlflow.source.git.commit", "="],
      ["params", "a b", "ILIKE"],
      ["metrics", "val/loss", "<"],
      ["tag", "1st", "="],
    ]);
  });

  it("reads lists, and what is there or not", () => {
    const filter =
      "run_id IN ('a', \"b\") AND attributes.run_id not in ('c') AND tags.k IS NULL AND params.p is not null";
    expect(readFilter(filter)).toMatchObject([
      { operator: "IN", value: { is: "list", texts: ["a", "b"] } },
      { operator: "NOT IN", value: { is: "list", texts: ["c"] }, shown: "('c')" },
      { operator: "IS NULL", value: { is: "nothing" } },
      { operator: "IS NOT NULL", value: { is: "nothing" } },
    ]);
  });

  it("takes a quote told twice for one, and words within quotes for text", () => {
    expect(readFilter("name = 'it''s AND (so)'")).toMatchObject([{ value: text("it's AND (so)") }]);
  });

  it("minds no AND that is missing or left at the end", () => {
    expect(readFilter("name = 'a' AND").map(({ key }) => key)).toEqual(["name"]);
    expect(readFilter("name = 'a' name = 'b' and and name = 'c'")).toHaveLength(3);
  });

  it("finds nothing in a filter of nothing", () => {
    expect([undefined, "", " \n"].map(readFilter)).toEqual([[], [], []]);
  });

  it.each([
    "name",
    "name =",
    "= 'a'",
    "name = 'a",
    "name = a",
    "name 'a'",
    "name = 'a' OR name = 'b'",
    "(name = 'a')",
    "name IN ()",
    "name IN ('a'",
    "name IN ('a' 'b')",
    "name IN (1)",
    "name IS 'a'",
    "name IS",
    "name IS NOT",
    "name IS NOT 'a'",
    "name IS NULL NULL",
    "name NOT NULL",
    "IS NULL",
    "name NOT 'a'",
    "tags. = 'a'",
    "tags.a-b = 'a'",
    "name = 'a';",
    "\u0000 = 'a'",
  ])("refuses %j as a wrong parameter", (filter) => {
    expect(() => readFilter(filter)).toThrow(expect.objectContaining({ code: "INVALID_PARAMETER_VALUE" }));
  });

  it("settles what makes other readers go back over their steps for ever", () => {
    const settled = ["''", "`", "a.", "(", "'", "-", "1", "!=", "NOT ", "IS NOT ", "'' AND a = "].map(
      (piece) => {
        try {
          return readFilter(`name = ${piece.repeat(Math.floor(89_999 / piece.length))}`).length;
        } catch (error) {
          return (error as { code: string }).code;
        }
      },
    );
    expect(settled).toEqual([1, ...settled.slice(1).map(() => "INVALID_PARAMETER_VALUE")]);
  });
});
