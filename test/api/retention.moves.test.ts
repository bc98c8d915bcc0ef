import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sql } from "../../src/db/sql.ts";
import { openAzureStore } from "../../src/objects/azure-client.ts";
import { type AzuriteServer, startAzurite } from "../support/azurite-server.ts";
import { coldWorld as coldWorldIn, idleVersion } from "../support/cold-world.ts";
import { classesOf, dieEverywhere, eventsOf, setRetention } from "../support/retention-world.ts";
import { Points } from "../support/strikes.ts";
import { fileOf } from "../support/uploads.ts";

let azurite: AzuriteServer;
beforeAll(async () => {
  azurite = await startAzurite();
});
afterAll(() => azurite.stop());
const coldWorld = () => coldWorldIn(azurite);

describe("moving files to another storage class", () => {
  it("is done once where two processes do it at once", async () => {
    const own = await coldWorld();
    const version = await idleVersion(
      own,
      Array.from({ length: 30 }, (_, at) => fileOf(`${at}.bin`, 10)),
    );
    own.wait(11);
    const moved = await Promise.all([own.another().moveDue(), own.another().moveDue()]);
    expect(moved[0] + moved[1]).toBe(30);
    expect(new Set(await classesOf(own, version))).toEqual(new Set(["COLD"]));
    const counts = (await eventsOf(own, "bundle.moved")).map(
      ({ blobCount }: { blobCount: number }) => blobCount,
    );
    expect(counts.reduce((sum: number, count: number) => sum + count, 0)).toBe(30);
  });

  it("is not done again by a process that has found it due, and comes late", async () => {
    const own = await coldWorld();
    await idleVersion(own, [fileOf("weights.bin")]);
    own.wait(11);
    const late = new Points();
    const moved: number[] = [];
    late.arm(1, { kind: "rival", deed: async () => moved.push(await own.moveDue()) });
    expect([await own.another(late).moveDue(), moved]).toEqual([0, [1]]);
    expect(await eventsOf(own, "bundle.moved")).toHaveLength(1);
  });

  it("is one process's alone from when it begins until it ends", async () => {
    const own = await coldWorld();
    await idleVersion(own, [fileOf("weights.bin")]);
    own.wait(11);
    const [first, second] = [new Points(), new Points()];
    let end = () => {};
    const isOver = new Promise<void>((resolve) => {
      end = resolve;
    });
    let moving = Promise.resolve(0);
    // Both have found it due; the first is stopped when it has claimed it, and ends after the second.
    const deed = () =>
      new Promise<void>((hasClaimed) => {
        const wait = () => {
          hasClaimed();
          return isOver;
        };
        first.arm(3, { kind: "rival", deed: wait });
        moving = own.another(first).moveDue();
      });
    second.arm(1, { kind: "rival", deed });
    const late = await own.another(second).moveDue();
    end();
    expect([late, await moving, await own.tiers()]).toEqual([0, 1, ["Cool"]]);
  });

  it("is put right the next time where a version is used again meanwhile", async () => {
    const own = await coldWorld();
    const version = await idleVersion(own, [fileOf("weights.bin")]);
    own.wait(11);
    const points = new Points();
    points.arm(3, { kind: "rival", deed: () => own.registry.promote(version, "Staging") });
    const keeper = own.another(points);
    expect([await keeper.moveDue(), points.hits.rival]).toEqual([1, 1]);
    expect([await keeper.moveDue(), await own.tiers()]).toEqual([1, ["Hot"]]);
  });

  it("ends where it should, whatever others do between any two of its steps, even when they take it for dead", async () => {
    const own = await coldWorld();
    const version = await idleVersion(own, [fileOf("weights.bin")]);
    for (let step = 1; ; step++) {
      own.wait(11);
      const points = new Points();
      const deed = async () => {
        await own.registry.promote(version, "Staging");
        own.wait(1);
        await own.moveDue();
      };
      points.arm(step, { kind: "rival", deed });
      await own.another(points).moveDue();
      if (points.hits.rival === 0) break;
      // A row that is not sure says so.
      const told = { STANDARD: "Hot", COLD: "Cool" }[String(await classesOf(own, version))];
      expect({ step, tiers: await own.tiers() }).toMatchObject({ step, ...(told && { tiers: [told] }) });
      own.wait(1);
      await own.moveDue();
      expect({ step, tiers: await own.tiers() }).toEqual({ step, tiers: ["Hot"] });
      expect(await classesOf(own, version)).toEqual(["STANDARD"]);
      await own.registry.promote(version, "Archived");
    }
    expect(await own.tiers()).toEqual(["Cool"]);
  });

  it("has what it moves removed only when it is done", async () => {
    const own = await coldWorld();
    await idleVersion(own, [fileOf("weights.bin")]);
    own.wait(11);
    const points = new Points();
    const removed: number[] = [];
    const deed = async () => {
      await setRetention(own, { model: "*", rules: [{ stage: "Staging", keepDays: 0 }] });
      removed.push(await own.purgeDue(), await own.collect());
    };
    points.arm(3, { kind: "rival", deed });
    expect([await own.another(points).moveDue(), removed]).toEqual([1, [1, 0]]);
    expect([await own.collect(), await own.tiers()]).toEqual([1, []]);
  });

  it("waits for a store that is away, and goes on when it is back", async () => {
    const own = await coldWorld();
    const version = await idleVersion(own, [fileOf("a"), fileOf("b")]);
    own.wait(11);
    const { account, accountKey } = azurite;
    const nowhere = {
      account,
      accountKey,
      container: "none",
      prefix: "",
      endpoint: "http://127.0.0.1:1/none",
    };
    const away = openAzureStore("away", { kind: "azure", ...nowhere, coldClass: "Cool" });
    await expect(own.another(new Points(), away).moveDue()).rejects.toMatchObject({ trouble: "AWAY" });
    expect(await classesOf(own, version)).toEqual(["MOVING", "MOVING"]);
    expect(await eventsOf(own, "bundle.moved")).toEqual([]);
    expect([await own.moveDue(), await classesOf(own, version)]).toEqual([2, ["COLD", "COLD"]]);
  });

  it("passes over what is gone from the store, and moves the rest", async () => {
    const own = await coldWorld();
    const version = await idleVersion(own, [fileOf("a"), fileOf("b")]);
    const [first] = await own.db.read.query<{ storageKey: string }>(
      sql`SELECT b.storageKey FROM stored_blob b JOIN artifact a ON a.blobId = b.id WHERE a.path = 'a'`,
    );
    own.wait(11);
    await own.forget(first!.storageKey);
    await expect(own.moveDue()).rejects.toMatchObject({ trouble: "MISSING" });
    expect(await classesOf(own, version)).toEqual(["MOVING", "COLD"]);
  });

  it("goes on past what is too much for one step", async () => {
    const own = await coldWorld();
    const version = await idleVersion(own, [fileOf("a"), fileOf("b"), fileOf("c")]);
    own.wait(11);
    await own.db.write((tx) => tx.run(sql`UPDATE stored_blob SET sizeBytes = ${10 * 1024 ** 3}`));
    expect([await own.moveDue(), await classesOf(own, version)]).toEqual([3, ["COLD", "COLD", "COLD"]]);
    expect(await eventsOf(own, "bundle.moved")).toHaveLength(3);
  });

  it("comes to the same wherever a process dies, and is told once", async () => {
    const own = await coldWorld();
    const version = await idleVersion(own, [fileOf("a"), fileOf("b")]);
    own.wait(11);
    const moved = async () => {
      expect([await classesOf(own, version), await own.tiers()]).toEqual([
        ["COLD", "COLD"],
        ["Cool", "Cool"],
      ]);
      await own.registry.promote(version, "Staging");
      expect(await own.moveDue()).toBe(2);
      await own.registry.promote(version, "Archived");
      own.wait(11);
    };
    const deaths = await dieEverywhere(own, (keepers) => keepers.moveDue(), moved);
    expect(deaths).toBeGreaterThanOrEqual(8);
    const counts = new Map<string, number>();
    for (const { storageClass, blobCount } of await eventsOf(own, "bundle.moved")) {
      counts.set(storageClass, (counts.get(storageClass) ?? 0) + blobCount);
    }
    expect(Object.fromEntries(counts)).toEqual({ COLD: 2 * (deaths + 1), STANDARD: 2 * (deaths + 1) });
  });

  it("takes no more statements for many files than for few", async () => {
    const own = await coldWorld();
    const counts: number[] = [];
    for (const size of [2, 40]) {
      await idleVersion(
        own,
        Array.from({ length: size }, (_, at) => fileOf(`${at}.bin`, 10)),
      );
      own.wait(11);
      const before = own.statements.length;
      expect(await own.moveDue()).toBe(size);
      counts.push(own.statements.length - before);
    }
    expect(counts[1]! - counts[0]!).toBeLessThanOrEqual(1);
  });
});
