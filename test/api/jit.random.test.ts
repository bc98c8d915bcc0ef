import { readFileSync } from "node:fs";
import fc from "fast-check";
import { buildSchema } from "graphql";
import { beforeAll, expect, it } from "vitest";
import { bothAnswers } from "../support/compiled.ts";
import { type Question, randomQuestion, type Values } from "../support/random-question.ts";
import { registryOf } from "../support/registry.ts";
import { trackerOf } from "../support/tracker.ts";
import { holdsIn } from "../support/trials.ts";
import { startWorld, type World } from "../support/world.ts";

const schema = buildSchema(readFileSync(new URL("../../schema.graphql", import.meta.url), "utf8"));

const trials = 150;

let world: World;
const values: Record<string, unknown[]> = {
  Int: [1, 2, 3],
  Float: [0, 0.5, 2],
  Boolean: [true, false],
  BigInt: [0, 1, 5],
  String: ["rnd.fraud", "rnd.churn", "a", "Production", "train", "auc"],
  DateTime: ["2020-01-01T00:00:00Z", "2100-01-01T00:00:00.000Z"],
  EventCursor: ["start"],
  VersionRef: [
    "rnd.fraud/1",
    "rnd.fraud@champion",
    "rnd.churn@latest",
    "rnd.fraud/Production",
    "rnd.none/1",
    "?",
  ],
  ID: ["none"],
  stage: ["Production", "None", "nowhere"],
  name: ["rnd.fraud", "rnd.churn", "Default", "loans", "nobody"],
  after: ["WyJ4Il0"],
  before: ["WyJ4Il0"],
};

beforeAll(async () => {
  world = await startWorld();
  const registry = registryOf(world);
  const tracker = trackerOf(world);
  const made = await tracker.done("createRun", {
    experiment: "Default",
    params: [{ key: "a", value: "1" }],
    datasets: [{ name: "loans", digest: "d1", role: "train" }],
    commit: { repository: "r", sha: "c".repeat(40) },
  });
  for (const model of ["rnd.fraud", "rnd.churn"]) {
    values.ID!.push((await registry.model(model, { owner: "a", tags: [{ key: "a", value: "b" }] })).id);
    for (let number = 1; number <= 3; number++) {
      const version = await registry.version(model, {
        runId: number === 1 ? made.runId : undefined,
        semanticVersion: `${number}.0.0`,
        metrics: [{ key: "auc", value: number / 4 }],
        signature: { inputs: [] },
      });
      values.ID!.push(version.id);
    }
  }
  values.ID!.push(made.id);
  values.runId = [made.runId, "0".repeat(32)];
  values.sha = ["c".repeat(40), "ccccccc", "d".repeat(40)];
  await registry.promote("rnd.fraud/1", "Production");
  await registry.mutate("setAlias", { model: "rnd.fraud", alias: "champion", version: 1 });
  return world.close;
});

const anyQuestion = fc.infiniteStream(fc.nat(1_000_000)).map((numbers): Question => {
  const pick = (n: number) => (numbers.next().value as number) % n;
  return randomQuestion(schema, values as Values, pick);
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
