import { beforeAll, expect, it } from "vitest";
import { inLanes, type Registry, registryOf } from "../support/registry.ts";
import { type Answer, startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  return world.close;
});

const upTo = (last: number) => Array.from({ length: last }, (_, at) => at + 1);
const ascending = (numbers: number[]) => [...numbers].sort((a, b) => a - b);

/** All numbers of a model, as its pages tell. */
async function numbersOf(name: string): Promise<number[]> {
  const query = `query ($name: String!, $after: String) { model(name: $name) {
    versions(first: 100, after: $after, orderBy: { field: NUMBER, direction: ASC }) { nodes { number } pageInfo { hasNextPage endCursor } } } }`;
  const numbers: number[] = [];
  for (let after: string | null = null; ; ) {
    const answer: Answer["data"] = await world.ask(query, { name, after });
    const { versions } = answer.model;
    numbers.push(...versions.nodes.map(({ number }: { number: number }) => number));
    if (!versions.pageInfo.hasNextPage) return numbers;
    after = versions.pageInfo.endCursor;
  }
}

it("sixteen clients register 400 versions of one model: 1 … 400, none missing, none failed", async () => {
  await registry.model("hot");
  const payloads = await inLanes(16, 400, (at) =>
    registry.attempt("registerModelVersion", { model: "hot", source: `client ${at}` }),
  );
  expect(payloads.flatMap(({ userErrors }) => userErrors)).toEqual([]);
  expect(ascending(payloads.map(({ modelVersion }) => modelVersion.number))).toEqual(upTo(400));
  expect(await numbersOf("hot")).toEqual(upTo(400));
  const events = await world.ask(
    `{ registryEvents(filter: { model: "hot", types: ["version.registered"] }) { totalCount } }`,
  );
  expect(events.registryEvents.totalCount).toBe(400);
});

it("leaves no gap where registrations are refused in between", async () => {
  await registry.model("stumbling");
  const payloads = await inLanes(16, 120, (at) =>
    registry.attempt("registerModelVersion", {
      model: "stumbling",
      ...(at % 3 === 0 ? { semanticVersion: "1.0.0" } : at % 3 === 1 ? { runId: "gone" } : {}),
    }),
  );
  const done = payloads.filter(({ userErrors }) => userErrors.length === 0);
  expect(ascending(done.map(({ modelVersion }) => modelVersion.number))).toEqual(upTo(41));
  expect(await numbersOf("stumbling")).toEqual(upTo(41));
});

it("counts for each model by itself, and never gives a number twice, not even a deleted one's", async () => {
  await registry.model("first of two");
  await registry.model("second of two");
  expect((await registry.version("first of two")).number).toBe(1);
  expect((await registry.version("second of two")).number).toBe(1);
  const { id } = await registry.version("first of two");
  await registry.mutate("deleteModelVersion", { version: id });
  expect((await registry.version("first of two")).number).toBe(3);
  expect(await numbersOf("first of two")).toEqual([1, 3]);
});

it("registers one version for sixteen clients with the same idempotency key", async () => {
  await registry.model("repeated");
  for (let round = 1; round <= 5; round++) {
    const input = { model: "repeated", source: `round ${round}`, idempotencyKey: `key ${round}` };
    const payloads = await inLanes(16, 16, () => registry.attempt("registerModelVersion", input));
    expect(payloads.map(({ modelVersion }) => modelVersion.number)).toEqual(Array(16).fill(round));
  }
});
