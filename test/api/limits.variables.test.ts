import { beforeAll, describe, expect, it } from "vitest";
import { doors } from "../support/doors.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;

beforeAll(async () => {
  world = await startWorld();
  return world.close;
});

const most = 10_000;
const tooMuch = `at most ${most} values in the variables of a query or a subscription; got more`;

/** So many values: the object, its list, and what is no text. Were they read, the first would be refused. */
const filterOf = (count: number) => ({ filter: { types: Array.from({ length: count - 2 }, () => 1) } });

const refusalOf = async (
  ask: (typeof doors)[number][1],
  query: string,
  variables: Record<string, unknown>,
) => {
  const { status, errors } = await ask(world, query, variables);
  const refusal = errors?.find(({ message }) => message === tooMuch);
  return refusal && { status: status ?? 400, code: refusal.extensions.code };
};

describe.each(doors)("the variables of an operation over %s", (door, ask) => {
  const question = "($filter: EventFilter) { registryEvents(filter: $filter) { __typename } }";
  const asked = door === "HTTP" ? ["query"] : ["query", "subscription"];

  it.each(asked)("hold so many values in a %s, each list and object being one, too", async (type) => {
    expect(await refusalOf(ask, `${type} ${question}`, filterOf(most))).toBeUndefined();
    expect(await refusalOf(ask, `${type} ${question}`, filterOf(most + 1))).toEqual({
      status: 400,
      code: "LIMIT",
    });
  });

  it("hold more where they are JSON, or bring what is to be written", async () => {
    const rows = Array.from({ length: 20 }, () => Array.from({ length: 1_000 }, () => 1));
    const validate = `query ($rows: JSON!) { validatePayload(ref: "none/1", rows: $rows) { isValid } }`;
    expect(await refusalOf(ask, validate, { rows })).toBeUndefined();
    const mutation =
      "mutation ($input: RecordLineageInput!) { recordLineage(input: $input) { userErrors { code } } }";
    const edges = Array.from({ length: 6_000 }, () => ({ from: "a", to: "b", type: "CONSUMED" }));
    expect(await refusalOf(ask, mutation, { input: { nodes: [], edges } })).toBeUndefined();
  });
});
