import { describe, expect, it } from "vitest";
import {
  actions,
  day,
  planOf,
  type RetentionWorld,
  retentionWorld,
  type Step,
  setHold,
  setRetention,
} from "../support/retention-world.ts";

const bundleOf = async ({ world }: RetentionWorld, version: string) =>
  (
    await world.ask(
      `query ($version: VersionRef!) { modelVersion(ref: $version) { digest
        bundle { digest files { path sha256 sizeBytes downloadUrl purgedAt } } } }`,
      { version },
    )
  ).modelVersion.bundle;

describe("files", () => {
  it("are kept for ever where nothing is set", async () => {
    const own = await retentionWorld();
    await own.registry.model("m");
    await own.versionAt("m", "Staging", "Archived");
    own.wait(9_000);
    expect(await own.purgeDue()).toBe(0);
    expect((await planOf(own.world, own.now())).totalCount).toBe(0);
  });

  it("go once they are due, and what they were stays on record", async () => {
    const own = await retentionWorld();
    await own.registry.model("m");
    const version = await own.versionAt("m", "Staging", "Archived");
    const before = await bundleOf(own, version);
    await setRetention(own, { model: "*", preset: "STANDARD" });
    own.wait(89);
    expect(await own.purgeDue()).toBe(0);
    own.wait(2);
    expect([await own.purgeDue(), await own.purgeDue()]).toEqual([1, 0]);
    expect(await own.collect()).toBe(1);
    const after = await bundleOf(own, version);
    expect(after.digest).toBe(before.digest);
    const { path, sha256, sizeBytes } = before.files[0];
    expect(after.files).toMatchObject([{ path, sha256, sizeBytes, downloadUrl: null }]);
    expect(after.files[0].purgedAt).not.toBeNull();
    expect((await planOf(own.world, own.now())).nodes).toEqual([]);
    const { registryEvents } = await own.world.ask(
      `{ registryEvents(first: 100, filter: { types: ["bundle.purged"] }) { nodes { payload subject { id } } } }`,
    );
    expect(registryEvents.nodes).toMatchObject([
      { payload: { version: 1, fileCount: 1, sizeBytes: 100, retention: { model: "*", revision: 1 } } },
    ]);
  });

  it("that are gone pass no gate about files", async () => {
    const own = await retentionWorld();
    await own.registry.model("m");
    await own.versionAt("m", "Staging", "Archived");
    await setRetention(own, { model: "*", preset: "STANDARD" });
    own.wait(91);
    await own.purgeDue();
    const gates = [
      { kind: "BUNDLE", roles: ["WEIGHTS"] },
      { kind: "DIGEST_VERIFIED", withinDays: 999 },
    ];
    await own.registry.mutate("setPolicy", { model: "m", stage: "Staging", gates }, "policy { id }");
    const { userErrors } = await own.registry.attempt("transitionModelVersion", {
      version: "m/1",
      to: "Staging",
    });
    expect(userErrors).toMatchObject([{ code: "REFUSED_BY_POLICY" }]);
    expect(userErrors[0].message).toContain("retention has let go of 1 file");
  });

  it("go by the registry's own upkeep, which counts them", async () => {
    const { registry, world, ...own } = await retentionWorld();
    await registry.model("m");
    await own.versionAt("m", "Staging", "Archived");
    await registry.mutate("setRetention", { model: "*", preset: "STANDARD" }, "retention { id }");
    for (const days of [91, 8]) {
      own.wait(days);
      await world.upkeep();
    }
    const metrics = await (await fetch(`${world.url}/metrics`)).text();
    expect(metrics).toContain('stemma_objects_removed_total{kind="blob"} 1\n');
    expect(metrics).toContain('stemma_object_bytes_removed_total{kind="blob"} 100\n');
  });

  it("that another version shares stay for it", async () => {
    const own = await retentionWorld();
    await own.registry.model("m");
    const version = await own.versionAt("m", "Staging", "Archived");
    const { sha256, sizeBytes } = (await bundleOf(own, version)).files[0];
    await own.registry.version("m");
    const { upload } = await own.sender.announce("m/2", [{ path: "same", sha256, sizeBytes }]);
    await own.sender.complete(upload.id);
    await setRetention(own, { model: "*", preset: "STANDARD" });
    own.wait(91);
    expect([await own.purgeDue(), await own.collect()]).toEqual([1, 0]);
    const { downloadUrl } = (await bundleOf(own, "m/2")).files[0];
    expect((await fetch(downloadUrl)).status).toBe(200);
  });

  it("of what is held, live, asked for or pointed to are never let go", async () => {
    const own = await retentionWorld();
    const { registry } = own;
    const rules = ["None", "Staging", "Production"].map((stage) => ({ stage, keepDays: 0 }));
    for (const model of ["held", "holds.one", "live", "asked", "named"]) await registry.model(model);
    for (const model of ["held", "holds.one", "asked", "named"])
      await own.versionAt(model, "Staging", "Archived");
    await own.versionAt("live", "Production");
    await setHold(own, { model: "held", isHeld: true });
    await setHold(own, { version: "holds.one/1", isHeld: true });
    await registry.mutate(
      "requestTransition",
      { version: "asked/1", to: "Staging" },
      "transitionRequest { id }",
    );
    await registry.mutate("setAlias", { model: "named", alias: "champion", version: 1 });
    await setRetention(own, { model: "*", rules });
    own.wait(9_000);
    const plan = await planOf(own.world, own.now());
    expect(plan.nodes.map(({ action }: Step) => action)).toEqual(Array(5).fill("KEEP"));
    expect(plan.nodes.map(({ isHeld }: { isHeld: boolean }) => isHeld)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(await own.purgeDue()).toBe(0);
    await setHold(own, { model: "held", isHeld: false });
    await setHold(own, { version: "holds.one/1", isHeld: false });
    await registry.mutate("deleteAlias", { model: "named", alias: "champion" });
    expect(await own.purgeDue()).toBe(3);
  });

  it("are kept where a hold is set, or the policy taken back, while somebody looks for what is due", async () => {
    const own = await retentionWorld();
    for (const model of ["one", "two"]) {
      await own.registry.model(model);
      await own.versionAt(model, "Staging", "Archived");
    }
    await setRetention(own, { model: "*", preset: "STANDARD" });
    own.wait(91);
    expect(await own.purgeDue(() => setHold(own, { model: "one", isHeld: true }))).toBe(1);
    await setHold(own, { model: "one", isHeld: false });
    expect(await own.purgeDue(() => setRetention(own, { model: "*" }))).toBe(0);
  });

  it("of a deleted version go by retention, too", async () => {
    const own = await retentionWorld();
    await own.registry.model("m");
    const version = await own.versionAt("m", "Staging");
    await own.registry.mutate("deleteModelVersion", { version });
    await setRetention(own, { model: "m", preset: "STANDARD" });
    own.wait(91);
    expect([await own.purgeDue(), await own.collect()]).toEqual([1, 1]);
  });

  it("of Production are kept for what is in it and the two before", async () => {
    const own = await retentionWorld();
    await own.registry.model("m");
    for (let count = 0; count < 5; count++) {
      if (count > 0) await own.registry.promote(`m/${count}`, "Archived");
      await own.versionAt("m", "Production");
    }
    await setRetention(own, { model: "*", preset: "STANDARD" });
    const inFiveYears = own.now() + 5 * 365 * day;
    expect(actions(await planOf(own.world, inFiveYears))).toEqual([
      "m/1 PURGE",
      "m/2 PURGE",
      "m/3 KEEP",
      "m/4 KEEP",
      "m/5 KEEP",
    ]);
    own.wait(5 * 365);
    expect(await own.purgeDue()).toBe(2);
  });
});
