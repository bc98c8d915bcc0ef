import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AzuriteServer, startAzurite } from "../support/azurite-server.ts";
import { coldRules, coldWorld as coldWorldIn, idleVersion, sharing } from "../support/cold-world.ts";
import {
  actions,
  classesOf,
  day,
  eventsOf,
  planOf,
  retentionWorld,
  setHold,
  setRetention,
} from "../support/retention-world.ts";
import { fileOf } from "../support/uploads.ts";

let azurite: AzuriteServer;
beforeAll(async () => {
  azurite = await startAzurite();
});
afterAll(() => azurite.stop());
const coldWorld = () => coldWorldIn(azurite);

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
    await setRetention(own, { model: "*", rules: coldRules });
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

describe("a store without a class for what is cold", () => {
  it("keeps files as they are, and the plan says where they belong", async () => {
    const own = await retentionWorld();
    await own.registry.model("m");
    const version = await own.versionAt("m", "Staging", "Archived");
    await setRetention(own, { model: "*", rules: coldRules });
    own.wait(11);
    expect(await own.another().moveDue()).toBe(0);
    expect(await classesOf(own, version)).toEqual(["STANDARD"]);
    const plan = await planOf(own.world, own.now() + day);
    expect([actions(plan), plan.nodes[0].coldBytes]).toEqual([["m/1 COLD"], 0]);
  });
});
