import { beforeAll, expect, it, onTestFinished } from "vitest";
import type { Told } from "../support/doors.ts";
import { strange } from "../support/nasty-inputs.ts";
import { type Question, randomQuestion, type Values } from "../support/random-question.ts";
import { schema, somethingToAskFor } from "../support/random-world.ts";
import { socketClient, startWorld, type World } from "../support/world.ts";

const atOnce = 4;
const mostMillis = 300_000; // on a machine that has other things to do
const odd = ["String", "ID", "VersionRef", "EventCursor", "Int", "Float"];

type Ask = (query: string, variables?: Record<string, unknown>) => Promise<Told>;

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

/** Two ways to ask; over the socket all of it over one. */
const ways: [name: string, questions: number, open: () => { ask: Ask; close: () => unknown }][] = [
  ["HTTP", 2_000, () => ({ ask: world.graphql, close: () => {} })],
  ["a WebSocket", 500, overOneSocket],
];

it.each(ways)(
  "Any valid question over %s is answered or refused, and none of %i is a fault of the server",
  async (_, questions, open) => {
    const { ask, close } = open();
    onTestFinished(() => void close());
    const seed = Math.floor(Math.random() * 2 ** 31);
    console.info(`${questions} questions, seed ${seed}`);
    const pick = picker(seed);
    const codes = new Map<string, number>();
    const put = async ({ query, variables }: Question) => {
      const { status = 200, errors = [] } = await ask(query, variables);
      const told = errors.map(({ extensions }) => extensions.code);
      for (const code of new Set(told.length > 0 ? told : ["answered"]))
        codes.set(code, (codes.get(code) ?? 0) + 1);
      const isFault = status >= 500 || told.some((code) => faults.has(code));
      expect(isFault ? { seed, query, variables, errors } : null).toBeNull();
    };
    for (let asked = 0; asked < questions; asked += atOnce) {
      const batch = Array.from({ length: atOnce }, () => randomQuestion(schema, values, pick));
      await Promise.all(batch.map(put));
    }
    console.info(Object.fromEntries(codes));
    expect(codes.get("answered")).toBeGreaterThan(questions / 10);
    expect((await ask("{ viewer { actor { name } } }")).data).toBeTruthy();
  },
  mostMillis,
);

/** A fault that closes the socket ends every question on it. */
function overOneSocket() {
  const client = socketClient(world.url);
  const ask: Ask = async (query, variables) => {
    try {
      return (await client.iterate({ query, variables }).next()).value as Told;
    } catch (errors) {
      if (!Array.isArray(errors)) throw errors;
      return { errors };
    }
  };
  return { ask, close: () => client.dispose() };
}

/** What is no refusal: the questions are valid, and nothing is away. */
const faults = new Set([
  "INTERNAL_SERVER_ERROR",
  "GRAPHQL_VALIDATION_FAILED",
  "GRAPHQL_PARSE_FAILED",
  "UNAVAILABLE",
  "TIMEOUT",
]);
