import { beforeAll, describe, expect, it } from "vitest";
import {
  ask,
  attempt,
  codes,
  type Governed,
  policyOf,
  review,
  startGoverned,
  transition,
  violating,
} from "../support/governed.ts";
import { line, rollback } from "../support/returns.ts";

let governed: Governed;

beforeAll(async () => {
  governed = await startGoverned();
  return governed.world.close;
});

const strict = {
  approvalsNeeded: 1,
  gates: [{ kind: "TAG", key: "audited" }],
  rollbackNeedsApproval: false,
};

/** What the refusal of a rollback says of each check, by its name. */
async function refusedChecks(model: string): Promise<Record<string, { passed: boolean; says: string }>> {
  const refused = await rollback(governed, { model, to: 1 });
  expect(codes(refused)).toEqual(["REFUSED_BY_POLICY"]);
  expect(refused.verdict.allowed).toBe(false);
  const tried = await rollback(governed, { model, to: 1, dryRun: true });
  expect(tried.verdict).toEqual(refused.verdict);
  return Object.fromEntries(refused.verdict.checks.map((check: { name: string }) => [check.name, check]));
}

const askedAgain = (why: string) => ({
  approvals: { passed: false, says: "0 of 1 approvals" },
  "tag audited": { passed: false },
  "earlier stay": { passed: true, says: `returning: its earlier stay was ${why}, so all is asked again` },
});

describe("a rollback of a version that no policy ever let in", () => {
  it("is asked for everything where it stood there under another name of the model", async () => {
    const { registry } = governed;
    const model = "risk.guarded.renamed";
    await policyOf(governed, "risk.guarded.*", strict);
    await registry.model("lab.lax");
    await registry.version("lab.lax");
    await registry.promote("lab.lax/1", "Production");
    await registry.promote("lab.lax/1", "None");
    await registry.mutate("renameModel", { model: "lab.lax", name: model });
    expect(await refusedChecks(model)).toMatchObject(askedAgain("under another name of the model"));
  });

  it("is asked for everything though the model has its old name again", async () => {
    const { registry } = governed;
    const model = await line(governed, 1);
    await registry.promote(`${model}/1`, "Archived");
    for (const [from, to] of [
      [model, `${model}.away`],
      [`${model}.away`, model],
    ]) {
      await registry.mutate("renameModel", { model: from, name: to });
    }
    await policyOf(governed, model, strict);
    expect(await refusedChecks(model)).toMatchObject(askedAgain("under another name of the model"));
  });

  it("is asked for everything where it stood there elsewhere, and was imported", async () => {
    const { registry } = governed;
    const model = "risk.imported";
    await registry.model(model);
    await policyOf(governed, model, strict);
    const createdAt = "2025-01-01T00:00:00Z";
    const version = { model, number: 1, externalId: "i1", createdAt, updatedAt: createdAt };
    const batch = {
      source: "old",
      models: [{ name: model, createdAt }],
      versions: [{ ...version, stage: "Production" }],
    };
    await registry.mutate("importHistory", { batch }, "userErrors { code }");
    expect(await refusedChecks(model)).toMatchObject(askedAgain("imported"));
  });

  it("is asked for everything where it stood there by an emergency", async () => {
    const { registry, ann, mia, world } = governed;
    const model = "risk.broken";
    await registry.model(model);
    await ann.version(model);
    await policyOf(governed, model, { ...strict, breakGlassRoles: ["ADMIN"] });
    const broken = await transition(world, `${model}/1`, "Production", { breakGlass: { reason: "now" } });
    expect(broken.modelVersion).toEqual({ stage: "Production" });
    await registry.promote(`${model}/1`, "Archived");
    expect(await refusedChecks(model)).toMatchObject(askedAgain("an emergency"));
    expect(codes(await rollback(governed, { model, to: 1 }, mia))).toEqual(["REFUSED_BY_POLICY"]);
  });

  it("is asked for everything where another policy than today's let it in", async () => {
    const { registry, ann } = governed;
    const model = "risk.wide.one";
    await policyOf(governed, "risk.wide.*", { gates: [{ kind: "TAG", key: "once" }] });
    await registry.model(model);
    await ann.version(model);
    await registry.mutate("setModelVersionTags", {
      version: `${model}/1`,
      set: [{ key: "once", value: "yes" }],
    });
    await registry.promote(`${model}/1`, "Production");
    await registry.promote(`${model}/1`, "Archived");
    await policyOf(governed, model, strict);
    const says =
      "returning: its earlier stay has not passed the policy that holds now, so all is asked again";
    expect(await refusedChecks(model)).toMatchObject({
      "earlier stay": { says },
      "tag audited": { passed: false },
    });
  });

  it("is asked for everything where only a rollback that spared it, for a stay under another name, let it in", async () => {
    const { registry } = governed;
    const model = await line(governed, 2, { ...strict, gates: [{ kind: "TAG", key: "once" }] });
    expect((await rollback(governed, { model })).modelVersion).toEqual({ number: 1, stage: "Production" });
    await registry.promote(`${model}/1`, "Archived");
    // That return was spared for its first stay, which the new name takes away; the policy of the new name was never passed.
    await registry.mutate("renameModel", { model, name: `${model}.new` });
    await policyOf(governed, `${model}.new`, strict);
    expect(codes(await rollback(governed, { model: `${model}.new`, to: 1 }))).toEqual(["REFUSED_BY_POLICY"]);
  });

  it("comes back with all that is asked for, and counts as having passed", async () => {
    const { registry, ann, rob } = governed;
    const before = await line(governed, 2);
    const model = `${before}.after`;
    await registry.mutate("renameModel", { model: before, name: model });
    await policyOf(governed, model, { ...strict, maxVersions: 1 });
    const set = [{ key: "audited", value: "yes" }];
    await registry.mutate("setModelVersionTags", { version: `${model}/1`, set });
    expect(codes(await rollback(governed, { model }))).toEqual(["APPROVAL_REQUIRED"]);
    const { id } = (await ask(ann, `${model}/1`)).transitionRequest;
    expect((await review(rob, id)).transitionRequest.status).toBe("APPROVED"); // there is no room yet
    const back = await rollback(governed, { model });
    expect(back).toMatchObject({ userErrors: [], modelVersion: { number: 1, stage: "Production" } });
    expect(await violating(governed, model)).toEqual([]);
  });

  it("still takes one of the policy's roles, and room", async () => {
    const { registry, mia } = governed;
    const model = await line(governed, 2);
    await policyOf(governed, model, { promoterRoles: ["ADMIN"], gates: [{ kind: "SIGNATURE" }] });
    const refused = await rollback(governed, { model }, mia);
    expect(codes(refused)).toEqual(["REFUSED_BY_POLICY"]);
    expect(refused.verdict.checks.filter(({ passed }: { passed: boolean }) => !passed)).toMatchObject([
      { name: "promoter role" },
    ]);
    const full = await line(governed, 1);
    for (const number of [2, 3, 4]) {
      await governed.ann.version(full);
      await registry.promote(`${full}/${number}`, "Production");
    }
    await registry.promote(`${full}/1`, "Archived");
    await policyOf(governed, full, { maxVersions: 2 });
    const crowded = await rollback(governed, { model: full, failed: `${full}/4` });
    expect(crowded.userErrors[0].message).toBe(
      "refused: 2 of at most 2 stand in Production: there is no room",
    );
  });
});

describe("a rollback of a version that stood there lawfully", () => {
  it("is not asked for gates where it served before any policy was set, under the same name", async () => {
    const model = await line(governed, 2, strict);
    const back = await rollback(governed, { model });
    expect(back).toMatchObject({ userErrors: [], modelVersion: { number: 1, stage: "Production" } });
    expect(back.verdict.checks.map(({ name }: { name: string }) => name)).not.toContain("earlier stay");
  });

  it("is not asked for gates that it passed once, though the policy was revised and the model renamed since", async () => {
    const { registry, ann } = governed;
    const pattern = "risk.revised.*";
    await policyOf(governed, pattern, { gates: [{ kind: "TAG", key: "audited" }] });
    const model = "risk.revised.one";
    await registry.model(model);
    for (const number of [1, 2]) {
      await ann.version(model);
      const set = [{ key: "audited", value: "yes" }];
      await registry.mutate("setModelVersionTags", { version: `${model}/${number}`, set });
      await registry.promote(`${model}/${number}`, "Production", { archiveExisting: true });
    }
    await policyOf(governed, pattern, { gates: [{ kind: "TAG", key: "audited" }, { kind: "SIGNATURE" }] });
    await registry.mutate("renameModel", { model, name: "risk.revised.two" });
    const back = await rollback(governed, { model: "risk.revised.two" });
    expect(back).toMatchObject({ userErrors: [], modelVersion: { number: 1 }, archived: [{ number: 2 }] });
    expect(await violating(governed, "risk.revised.two")).toEqual([1]);
  });

  it("is asked for the approvals that the policy wants for it, and takes no request for another stage", async () => {
    const { ann, rob } = governed;
    const model = await line(governed, 2, { ...strict, rollbackNeedsApproval: true });
    const elsewhere = (await ask(ann, `${model}/1`, "Staging")).transitionRequest;
    await review(rob, elsewhere.id);
    expect(codes(await rollback(governed, { model }))).toEqual(["APPROVAL_REQUIRED"]);
  });
});

describe("a version that is not READY", () => {
  it("is given no stage back in which versions serve, though it stood there elsewhere", async () => {
    const { registry } = governed;
    const model = "risk.unready";
    const createdAt = "2025-01-01T00:00:00Z";
    const unready = { status: "FAILED", stage: "Production", externalId: "u1" };
    const batch = {
      source: "old",
      models: [{ name: model, createdAt }],
      versions: [{ model, number: 1, createdAt, updatedAt: createdAt, ...unready }],
    };
    await registry.mutate("importHistory", { batch }, "userErrors { code }");
    const refused = await attempt(
      governed.world,
      "rollback",
      { model, to: 1, reason: "back" },
      "verdict { checks { name passed } }",
    );
    expect(refused.userErrors).toMatchObject([
      { code: "REFUSED_BY_POLICY", message: "refused: the version is FAILED" },
    ]);
  });
});
