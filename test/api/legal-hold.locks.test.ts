import { GetObjectLegalHoldCommand, ListObjectVersionsCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sql } from "../../src/db/sql.ts";
import {
  classesOf,
  dieEverywhere,
  type RetentionWorld,
  retentionWorld,
  setHold,
  setRetention,
} from "../support/retention-world.ts";
import type { S3Server } from "../support/s3-server.ts";
import { startSeaweed, whyNoSeaweed } from "../support/seaweed-server.ts";
import { Points } from "../support/strikes.ts";
import { fileOf } from "../support/uploads.ts";

const why = whyNoSeaweed();

interface LockWorld extends RetentionWorld {
  /** What one process locks and unlocks now. */
  settleDue: () => Promise<number>;
  /** Of each version of each object that the bucket keeps, in order of keys: whether it is under legal hold there. */
  held: () => Promise<boolean[]>;
  /** How to ask a store that is away. */
  away: () => ReturnType<S3Server["store"]>;
}

/** Whether the hold on a version says that the store locks, too; null where there is no hold. */
async function isLocked({ world }: RetentionWorld, version: string): Promise<boolean | null> {
  const question = "query ($ref: VersionRef!) { modelVersion(ref: $ref) { legalHold { isLockedInStore } } }";
  const { legalHold } = (await world.ask(question, { ref: version })).modelVersion;
  return legalHold?.isLockedInStore ?? null;
}

describe.skipIf(why !== null)(
  `Legal holds in a bucket with Object Lock${why ? ` (left out: ${why})` : ""}`,
  () => {
    let seaweed: S3Server;
    beforeAll(async () => {
      seaweed = await startSeaweed();
      process.env.AWS_ACCESS_KEY_ID = seaweed.credentials.accessKeyId;
      process.env.AWS_SECRET_ACCESS_KEY = seaweed.credentials.secretAccessKey;
    });
    afterAll(() => seaweed.stop());

    /** A registry whose bytes are in such a bucket, and a model `m`. */
    async function lockWorld(isLocking = true): Promise<LockWorld> {
      const bucket = await seaweed.bucket(isLocking);
      const coldClass = "STANDARD_IA";
      const where = { kind: "s3", bucket, prefix: "", region: "us-east-1", isPathStyle: true } as const;
      const settings = { ...where, endpoint: seaweed.endpoint, coldClass };
      const own = await retentionWorld({ settings, store: seaweed.store(bucket, { coldClass }) });
      await own.registry.model("m");
      const usual = own.another();
      return {
        ...own,
        settleDue: () => usual.settleDue(),
        away: () => seaweed.store("no-such-bucket", { coldClass }),
        async held() {
          const { Versions = [] } = await seaweed.owner.send(
            new ListObjectVersionsCommand({ Bucket: bucket, Prefix: "objects/" }),
          );
          const asked = Versions.map(async ({ Key, VersionId }) => {
            const command = new GetObjectLegalHoldCommand({ Bucket: bucket, Key, VersionId });
            return (await seaweed.owner.send(command).catch(() => null))?.LegalHold?.Status === "ON";
          });
          return Promise.all(asked);
        },
      };
    }

    it("are the store's, too, from its next look on, and end there when the last hold on the bytes does", async () => {
      const own = await lockWorld();
      await own.versionAt("m");
      expect(await isLocked(own, "m/1")).toBeNull();
      await setHold(own, { version: "m/1", isHeld: true });
      expect([await isLocked(own, "m/1"), await own.held()]).toEqual([false, [false]]);
      expect([await own.settleDue(), await isLocked(own, "m/1"), await own.held()]).toEqual([
        1,
        true,
        [true],
      ]);
      await setHold(own, { model: "m", isHeld: true });
      await setHold(own, { version: "m/1", isHeld: false });
      expect([await own.settleDue(), await isLocked(own, "m/1"), await own.held()]).toEqual([
        0,
        true,
        [true],
      ]);
      await setHold(own, { model: "m", isHeld: false });
      expect([await own.settleDue(), await isLocked(own, "m/1"), await own.held()]).toEqual([
        1,
        null,
        [false],
      ]);
    });

    it("are put on what comes under a model's hold later, evidence, too", async () => {
      const own = await lockWorld();
      await setHold(own, { model: "m", isHeld: true });
      expect(await own.settleDue()).toBe(0);
      await own.versionAt("m");
      expect(await isLocked(own, "m/1")).toBe(false);
      expect([await own.settleDue(), await isLocked(own, "m/1")]).toEqual([1, true]);
      await own.sender.push("m/1", [fileOf("report.json")], { isEvidence: true });
      expect(await isLocked(own, "m/1")).toBe(false);
      expect([await own.settleDue(), await isLocked(own, "m/1"), await own.held()]).toEqual([
        1,
        true,
        [true, true],
      ]);
    });

    it("stay on bytes that a version shares which is under hold still", async () => {
      const own = await lockWorld();
      const file = fileOf("weights.bin");
      for (const version of ["m/1", "m/2"]) {
        await own.registry.version("m");
        await own.sender.push(version, [file]);
        await setHold(own, { version, isHeld: true });
      }
      expect(await own.settleDue()).toBe(1);
      await setHold(own, { version: "m/1", isHeld: false });
      expect([await own.settleDue(), await own.held()]).toEqual([0, [true]]);
      await setHold(own, { version: "m/2", isHeld: false });
      expect([await own.settleDue(), await own.held()]).toEqual([1, [false]]);
    });

    it("are put on by the registry's own upkeep", async () => {
      const own = await lockWorld();
      await own.versionAt("m");
      await setHold(own, { model: "m", isHeld: true });
      await own.world.upkeep();
      expect([await isLocked(own, "m/1"), await own.held()]).toEqual([true, [true]]);
    });

    it("are looked for by one statement while nothing changes, and all through once an hour", async () => {
      const own = await lockWorld();
      await own.versionAt("m");
      await setHold(own, { model: "m", isHeld: true });
      const statementsOf = async () => {
        const before = own.statements.length;
        await own.settleDue();
        return own.statements.length - before;
      };
      expect(await statementsOf()).toBeGreaterThan(3);
      await statementsOf();
      expect(await statementsOf()).toBe(1);
      own.wait(1);
      expect(await statementsOf()).toBe(3);
    });

    it("keep files that retention would let go, and let them go once they are over", async () => {
      const own = await lockWorld();
      await own.versionAt("m", "Staging", "Archived");
      await setRetention(own, { model: "*", rules: [{ stage: "Staging", coldAfterDays: 10, keepDays: 20 }] });
      own.wait(11);
      expect(await own.another().moveDue()).toBe(1);
      await setHold(own, { version: "m/1", isHeld: true });
      expect(await own.settleDue()).toBe(1);
      own.wait(10);
      expect([await own.purgeDue(), await own.collect(), await classesOf(own, "m/1")]).toEqual([
        0,
        0,
        ["COLD"],
      ]);
      await setHold(own, { version: "m/1", isHeld: false });
      expect(await own.purgeDue()).toBe(1);
      await expect(own.collect()).rejects.toMatchObject({ trouble: "LOCKED" });
      expect(await own.held()).toEqual([true]);
      expect([await own.settleDue(), await own.collect(), await own.held()]).toEqual([1, 1, []]);
    });

    it("pass over to bytes that come in the place of wrong ones, which go", async () => {
      const own = await lockWorld();
      const file = fileOf("weights.bin");
      await own.registry.version("m");
      await own.sender.push("m/1", [file]);
      await setHold(own, { version: "m/1", isHeld: true });
      await own.settleDue();
      await own.db.write((tx) => tx.run(sql`UPDATE stored_blob SET corruptAt = 1`));
      await own.registry.version("m");
      await own.sender.push("m/2", [file]);
      expect([await isLocked(own, "m/1"), (await own.held()).sort()]).toEqual([false, [false, true]]);
      expect(await own.settleDue()).toBe(2);
      expect([await own.collect(), await isLocked(own, "m/1"), await own.held()]).toEqual([1, true, [true]]);
    });

    it("that nobody knows of any more keep what they are on, and hold up no sweep of the rest", async () => {
      const own = await lockWorld();
      for (const isHeld of [true, false, true]) {
        const { number } = await own.registry.version("m");
        await own.sender.push(`m/${number}`, [fileOf("weights.bin")]);
        await setHold(own, { version: `m/${number}`, isHeld });
      }
      await own.settleDue();
      // As where the database is set back to what it was before.
      await own.db.write(async (tx) => {
        await tx.run(sql`DELETE FROM artifact`);
        await tx.run(sql`DELETE FROM stored_blob`);
        await tx.run(sql`DELETE FROM upload_file`);
      });
      own.wait(1);
      await expect(own.another().sweep()).rejects.toMatchObject({ trouble: "LOCKED" });
      expect(await own.held()).toEqual([true, true]);
    });

    it("are put on once where two processes do it at once", async () => {
      const own = await lockWorld();
      await own.registry.version("m");
      await own.sender.push(
        "m/1",
        Array.from({ length: 20 }, (_, at) => fileOf(`${at}.bin`, 10)),
      );
      await setHold(own, { model: "m", isHeld: true });
      const [one, other] = await Promise.all([own.another().settleDue(), own.another().settleDue()]);
      expect([one + other, await isLocked(own, "m/1")]).toEqual([20, true]);
    });

    it("protect in the registry while the store is away, and in the store when it is back", async () => {
      const own = await lockWorld();
      await own.versionAt("m", "Staging", "Archived");
      await setRetention(own, { model: "*", rules: [{ stage: "Staging", keepDays: 0 }] });
      await setHold(own, { model: "m", isHeld: true });
      await expect(own.another(new Points(), own.away()).settleDue()).rejects.toMatchObject({
        trouble: "AWAY",
      });
      own.wait(1);
      expect([await own.purgeDue(), await isLocked(own, "m/1")]).toEqual([0, false]);
      expect([await own.settleDue(), await isLocked(own, "m/1")]).toEqual([1, true]);
    });

    it("are finished by others soon after one has died over them", async () => {
      const own = await lockWorld();
      await own.versionAt("m");
      await setHold(own, { model: "m", isHeld: true });
      const points = new Points();
      points.arm(4, { kind: "crash" });
      await expect(own.another(points).settleDue()).rejects.toThrow();
      expect([await own.settleDue(), await isLocked(own, "m/1")]).toEqual([0, false]);
      own.wait(1 / 96);
      expect([await own.settleDue(), await isLocked(own, "m/1")]).toEqual([1, true]);
    });

    it("come to the same wherever a process dies", async () => {
      const own = await lockWorld();
      await own.registry.version("m");
      await own.sender.push("m/1", [fileOf("a"), fileOf("b")]);
      for (const isHeld of [true, false]) {
        const setTo = (now: boolean) => setHold(own, { model: "m", isHeld: now });
        await setTo(isHeld);
        const deaths = await dieEverywhere(
          own,
          (keepers) => keepers.settleDue(),
          async () => {
            expect(await own.held()).toEqual([isHeld, isHeld]);
            await setTo(!isHeld);
            expect(await own.settleDue()).toBe(2);
            await setTo(isHeld);
          },
        );
        expect(deaths).toBeGreaterThanOrEqual(8);
        await own.settleDue();
      }
    });

    it("are the registry's alone where the bucket has none", async () => {
      const own = await lockWorld(false);
      await own.versionAt("m");
      await setHold(own, { model: "m", isHeld: true });
      expect([await own.settleDue(), await isLocked(own, "m/1")]).toEqual([0, false]);
    });
  },
);
