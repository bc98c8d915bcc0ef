import { describe, expect, it } from "vitest";
import { person } from "../support/access.ts";
import { day, type RetentionWorld, retentionWorld } from "../support/retention-world.ts";
import type { Asker } from "../support/world.ts";

const planQuestion = `query ($at: DateTime!, $first: Int, $after: String) { retentionPlan(at: $at, first: $first, after: $after) {
  totalCount pageInfo { hasNextPage endCursor }
  nodes { action at reason isHeld modelVersion { number model { name } } } } }`;

async function planOf(asker: Pick<Asker, "ask">, at: number, page: object = {}) {
  return (await asker.ask(planQuestion, { at: new Date(at).toISOString(), ...page })).retentionPlan;
}

interface Step {
  action: string;
  modelVersion: { number: number; model: { name: string } };
}

const actions = ({ nodes }: { nodes: Step[] }) =>
  nodes.map(({ action, modelVersion: { number, model } }) => `${model.name}/${number} ${action}`);

const bundleOf = async ({ world }: RetentionWorld, version: string) =>
  (
    await world.ask(
      `query ($version: VersionRef!) { modelVersion(ref: $version) { digest
        bundle { digest files { path sha256 sizeBytes downloadUrl purgedAt } } } }`,
      { version },
    )
  ).modelVersion.bundle;

const setRetention = ({ registry }: RetentionWorld, input: object) =>
  registry.mutate(
    "setRetention",
    input,
    "retention { id model isSet revision rules { stage keepDays keepLast } }",
  );
const setHold = ({ registry }: RetentionWorld, input: object) =>
  registry.mutate("setLegalHold", { reason: "case 7", ...input }, "model { name } modelVersion { number }");

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

describe("the plan", () => {
  it("tells of any instant by the stays as they were then, page by page", async () => {
    const own = await retentionWorld();
    await setRetention(own, { model: "*", preset: "STANDARD" });
    await own.registry.model("m");
    await own.versionAt("m", "Staging");
    const start = own.now();
    own.wait(10);
    await own.registry.promote("m/1", "Archived");
    await own.versionAt("m", "Staging");
    expect(actions(await planOf(own.world, start))).toEqual(["m/1 KEEP"]);
    expect((await planOf(own.world, start)).nodes[0].reason).toBe("it stands in Staging");
    expect(actions(await planOf(own.world, own.now() + 91 * day))).toEqual(["m/1 PURGE", "m/2 KEEP"]);
    const first = await planOf(own.world, own.now(), { first: 1 });
    expect(first).toMatchObject({ totalCount: 2, pageInfo: { hasNextPage: true } });
    const second = await planOf(own.world, own.now(), { first: 1, after: first.pageInfo.endCursor });
    expect([actions(first), actions(second)]).toEqual([["m/1 KEEP"], ["m/2 KEEP"]]);
  });

  it("tells nothing of models that the caller may not read", async () => {
    const own = await retentionWorld();
    for (const model of ["plain.a", "hush.b"]) {
      await own.registry.model(model);
      await own.versionAt(model, "Staging", "Archived");
    }
    for (const model of ["plain.*", "hush.*"]) await setRetention(own, { model, preset: "STANDARD" });
    const reader = await person(own.world, "reader", { grants: [["VIEWER", "plain.*"]] });
    const plan = await planOf(reader, own.now());
    expect([actions(plan), plan.totalCount]).toEqual([["plain.a/1 KEEP"], 1]);
    const { retentionPolicies } = await reader.ask("{ retentionPolicies { model } }");
    expect(retentionPolicies).toEqual([{ model: "plain.*" }]);
  });
});

describe("a retention policy", () => {
  it("is nearer than a wider one, and is taken back", async () => {
    const own = await retentionWorld();
    await own.registry.model("risk.m");
    await own.versionAt("risk.m", "Staging", "Archived");
    await setRetention(own, { model: "*", rules: [{ stage: "Staging", keepDays: 0 }] });
    await setRetention(own, { model: "risk.*", rules: [{ stage: "staging", keepDays: 30 }] });
    own.wait(1);
    expect(await own.purgeDue()).toBe(0);
    const { retention } = await setRetention(own, { model: "risk.*" });
    expect(retention).toMatchObject({ isSet: false, revision: 2, rules: [] });
    expect(await own.purgeDue()).toBe(1);
  });

  it.each([
    ["a stage where versions are put away", { rules: [{ stage: "Archived", keepDays: 1 }] }, "rules.0.stage"],
    ["a stage twice", { rules: [{ stage: "Staging" }, { stage: "staging" }] }, "rules.1.stage"],
    ["a stage that is none", { rules: [{ stage: "Nowhere" }] }, "rules.0.stage"],
    ["fewer days than none", { rules: [{ stage: "Staging", keepDays: -1 }] }, "rules.0.keepDays"],
    [
      "cold after it is gone",
      { rules: [{ stage: "Staging", keepDays: 9, coldAfterDays: 9 }] },
      "rules.0.coldAfterDays",
    ],
    ["a preset and rules", { preset: "STANDARD", rules: [] }, "preset"],
    ["nothing, where nothing is set", {}, "rules"],
  ])("is not set for %s", async (_, input, field) => {
    const { registry } = await retentionWorld();
    const { userErrors } = await registry.attempt(
      "setRetention",
      { model: "*", ...input },
      "retention { id }",
    );
    expect(userErrors).toMatchObject([{ code: "INVALID", path: ["input", ...field.split(".")] }]);
  });
});

describe("a legal hold", () => {
  it("is shown on what it is on, with who set it and why", async () => {
    const own = await retentionWorld();
    await own.registry.model("m");
    await own.registry.version("m");
    const shown = async () =>
      (
        await own.world.ask(
          `{ model(name: "m") { legalHold { reason isOfModel setBy { name } }
           version(number: 1) { legalHold { reason isOfModel } } } }`,
        )
      ).model;
    expect(await shown()).toEqual({ legalHold: null, version: { legalHold: null } });
    await setHold(own, { version: "m/1", isHeld: true });
    expect(await shown()).toEqual({
      legalHold: null,
      version: { legalHold: { reason: "case 7", isOfModel: false } },
    });
    await setHold(own, { version: "m/1", isHeld: false, reason: "closed" });
    await setHold(own, { model: "m", isHeld: true });
    const hold = { reason: "case 7", isOfModel: true };
    expect(await shown()).toEqual({
      legalHold: { ...hold, setBy: { name: "administrator" } },
      version: { legalHold: hold },
    });
  });

  it("takes retention:hold, which no other role holds", async () => {
    const own = await retentionWorld();
    await own.registry.model("m");
    const maintainer = await person(own.world, "maintainer", { grants: [["MAINTAINER", "*"]] });
    const question = `mutation ($input: SetLegalHoldInput!) { setLegalHold(input: $input) { userErrors { code } } }`;
    const { errors } = await maintainer.graphql(question, {
      input: { model: "m", isHeld: true, reason: "x" },
    });
    expect(errors?.[0]?.extensions.code).toBe("FORBIDDEN");
  });
});
