import { expect, it, onTestFinished } from "vitest";
import { StemmaClient } from "../../src/client/client.ts";
import { gql } from "../../src/client/document.ts";
import { StemmaClientError } from "../../src/client/errors.ts";
import { freshDatabase } from "../support/engines.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";
import { adminToken } from "../support/world.ts";

const writers = 4;
const writes = 200;
const killAfter = [40, 90, 140]; // events heard

const follow = gql`
  subscription ($after: EventCursor) {
    registryEvents(after: $after) { cursor seq type payload }
  }
`;
const create = gql`
  mutation ($input: CreateModelInput!) {
    createModel(input: $input) { model { id } userErrors { code message path } }
  }
`;

interface Told {
  registryEvents: { cursor: string; seq: number; type: string; payload: { name: string } };
}

it("loses no event and repeats none when the server is killed in the middle of writes", async () => {
  const { settings, drop } = await freshDatabase();
  onTestFinished(drop);
  let server: Promise<ServerProcess> = startServer(settings);
  const { url } = await server;
  const port = Number(new URL(url).port);
  const client = new StemmaClient({ url, token: adminToken });
  const over = new AbortController();
  onTestFinished(() => over.abort());

  /** Sends until it is acknowledged: whether it was done before the kill, its key knows. */
  const write = async (name: string) => {
    while (!over.signal.aborted) {
      await server;
      try {
        return await client.mutate(create, { input: { name, idempotencyKey: name } });
      } catch (error) {
        const isGone =
          error instanceof StemmaClientError && /^(UNREACHABLE|UNAVAILABLE|NOT_STEMMA)$/.test(error.code);
        if (!isGone) throw error;
      }
    }
  };
  const names = Array.from({ length: writes }, (_, index) => `model-${index}`);
  const left = [...names];
  const writing = Array.from({ length: writers }, async () => {
    for (let name = left.shift(); name; name = left.shift()) await write(name);
  });

  const seqs: number[] = [];
  const created: string[] = [];
  let kills = 0;
  const events = client.subscribe<Told>(follow, { after: "start" }, over.signal);
  for await (const { registryEvents: event } of events) {
    seqs.push(event.seq);
    if (event.type === "model.created") created.push(event.payload.name);
    if (kills < killAfter.length && seqs.length >= killAfter[kills]!) {
      kills++;
      const victim = await server;
      server = victim.kill().then(() => startServer(settings, port));
    }
    if (created.length === writes) break;
  }
  await Promise.all(writing);

  expect(kills).toBe(killAfter.length);
  expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  expect(created.toSorted()).toEqual(names.toSorted());
  const { registryEvents } = await client.query<{ registryEvents: { totalCount: number } }>(
    `{ registryEvents(first: 1) { totalCount } }`,
  );
  expect(registryEvents.totalCount).toBe(seqs.length);
  expect(await (await server).stop()).toBe(0);
}, 180_000);
