import fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import { bothAnswers } from "../support/compiled.ts";
import { type Question, randomQuestion, type Values } from "../support/random-question.ts";
import { schema, somethingToAskFor } from "../support/random-world.ts";
import { holdsIn } from "../support/trials.ts";
import { startWorld, type World } from "../support/world.ts";

const trials = 150;

let world: World;
let values: Values;
beforeAll(async () => {
  // What tells of now is told of the same instant twice.
  world = await startWorld({ clock: () => Date.parse("2026-03-01T00:00:00Z") });
  values = await somethingToAskFor(world);
  return world.close;
});

const anyQuestion = fc.infiniteStream(fc.nat(1_000_000)).map((numbers): Question => {
  const pick = (n: number) => (numbers.next().value as number) % n;
  return randomQuestion(schema, values, pick);
});

/** Where several parts beside each other are refused, which refusal makes their parent null depends on what was read first. */
function outcomeOf(body: string): string {
  const { errors, data } = JSON.parse(body);
  return JSON.stringify({ data, isRefused: errors.length > 0 });
}

it("Any question is answered by compiled code as graphql-js answers it", async () => {
  let answered = 0;
  await holdsIn(
    trials,
    fc.asyncProperty(anyQuestion, async ({ query, variables }) => {
      const { interpreted, compiled } = await bothAnswers(world, query, variables);
      if (!interpreted.includes('"errors"')) {
        answered++;
        expect(compiled).toBe(interpreted);
      } else {
        expect(outcomeOf(compiled)).toBe(outcomeOf(interpreted));
        expect(interpreted).not.toMatch(
          /INTERNAL_SERVER_ERROR|GRAPHQL_VALIDATION_FAILED|GRAPHQL_PARSE_FAILED/,
        );
      }
    }),
  );
  expect(answered).toBeGreaterThan(30);
});
