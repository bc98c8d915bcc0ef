import { beforeAll, describe, expect, it } from "vitest";
import { schemaOfApp } from "../../src/wiring/rooms.ts";
import { titleOf } from "../support/example.ts";
import { examples } from "../support/mutation-examples.ts";
import { nastiesIn, nastyInput, shareOf } from "../support/nasty-inputs.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { RowCounter } from "../support/row-counts.ts";
import { type Answer, startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;
let counter: RowCounter;
let made = 0;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  counter = await RowCounter.on(world.settings);
  return async () => {
    await counter.close();
    await world.close();
  };
});

const fields = schemaOfApp().getMutationType()!.getFields();
const known = ["BAD_USER_INPUT", "CURSOR_EXPIRED"];
const userCodes = [
  "IDEMPOTENCY_MISMATCH",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "INVALID",
  "CONFLICT",
  "LIMIT",
  "REFUSED_BY_POLICY",
];

interface Outcome {
  isDone: boolean;
  /** What is wrong with how it was refused; null where nothing is. */
  fault: string | null;
  /** Whether any statement reached the database, be it a read. */
  hasAsked: boolean;
}

async function outcomeOf(mutation: string, input: object): Promise<Outcome> {
  let answer: Answer;
  const query = `mutation ($input: ${fields[mutation]!.args[0]!.type}) { ${mutation}(input: $input) { userErrors { code message path } } }`;
  const statements = await world.statementsOf(async () => {
    answer = await world.graphql(query, { input });
  });
  return { ...refusalIn(answer!, mutation), hasAsked: statements.length > 0 };
}

function refusalIn({ status, data, errors }: Answer, mutation: string): Omit<Outcome, "hasAsked"> {
  if (errors) {
    const [{ message, extensions }] = errors as [{ message: string; extensions: { code: string } }];
    const isKnown = known.includes(extensions.code) && status < 500 && message.length < 1_000;
    return {
      isDone: false,
      fault: isKnown ? null : `${status} ${extensions.code}: ${message.slice(0, 200)}`,
    };
  }
  const [refusal] = data[mutation].userErrors;
  if (!refusal) return { isDone: true, fault: null };
  const { code, message, path } = refusal;
  const isTold = userCodes.includes(code) && message.length < 1_000 && (path === null || path[0] === "input");
  return { isDone: false, fault: isTold ? null : JSON.stringify(refusal).slice(0, 300) };
}

describe("whatever comes in as input of", () => {
  it.each(examples.map((example) => [titleOf(example), example] as const))(
    "%s is done or refused with a code, and a refusal writes nothing",
    { timeout: 300_000 },
    async (_, { mutation, input }) => {
      const type = fields[mutation]!.args[0]!.type;
      const base = await input(registry, `nasty ${++made}`, world);
      const faults: string[] = [];
      let refused = 0;
      let before = await counter.counts();
      for (const nasty of shareOf(nastiesIn(type, "input"), made)) {
        const { isDone, fault, hasAsked } = await outcomeOf(mutation, nastyInput(base, type, nasty));
        // Who asks the database nothing writes nothing: half of all are refused before it hears of them.
        const after = hasAsked ? await counter.counts() : before;
        const what = `${nasty.path} = ${JSON.stringify(nasty.value)?.slice(0, 60)}`;
        if (fault) faults.push(`${what}: ${fault}`);
        if (!isDone) {
          refused++;
          if (JSON.stringify(after) !== JSON.stringify(before)) faults.push(`${what}: was refused and wrote`);
        }
        before = after;
      }
      expect(faults).toEqual([]);
      expect(await counter.counts()).toEqual(before);
      expect(refused).toBeGreaterThan(10);
    },
  );
});
