import { beforeAll, describe, expect, it } from "vitest";
import { titleOf } from "../support/example.ts";
import { examples } from "../support/mutation-examples.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { rowCounts } from "../support/row-counts.ts";
import { everythingOf, mutations } from "../support/whole-answers.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;
let made = 0;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  return world.close;
});

interface Told {
  seq: number;
  groupSeq: number;
  type: string;
  subject: { id: string } | null;
  actor: { name: string };
}

const since = `query ($after: EventCursor) { registryEvents(after: $after, first: 100) {
  nodes { seq groupSeq type subject { id } actor { name } } } }`;

/** The events of a piece of work, and what it answered. */
async function eventsOf<T>(work: () => Promise<T>): Promise<{ events: Told[]; answer: T }> {
  const after = (await world.ask("{ eventHead }")).eventHead;
  const answer = await work();
  return { events: (await world.ask(since, { after })).registryEvents.nodes, answer };
}

const typesOf = (events: Told[]) => events.map(({ type }) => type).sort();

/** These tell several things of one subject, each once: that it was made, and what it was made from or where it stands. */
const severalTimes = new Set(["recordDataset", "recordLineage", "importHistory"]);

it("every mutation has an example", () => {
  expect(mutations.length).toBeGreaterThanOrEqual(30);
  expect([...new Set(examples.map(({ mutation }) => mutation))].sort()).toEqual(mutations);
});

describe("the journal tells of", () => {
  it.each(examples.map((example) => [titleOf(example), example] as const))(
    "%s: one event for each changed subject, all in one group, by whom it was",
    async (_, { mutation, input, events: expected }) => {
      const given = await input(registry, `told ${++made}`, world);
      const before = await rowCounts(world.settings);
      const { events, answer } = await eventsOf(() =>
        registry.mutate(mutation, given, everythingOf(mutation)),
      );
      const after = await rowCounts(world.settings);
      expect(answer.userErrors).toEqual([]);
      expect(typesOf(events)).toEqual([...expected].sort());
      expect(after.event! - before.event!).toBe(expected.length);
      const subjects = events.map(
        ({ type, subject }) => `${subject?.id} ${severalTimes.has(mutation) ? type : ""}`,
      );
      expect(subjects.filter((subject) => subject.startsWith("undefined"))).toEqual([]);
      expect(new Set(subjects).size).toBe(expected.length);
      expect(new Set(events.map(({ groupSeq }) => groupSeq)).size).toBe(Math.min(1, expected.length));
      for (const { actor } of events) expect(actor).toEqual({ name: "administrator" });
    },
  );

  it.each(examples.map((example) => [titleOf(example), example] as const))(
    "%s said again: no more than it does again",
    async (_, { mutation, input, events: expected, again }) => {
      const given = await input(registry, `again ${++made}`, world);
      await registry.mutate(mutation, given, everythingOf(mutation));
      const before = await rowCounts(world.settings);
      const { events, answer } = await eventsOf(() =>
        registry.attempt(mutation, given, everythingOf(mutation)),
      );
      const codes = answer.userErrors.map(({ code }: { code: string }) => code);
      if (again === "the same") {
        expect(typesOf(events)).toEqual([...expected].sort());
        return;
      }
      expect(codes).toEqual(again === "nothing" ? [] : [again]);
      expect(events).toEqual([]);
      expect(await rowCounts(world.settings)).toEqual(before);
    },
  );
});
