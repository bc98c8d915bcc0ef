import { beforeAll, describe, expect, it } from "vitest";
import { schemaOfApp } from "../../src/wiring/rooms.ts";
import { everybody, everyone, known, type Who } from "../support/authorization/roles.ts";
import { exceptions, mutations } from "../support/authorization/rows.ts";
import { titleOf } from "../support/example.ts";
import { examples } from "../support/mutation-examples.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { type Asker, startWorld, type World } from "../support/world.ts";

const fields = Object.keys(schemaOfApp().getMutationType()!.getFields());
const rows = examples.map((example) => [titleOf(example), example] as const);

let world: World;
let administrator: Registry;
let people: Record<Who, Asker>;
let made = 0;

beforeAll(async () => {
  world = await startWorld();
  administrator = registryOf(world);
  people = await everyone(world, "*");
  return world.close;
});

async function eventHead(): Promise<string> {
  return (await world.ask("{ eventHead }")).eventHead;
}

it("has a row for every mutation, and none for what is not there", () => {
  expect([...mutations.keys()].sort()).toEqual(fields.map((name) => `Mutation.${name}`).sort());
});

describe.each(everybody)("%s", (who) => {
  it.each(rows)("says %s", async (title, { mutation, input }) => {
    const own = `${who} ${++made}`;
    const given = await input(administrator, own, world);
    const before = await eventHead();
    const type = `${mutation[0]!.toUpperCase()}${mutation.slice(1)}Input`;
    const question = `mutation ($input: ${type}!) { ${mutation}(input: $input) { userErrors { code message } } }`;
    const { status, data, errors } = await people[who].graphql(question, { input: given });
    const codes = (errors ?? []).map(({ extensions }) => extensions.code);
    if (!known.includes(who)) {
      expect({ status, codes }).toEqual({ status: 401, codes: ["UNAUTHENTICATED"] });
    } else if ((exceptions.get(title) ?? mutations.get(`Mutation.${mutation}`)!).includes(who)) {
      expect({ errors, data }).toEqual({ errors: undefined, data: { [mutation]: { userErrors: [] } } });
      return;
    } else if (codes.length > 0) {
      expect({ codes, data: data?.[mutation] ?? null }).toEqual({ codes: ["FORBIDDEN"], data: null });
    } else {
      // What one may not read is not there: nouns of another scope, tokens and grants of others.
      expect(data[mutation].userErrors.map(({ code }: { code: string }) => code)).toEqual(["NOT_FOUND"]);
      expect(who === "other scope" || /Token|Role/.test(mutation)).toBe(true);
    }
    expect(await eventHead()).toBe(before);
  });
});
