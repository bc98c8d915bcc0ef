import { onTestFinished } from "vitest";
import { administrator } from "../../src/access/authenticate.ts";
import { Database } from "../../src/db/database.ts";
import { LocalStore } from "../../src/objects/local-store.ts";
import { entities } from "../../src/wiring/entities.ts";
import { wire } from "../../src/wiring/rooms.ts";
import { objectFolderOf } from "./engines.ts";
import { type Registry, registryOf } from "./registry.ts";
import { Points, struckDatabase } from "./strikes.ts";
import { fileOf, type Sender, senderOf } from "./uploads.ts";
import { type Asker, startWorld, type World } from "./world.ts";

export const day = 24 * 3_600_000;

/** What the registry does by itself now and then, done when told to, and a clock that goes on when told to. */
export interface RetentionWorld {
  world: World;
  registry: Registry;
  sender: Sender;
  now: () => number;
  wait: (days: number) => void;
  /** How many versions gave up their files; `deed` is done between finding the first one and letting go of it. */
  purgeDue: (deed?: () => Promise<unknown>) => Promise<number>;
  /** How many blobs are gone. */
  collect: () => Promise<number>;
  /** A version with one file of its own, moved along these stages. */
  versionAt: (model: string, ...stages: string[]) => Promise<string>;
}

/** Ends with the test. */
export async function retentionWorld(): Promise<RetentionWorld> {
  let ahead = 0;
  const now = () => Date.now() + ahead;
  const world = await startWorld({ clock: now });
  const db = await Database.open(world.settings, entities);
  onTestFinished(async () => {
    await db.close();
    await world.close();
  });
  const store = await LocalStore.open(objectFolderOf(world.settings), () => world.url);
  const bytes = { store, urlSeconds: 900, graceSeconds: 0, scrub: null, onFault: () => {} };
  const points = new Points();
  const { retention, collection } = wire(struckDatabase(db, points), now, bytes);
  const registry = registryOf(world);
  const sender = senderOf(world);
  return {
    ...{ world, registry, sender, now },
    wait: (days) => {
      ahead += days * day;
    },
    purgeDue: (deed) => {
      if (deed) points.arm(1, { kind: "rival", deed });
      return retention.keeper.purgeDue(administrator);
    },
    collect: async () => (await collection.collector.collect()).blobs,
    async versionAt(model, ...stages) {
      const { number } = await registry.version(model);
      const version = `${model}/${number}`;
      await sender.push(version, [fileOf("weights.bin")]);
      for (const stage of stages) await registry.promote(version, stage);
      return version;
    },
  };
}

const planQuestion = `query ($at: DateTime!, $first: Int, $after: String) { retentionPlan(at: $at, first: $first, after: $after) {
  totalCount pageInfo { hasNextPage endCursor }
  nodes { action at reason isHeld modelVersion { number model { name } } } } }`;

export async function planOf(asker: Pick<Asker, "ask">, at: number, page: object = {}) {
  return (await asker.ask(planQuestion, { at: new Date(at).toISOString(), ...page })).retentionPlan;
}

export interface Step {
  action: string;
  modelVersion: { number: number; model: { name: string } };
}

export const actions = ({ nodes }: { nodes: Step[] }) =>
  nodes.map(({ action, modelVersion: { number, model } }) => `${model.name}/${number} ${action}`);

export const setRetention = ({ registry }: RetentionWorld, input: object) =>
  registry.mutate(
    "setRetention",
    input,
    "retention { id model isSet revision rules { stage keepDays keepLast } }",
  );
export const setHold = ({ registry }: RetentionWorld, input: object) =>
  registry.mutate("setLegalHold", { reason: "case 7", ...input }, "model { name } modelVersion { number }");
