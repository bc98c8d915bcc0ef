import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Database } from "../../src/db/database.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import type { Bytes } from "../../src/wiring/objects.ts";
import { wire } from "../../src/wiring/rooms.ts";

const page = readFileSync(fileURLToPath(new URL("../../src/mlflow/README.md", import.meta.url)), "utf8");
const outside = page.slice(page.indexOf("\n## Outside"));

/** Method and path of each row of the page's tables. */
function rowsOf(text: string): string[] {
  return text.split("\n").flatMap((line) => {
    const [, methods = "", path = ""] = line.split("|").map((cell) => cell.trim());
    const told = /^`([^`]+)`$/.exec(path)?.[1];
    return told ? [...methods.matchAll(/`([A-Z]+)`/g)].map(([, method]) => `${method} ${told}`) : [];
  });
}

/** The same of the endpoints: nothing of them is asked, so there is nothing behind them. */
const served = wire(null as unknown as Database, systemClock, {} as Bytes).mlflow.flatMap(
  ({ methods, path }) => methods.map((method) => `${method} ${path}`),
);

describe("the page of MLflow's endpoints", () => {
  it("has a row for each endpoint, and none for what is not there", () => {
    expect(rowsOf(page).sort()).toEqual(served.sort());
    expect(served.length).toBeGreaterThan(50);
  });

  it("names every verb and every field as GraphQL has them", () => {
    const schema = readFileSync(fileURLToPath(new URL("../../schema.graphql", import.meta.url)), "utf8");
    const named = [...page.matchAll(/\| `([a-z][A-Za-z]+)`/g)].map(([, name]) => name!);
    expect(named.length).toBeGreaterThan(30);
    expect(named.filter((name) => !new RegExp(`^  ${name}[(:]`, "m").test(schema))).toEqual([]);
  });

  it("has no table of what is outside", () => {
    expect(rowsOf(outside)).toEqual([]);
  });
});
