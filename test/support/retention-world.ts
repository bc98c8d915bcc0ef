import { onTestFinished } from "vitest";
import { administrator } from "../../src/access/authenticate.ts";
import type { ObjectStoreSettings } from "../../src/config/objects.ts";
import { Database } from "../../src/db/database.ts";
import { LocalStore } from "../../src/objects/local-store.ts";
import type { ObjectStore } from "../../src/objects/object-store.ts";
import { entities } from "../../src/wiring/entities.ts";
import { wire } from "../../src/wiring/rooms.ts";
import { objectFolderOf } from "./engines.ts";
import { type Registry, registryOf } from "./registry.ts";
import { Points, struckDatabase, struckStore } from "./strikes.ts";
import { fileOf, type Sender, senderOf } from "./uploads.ts";
import { type Asker, startWorld, type World } from "./world.ts";

export const day = 24 * 3_600_000;

/** What the registry does by itself now and then, done when told to, and a clock that goes on when told to. */
export interface RetentionWorld {
  world: World;
  registry: Registry;
  sender: Sender;
  db: Database;
  now: () => number;
  wait: (days: number) => void;
  /** How many versions gave up their files; `deed` is done between finding the first one and letting go of it. */
  purgeDue: (deed?: () => Promise<unknown>) => Promise<number>;
  /** How many runs and logged models gave up their files. */
  purgeRunFiles: () => Promise<number>;
  /** How many blobs are gone. */
  collect: () => Promise<number>;
  /** One more process on the same database: it passes these points, and its store may be another one. */
  another: (points?: Points, store?: ObjectStore) => Keepers;
  /** Statements that the processes on this database have asked. */
  statements: string[];
  /** A version with one file of its own, moved along these stages. */
  versionAt: (model: string, ...stages: string[]) => Promise<string>;
}

export interface Keepers {
  /** How many blobs were moved to another storage class. */
  moveDue: () => Promise<number>;
  /** How many blobs the store was asked to lock, or to unlock. */
  settleDue: () => Promise<number>;
  /** How many objects that no row names were removed. */
  sweep: () => Promise<number>;
}

/** Where bytes are; a folder where nothing is given. */
export interface Shelf {
  settings: ObjectStoreSettings;
  store: ObjectStore;
}

/** Ends with the test. */
export async function retentionWorld(shelf?: Shelf): Promise<RetentionWorld> {
  let ahead = 0;
  const now = () => Date.now() + ahead;
  const world = await startWorld({ clock: now, ...(shelf && { store: shelf.settings }) });
  const statements: string[] = [];
  const onStatement = (statement: string) => void statements.push(statement);
  const db = await Database.open(world.settings, entities, { onStatement });
  onTestFinished(async () => {
    await db.close();
    await world.close();
  });
  const usual = shelf?.store ?? (await LocalStore.open(objectFolderOf(world.settings), () => world.url));
  const bytes = { urlSeconds: 900, graceSeconds: 0, scrub: null, onFault: () => {} };
  const wired = (points: Points, store: ObjectStore) =>
    wire(struckDatabase(db, points), now, { ...bytes, store: struckStore(store, points) });
  const points = new Points();
  const { retention, collection } = wired(points, usual);
  const registry = registryOf(world);
  const sender = senderOf(world);
  return {
    ...{ world, registry, sender, db, now, statements },
    wait: (days) => {
      ahead += days * day;
    },
    purgeDue: (deed) => {
      if (deed) points.arm(1, { kind: "rival", deed });
      return retention.keeper.purgeDue(administrator);
    },
    purgeRunFiles: () => retention.runFiles.purgeDue(administrator),
    collect: async () => (await collection.collector.collect()).blobs,
    another(passed = new Points(), store = usual) {
      const { retention, collection } = wired(passed, store);
      return {
        moveDue: () => retention.cold.moveDue(administrator),
        settleDue: () => retention.locks.settleDue(),
        sweep: async () => (await collection.orphans.sweep()).objects,
      };
    },
    async versionAt(model, ...stages) {
      const { number } = await registry.version(model);
      const version = `${model}/${number}`;
      await sender.push(version, [fileOf("weights.bin")]);
      for (const stage of stages) await registry.promote(version, stage);
      return version;
    },
  };
}

/** How the store keeps the files of a version, by their paths. */
export async function classesOf({ world }: RetentionWorld, version: string): Promise<string[]> {
  const question = "query ($ref: VersionRef!) { modelVersion(ref: $ref) { artifacts { storageClass } } }";
  const { artifacts } = (await world.ask(question, { ref: version })).modelVersion;
  return artifacts.map(({ storageClass }: { storageClass: string }) => storageClass);
}

/** Bodies of the events of one type. */
export async function eventsOf({ world }: RetentionWorld, type: string) {
  const question = `query ($types: [String!]) { registryEvents(first: 100, filter: { types: $types }) { nodes { payload } } }`;
  const { registryEvents } = await world.ask(question, { types: [type] });
  return registryEvents.nodes.map(({ payload }: { payload: unknown }) => payload);
}

/**
 * Has processes die at each point of some work, one after another, until one lives through it; then has another one do what is
 * left, when nothing is claimed any more. How many died.
 */
export async function dieEverywhere(
  own: RetentionWorld,
  work: (keepers: Keepers) => Promise<number>,
  again: () => Promise<void>,
): Promise<number> {
  for (let deaths = 0; ; deaths++) {
    const points = new Points();
    points.arm(deaths + 1, { kind: "crash" });
    const outcome = await work(own.another(points)).catch((error: Error) => error);
    own.wait(1);
    await work(own.another());
    await again();
    if (!points.isDead) return deaths;
    if (!(outcome instanceof Error)) throw new Error("who died has told of success");
  }
}

const planQuestion = `query ($at: DateTime!, $first: Int, $after: String) { retentionPlan(at: $at, first: $first, after: $after) {
  totalCount pageInfo { hasNextPage endCursor }
  nodes { action at reason isHeld coldBytes modelVersion { number model { name } } } } }`;

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
