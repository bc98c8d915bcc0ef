import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { person } from "../support/access.ts";
import { doors } from "../support/doors.ts";
import { enter, knock } from "../support/guest-socket.ts";
import { registryOf } from "../support/registry.ts";
import { startWorld, type World } from "../support/world.ts";

/** As it is shipped: nothing is set. */
let world: World;
let model: string;

beforeAll(async () => {
  world = await startWorld();
  model = (await registryOf(world).model("paged")).id;
  return world.close;
});

const pages: [name: string, most: number, query: (size: string) => string][] = [
  ["the first", 100, (size) => `{ models(first: ${size}) { nodes { id } } }`],
  ["the last", 100, (size) => `{ models(last: ${size}) { nodes { id } } }`],
  ["a nested list", 100, (size) => `{ model(name: "paged") { versions(first: ${size}) { nodes { id } } } }`],
  ["the journal", 100, (size) => `{ registryEvents(first: ${size}) { nodes { seq } } }`],
  [
    "lineage",
    1_000,
    (size) => `{ lineage(root: "${model}", direction: BOTH, first: ${size}) { totalNodes } }`,
  ],
];

describe.each(doors)("a page asked for over %s", (_, ask) => {
  it.each(pages)("of %s may be %i long and no longer", async (_name, most, query) => {
    for (const [text, variables] of [
      [(size: number) => query(String(size)), () => ({})],
      [() => query("$size").replace("{", "query ($size: Int) {"), (size: number) => ({ size })],
    ] as const) {
      const { data, errors } = await ask(world, text(most), variables(most));
      expect(errors).toBeUndefined();
      expect(Object.values(data)).not.toEqual([null]);
      const refused = await ask(world, text(most + 1), variables(most + 1));
      expect(refused.errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
      expect(refused.errors![0]!.message).toContain(`${(most + 1).toLocaleString("en")}`.replace(",", ""));
    }
  });
});

it("an actor has a hundred sockets open at once, and not one more, where nothing is set", async () => {
  const ann = await person(world, "ann");
  const guests = await Promise.all(Array.from({ length: 100 }, () => enter(world.url, ann.token)));
  onTestFinished(() => {
    for (const { socket } of guests) socket.terminate();
  });
  const refusal = { code: 4429, reason: "at most 100 sockets of one actor at once" };
  expect((await knock(world.url, ann.token)).refusal).toMatchObject(refusal);
  expect(guests.every(({ socket }) => socket.readyState === socket.OPEN)).toBe(true);
  const [first] = guests;
  first!.socket.close();
  await first!.farewell;
  guests.push(await enter(world.url, ann.token));
  expect((await knock(world.url, ann.token)).refusal).toMatchObject(refusal);
});
