import type { ContainerClient } from "@azure/storage-blob";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sql } from "../../src/db/sql.ts";
import { type AzuriteServer, startAzurite } from "../support/azurite-server.ts";
import {
  actions,
  classesOf,
  day,
  dieEverywhere,
  eventsOf,
  planOf,
  type RetentionWorld,
  retentionWorld,
  setHold,
  setRetention,
} from "../support/retention-world.ts";
import { Points } from "../support/strikes.ts";
import { fileOf, type SentFile } from "../support/uploads.ts";

const rules = [{ stage: "Staging", coldAfterDays: 10, keepDays: 100 }];

let azurite: AzuriteServer;
beforeAll(async () => {
  azurite = await startAzurite();
});
afterAll(() => azurite.stop());

interface ColdWorld extends RetentionWorld {
  /** What one process moves now. */
  moveDue: () => Promise<number>;
  /** In what tier the container has its objects, in order of names. */
  tiers: () => Promise<string[]>;
  /** Takes away bytes behind the registry's back. */
  forget: (storageKey: string) => Promise<unknown>;
}

/** A registry whose policy lets files go cold, and a model `m`. */
async function coldWorld(): Promise<ColdWorld> {
  const container: ContainerClient = await azurite.container();
  const { account, accountKey, endpoint } = azurite;
  const where = { account, accountKey, endpoint, container: container.containerName, prefix: "" };
  const store = azurite.store(container.containerName, { coldClass: "Cool" });
  const own = await retentionWorld({ settings: { kind: "azure", ...where, coldClass: "Cool" }, store });
  await own.registry.model("m");
  await setRetention(own, { model: "*", rules });
  const usual = own.another();
  return {
    ...own,
    moveDue: () => usual.moveDue(),
    forget: (storageKey) => container.deleteBlob(`objects/${storageKey}`),
    async tiers() {
      const found: string[] = [];
      for await (const { properties } of container.listBlobsFlat({ prefix: "objects/" })) {
        found.push(properties.accessTier!);
      }
      return found;
    },
  };
}

/** A version that left Staging long enough ago, with these files. */
async function idleVersion(own: ColdWorld, files: SentFile[]): Promise<string> {
  const { number } = await own.registry.version("m");
  await own.sender.push(`m/${number}`, files);
  for (const stage of ["Staging", "Archived"]) await own.registry.promote(`m/${number}`, stage);
  return `m/${number}`;
}

/** Another version of the same bytes, which are there already. */
async function sharing(own: ColdWorld, files: readonly SentFile[]): Promise<string> {
  const { number } = await own.registry.version("m");
  await own.sender.push(`m/${number}`, files);
  return `m/${number}`;
}

describe("files that were put away", () => {
  it("are moved to the cold class when they are due, once, and are the same", async () => {
    const own = await coldWorld();
    const file = fileOf("weights.bin", 1_000);
    const version = await idleVersion(own, [file]);
    own.wait(9);
    expect([await own.moveDue(), await classesOf(own, version)]).toEqual([0, ["STANDARD"]]);
    expect((await planOf(own.world, own.now())).nodes).toMatchObject([{ action: "KEEP", coldBytes: 0 }]);
    own.wait(2);
    expect([await own.moveDue(), await own.moveDue()]).toEqual([1, 0]);
    expect([await classesOf(own, version), await own.tiers()]).toEqual([["COLD"], ["Cool"]]);
    const { nodes } = await planOf(own.world, own.now());
    expect(nodes).toMatchObject([{ action: "COLD", coldBytes: 1_000 }]);
    expect(await eventsOf(own, "bundle.moved")).toMatchObject([
      {
        ...{ version: 1, storageClass: "COLD", blobCount: 1, sizeBytes: 1_000, reason: nodes[0].reason },
        retention: { model: "*", revision: 1 },
      },
    ]);
    const { modelVersion } = await own.world.ask(
      `{ modelVersion(ref: "m/1") { artifacts { downloadUrl } } }`,
    );
    const response = await fetch(modelVersion.artifacts[0].downloadUrl);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(file.bytes);
  });

  it("are moved by the registry's own upkeep", async () => {
    const own = await coldWorld();
    const version = await idleVersion(own, [fileOf("weights.bin")]);
    own.wait(11);
    await own.world.upkeep();
    expect([await classesOf(own, version), await own.tiers()]).toEqual([["COLD"], ["Cool"]]);
  });

  it("go from the cold class when they are due for that", async () => {
    const own = await coldWorld();
    await idleVersion(own, [fileOf("weights.bin")]);
    own.wait(11);
    await own.moveDue();
    own.wait(90);
    expect([await own.moveDue(), await own.purgeDue(), await own.collect()]).toEqual([0, 1, 1]);
    expect(await own.tiers()).toEqual([]);
  });

  it("come back when their version stands in a stage again", async () => {
    const own = await coldWorld();
    const version = await idleVersion(own, [fileOf("weights.bin")]);
    own.wait(11);
    await own.moveDue();
    await own.registry.promote(version, "Staging");
    expect([await own.moveDue(), await own.moveDue()]).toEqual([1, 0]);
    expect([await classesOf(own, version), await own.tiers()]).toEqual([["STANDARD"], ["Hot"]]);
    const moves = await eventsOf(own, "bundle.moved");
    expect(moves.map(({ storageClass }: { storageClass: string }) => storageClass)).toEqual([
      "COLD",
      "STANDARD",
    ]);
    expect(moves[1].reason).toBe("it stands in Staging");
  });

  it("come back when an alias points to their version", async () => {
    const own = await coldWorld();
    await idleVersion(own, [fileOf("weights.bin")]);
    own.wait(11);
    await own.moveDue();
    await own.registry.mutate("setAlias", { model: "m", alias: "champion", version: 1 });
    expect([await own.moveDue(), await own.tiers()]).toEqual([1, ["Hot"]]);
  });

  it("come back when the policy is taken back", async () => {
    const own = await coldWorld();
    await idleVersion(own, [fileOf("weights.bin")]);
    own.wait(11);
    await own.moveDue();
    await setRetention(own, { model: "*" });
    expect([await own.moveDue(), await own.moveDue(), await own.tiers()]).toEqual([1, 0, ["Hot"]]);
  });

  it("stay for a version that shares them and does not let them go, and come back for a new one", async () => {
    const own = await coldWorld();
    const [shared, alone] = [fileOf("shared.bin"), fileOf("alone.bin")];
    const version = await idleVersion(own, [shared, alone]);
    const other = await sharing(own, [shared]);
    own.wait(11);
    expect(await own.moveDue()).toBe(1);
    expect(await classesOf(own, version)).toEqual(["COLD", "STANDARD"]);
    expect(await classesOf(own, other)).toEqual(["STANDARD"]);
    const third = await sharing(own, [alone]);
    expect([await own.moveDue(), await classesOf(own, third)]).toEqual([1, ["STANDARD"]]);
    expect(await own.tiers()).toEqual(["Hot", "Hot"]);
  });

  it("go where each version that shares them lets them go", async () => {
    const own = await coldWorld();
    const file = fileOf("shared.bin");
    await idleVersion(own, [file]);
    const other = await sharing(own, [file]);
    own.wait(11);
    expect(await own.moveDue()).toBe(0);
    for (const stage of ["Staging", "Archived"]) await own.registry.promote(other, stage);
    expect(await own.moveDue()).toBe(0);
    own.wait(11);
    expect([await own.moveDue(), await own.tiers()]).toEqual([1, ["Cool"]]);
    expect(await eventsOf(own, "bundle.moved")).toMatchObject([{ version: 1, blobCount: 1 }]);
  });

  it("stay where they are while they are under legal hold, cold or not", async () => {
    const own = await coldWorld();
    const [one, two] = [await idleVersion(own, [fileOf("a")]), await idleVersion(own, [fileOf("b")])];
    await setHold(own, { version: one, isHeld: true });
    own.wait(11);
    expect([await own.moveDue(), await classesOf(own, one)]).toEqual([1, ["STANDARD"]]);
    await setHold(own, { version: two, isHeld: true });
    await own.registry.promote(two, "Staging");
    expect([await own.moveDue(), await classesOf(own, two)]).toEqual([0, ["COLD"]]);
    await setRetention(own, { model: "*" });
    expect([await own.moveDue(), await classesOf(own, two)]).toEqual([0, ["COLD"]]);
    await setRetention(own, { model: "*", rules });
    for (const version of [one, two]) await setHold(own, { version, isHeld: false });
    expect(await own.moveDue()).toBe(2);
    expect([await classesOf(own, one), await classesOf(own, two)]).toEqual([["COLD"], ["STANDARD"]]);
  });

  it("beside the bundle stay in the usual class", async () => {
    const own = await coldWorld();
    const file = fileOf("weights.bin");
    const version = await idleVersion(own, [file]);
    await own.sender.push(version, [fileOf("report.json")], { isEvidence: true });
    const other = await idleVersion(own, [fileOf("b")]);
    await own.sender.push(other, [file], { isEvidence: true });
    own.wait(11);
    expect([await own.moveDue(), await classesOf(own, version)]).toEqual([1, ["STANDARD", "STANDARD"]]);
  });
});

describe("moving", () => {
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
    const { openAzureStore } = await import("../../src/objects/azure-client.ts");
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

describe("a store without a class for what is cold", () => {
  it("keeps files as they are, and the plan says where they belong", async () => {
    const own = await retentionWorld();
    await own.registry.model("m");
    const version = await own.versionAt("m", "Staging", "Archived");
    await setRetention(own, { model: "*", rules });
    own.wait(11);
    expect(await own.another().moveDue()).toBe(0);
    expect(await classesOf(own, version)).toEqual(["STANDARD"]);
    const plan = await planOf(own.world, own.now() + day);
    expect([actions(plan), plan.nodes[0].coldBytes]).toEqual([["m/1 COLD"], 0]);
  });
});
