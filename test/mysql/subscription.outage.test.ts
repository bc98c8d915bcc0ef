import { expect, it, onTestFinished } from "vitest";
import { freshMysql } from "../support/engines.ts";
import { startMariadb } from "../support/mariadb.ts";
import { startWorld } from "../support/world.ts";

const query = `subscription ($after: EventCursor) {
  registryEvents(after: $after) { seq cursor payload actor { name } subject { ... on Model { name owner tags { key } } } }
}`;
const create = `mutation ($input: CreateModelInput!) { createModel(input: $input) { userErrors { code } } }`;

const subscribers = 8;
const deaths = 3;
const perDeath = 40;

it("subscribers see every event, whole and once, through three deaths of the database", async () => {
  const server = await startMariadb();
  onTestFinished(() => server.stop());
  const { settings } = await freshMysql(server.url);
  const world = await startWorld({ settings });
  onTestFinished(world.close);
  const ready = async () => (await fetch(`${world.url}/ready`)).status;

  const seen: number[][] = [];
  const following = Array.from({ length: subscribers }, async () => {
    const seqs: number[] = [];
    seen.push(seqs);
    for await (const { data, errors } of world.subscribe(query, { after: "start" })) {
      expect(errors).toBeUndefined();
      const { seq, payload, actor, subject } = data.registryEvents;
      expect({ actor, subject }).toMatchObject({
        actor: { name: "administrator" },
        subject: { name: payload.name },
      });
      seqs.push(seq);
      if (payload.name === "the-last") return;
    }
  });

  let acknowledged = 0;
  let isOver = false;
  const writing = Array.from({ length: 4 }, async (_, lane) => {
    for (let index = 0; !isOver; index++) {
      const input = { name: `model-${lane}-${index}`, owner: "somebody", tags: [{ key: "a", value: "b" }] };
      const { errors } = await world.graphql(create, { input });
      if (!errors) acknowledged++;
      else expect(errors).toMatchObject([{ extensions: { code: "UNAVAILABLE" } }]);
    }
  });
  for (let death = 1; death <= deaths; death++) {
    const before = acknowledged;
    await expect.poll(() => acknowledged, { timeout: 30_000 }).toBeGreaterThan(before + perDeath);
    await server.kill();
    expect(await ready()).toBe(503);
    const refusal = await world
      .subscribe(query)
      .next()
      .catch((errors) => errors);
    expect(refusal).toMatchObject([{ extensions: { code: "UNAVAILABLE" } }]);
    await server.restart();
    await expect.poll(ready, { timeout: 10_000 }).toBe(200);
  }
  isOver = true;
  await Promise.all(writing);
  await world.ask(create, { input: { name: "the-last" } });
  await Promise.all(following);
  const { registryEvents } = await world.ask("{ registryEvents(first: 1) { totalCount } }");
  const all = Array.from({ length: registryEvents.totalCount }, (_, index) => index + 1);
  for (const seqs of seen) expect(seqs).toEqual(all);
}, 120_000);
