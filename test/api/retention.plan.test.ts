import { describe, expect, it } from "vitest";
import { person } from "../support/access.ts";
import { actions, day, planOf, retentionWorld, setHold, setRetention } from "../support/retention-world.ts";

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
