import { expect, it, onTestFinished } from "vitest";
import { administrator } from "../../src/access/authenticate.ts";
import { sql } from "../../src/db/sql.ts";
import { Feed } from "../../src/journal/feed.ts";
import { EventSubscriptions } from "../../src/journal/subscription.ts";
import type { Actor } from "../../src/kernel/actor.ts";
import { Request } from "../../src/kernel/request.ts";
import { GraphWorld } from "../support/graph-world.ts";
import { readerOf } from "../support/readers.ts";

/** A subscription of somebody whose rights the test changes. */
class Lasting extends Request {
  constructor(public now: Actor) {
    super("1", now);
  }

  override async renew(): Promise<Actor> {
    return this.now;
  }
}

it("reads again what was read ahead under other rights: told is what may be read then, each event once", async () => {
  const world = await GraphWorld.open();
  const feed = new Feed(world.db);
  onTestFinished(() => feed.stop());
  const containers = await world.db.write((tx) =>
    world.graph.createNodes(
      tx,
      ["first", "second"].map((scope) => ({ kind: "EXPERIMENT", label: scope, scope })),
    ),
  );
  const [first, second] = containers as [number, number];
  const happens = async (container: number) => (await world.nodes(1, "RUN", container))[0]!;
  const past: { node: number; container: number }[] = [];
  for (let at = 0; at < 12; at++) {
    const container = at % 2 === 0 ? first : second;
    past.push({ node: await happens(container), container });
  }

  const request = new Lasting(readerOf("first", "second"));
  const events = await new EventSubscriptions(world.db, feed).since(request, "start", {
    anyOf: [sql`1 = 1`],
    all: [],
  });
  const next = async () => {
    const { value } = await events.next();
    return value!.subjectId;
  };
  const told = [await next(), await next(), await next()];
  expect(told).toEqual(past.slice(0, 3).map(({ node }) => node));

  request.now = readerOf("second");
  const seconds = past.slice(3).filter(({ container }) => container === second);
  for (const { node } of seconds.slice(0, 2)) expect(await next()).toBe(node);

  // What came by while it could not be read is not told afterwards; what comes is.
  request.now = readerOf("first", "second");
  const left = past.slice(past.indexOf(seconds[1]!) + 1);
  for (const { node } of left) expect(await next()).toBe(node);
  request.now = readerOf("first");
  await happens(second);
  expect(await Promise.all([next(), happens(first)]).then(([heard, node]) => heard === node)).toBe(true);

  request.now = administrator;
  const last = await happens(second);
  expect(await next()).toBe(last);
  await events.return();
});
