import { beforeAll, expect, it } from "vitest";
import { strange } from "../support/nasty-inputs.ts";
import { type Question, randomQuestion, type Values } from "../support/random-question.ts";
import { schema, somethingToAskFor } from "../support/random-world.ts";
import { startWorld, type World } from "../support/world.ts";

const questions = 2_000;
const atOnce = 4;
const odd = ["String", "ID", "VersionRef", "EventCursor", "Int", "Float"];

let world: World;
let values: Values;

beforeAll(async () => {
  world = await startWorld();
  const usual = await somethingToAskFor(world);
  // Every third value is one that is rarely welcome.
  const mixed = odd.map((name) => {
    // Half a surrogate pair cannot be written in a document.
    const strangers = strange[name]!.filter((value) => !/\p{Surrogate}/u.test(String(value)));
    const known = usual[name] ?? [];
    const twice = Array.from({ length: strangers.length * 2 }, (_, at) => known[at % known.length]);
    return [name, [...twice, ...strangers]];
  });
  values = { ...usual, ...Object.fromEntries(mixed) };
  return world.close;
});

/** Numbers from 0 to n − 1 that follow from the seed (mulberry32). */
function picker(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * n);
  };
}

it("Any valid question is answered or refused, and none is a fault of the server", async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  console.info(`${questions} questions, seed ${seed}`);
  const pick = picker(seed);
  const codes = new Map<string, number>();
  const ask = async ({ query, variables }: Question) => {
    const { status, errors = [] } = await world.graphql(query, variables);
    const told = errors.map(({ extensions }) => extensions.code);
    for (const code of new Set(told.length > 0 ? told : ["answered"]))
      codes.set(code, (codes.get(code) ?? 0) + 1);
    const isFault = status >= 500 || told.some((code) => faults.has(code));
    expect(isFault ? { seed, query, variables, errors } : null).toBeNull();
  };
  for (let asked = 0; asked < questions; asked += atOnce) {
    const batch = Array.from({ length: atOnce }, () => randomQuestion(schema, values, pick));
    await Promise.all(batch.map(ask));
  }
  console.info(Object.fromEntries(codes));
  expect(codes.get("answered")).toBeGreaterThan(questions / 10);
  expect(await world.ask("{ viewer { actor { name } } }")).toBeTruthy();
});

/** What is no refusal: the questions are valid, and nothing is away. */
const faults = new Set([
  "INTERNAL_SERVER_ERROR",
  "GRAPHQL_VALIDATION_FAILED",
  "GRAPHQL_PARSE_FAILED",
  "UNAVAILABLE",
  "TIMEOUT",
]);
