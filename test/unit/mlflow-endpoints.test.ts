import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import Fastify from "fastify";
import { describe, expect, it } from "vitest";
import type { Database } from "../../src/db/database.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { type MlflowDoor, mlflowRoutes } from "../../src/mlflow/mlflow.routes.ts";
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

/** The same of what is mounted: nothing of it is asked, so there is nothing behind it. */
async function served(): Promise<string[]> {
  const { mlflow } = wire(null as unknown as Database, systemClock, { store: {} } as Bytes);
  const found: string[] = [];
  const server = Fastify();
  server.addHook("onRoute", ({ method, url }) => {
    const path = url.replace(/^\/api\/2\.0\/(?:mlflow\/)?/, "");
    const isElsewhere = path.startsWith("/ajax-api/") || introductions.has(path);
    if (!isElsewhere) found.push(...[method].flat().map((one) => `${one} ${path}`));
  });
  mlflowRoutes(server, mlflow as MlflowDoor);
  await server.ready();
  await server.close();
  return found.filter((way) => !way.startsWith("HEAD "));
}

const introductions = new Set(["/version", "/api/3.0/mlflow/server-info"]);

describe("the page of MLflow's endpoints", () => {
  it("has a row for each endpoint, and none for what is not there", async () => {
    const ways = await served();
    expect(rowsOf(page).sort()).toEqual(ways.sort());
    expect(ways.length).toBeGreaterThan(60);
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
