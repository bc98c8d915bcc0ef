import { beforeAll, describe, expect, it } from "vitest";
import { person } from "../support/access.ts";
import {
  ask,
  candidateOf,
  codes,
  type Governed,
  policyOf,
  review,
  startGoverned,
  transition,
  violating,
} from "../support/governed.ts";

let governed: Governed;

beforeAll(async () => {
  governed = await startGoverned();
  return governed.world.close;
});

const isLetIn = async (version: string) => {
  const asked = await ask(governed.ann, version);
  expect((await review(governed.rob, asked.transitionRequest.id)).transitionRequest.status).toBe("APPLIED");
};

/** What the version says of itself. */
async function stayOf(version: string) {
  const fields = "stage isBreakGlass violatesPolicy";
  return (await governed.world.ask(`{ modelVersion(ref: "${version}") { ${fields} } }`)).modelVersion;
}

const clean = { stage: "Production", isBreakGlass: false, violatesPolicy: false };

describe("a version in a live stage", () => {
  it("violates no policy that it came in by, and does from the moment that this is changed", async () => {
    const { model, version } = await candidateOf(governed);
    await isLetIn(version);
    expect(await stayOf(version)).toEqual(clean);
    expect(await violating(governed, model)).toEqual([]);
    await policyOf(governed, model, { approvalsNeeded: 2 });
    expect(await stayOf(version)).toEqual({ ...clean, violatesPolicy: true });
    expect(await violating(governed, model)).toEqual([1]);
  });

  it("that gates alone let in has passed them", async () => {
    const gates = [{ kind: "PARAM", key: "lr" }];
    const { model, version } = await candidateOf(governed, { gates });
    expect(codes(await transition(governed.mia, version))).toEqual([]);
    expect(await stayOf(version)).toEqual(clean);
    await policyOf(governed, model, { gates: [...gates, { kind: "SIGNATURE" }] });
    expect(await violating(governed, model)).toEqual([1]);
  });

  it("that came while the stage was open violates what is set later, until that is taken back or asks for nothing", async () => {
    const { registry } = governed;
    const { model, version } = await candidateOf(governed, {});
    await registry.mutate("deletePolicy", { model, stage: "Production" }, "policy { id }");
    await transition(governed.mia, version);
    expect(await violating(governed, model)).toEqual([]);
    await policyOf(governed, model, { maxVersions: 3 });
    expect(await violating(governed, model)).toEqual([1]);
    await policyOf(governed, model, {});
    expect(await violating(governed, model)).toEqual([]);
    await policyOf(governed, model, { promoterRoles: ["MAINTAINER"] });
    expect(await violating(governed, model)).toEqual([1]);
    await registry.mutate("deletePolicy", { model, stage: "Production" }, "policy { id }");
    expect(await violating(governed, model)).toEqual([]);
  });

  it("by break-glass says so and violates the policy, until it leaves and comes back by the door", async () => {
    const policy = { approvalsNeeded: 1, breakGlassRoles: ["MAINTAINER"] };
    const { model, version } = await candidateOf(governed, policy);
    await transition(governed.mia, version, "Production", { breakGlass: { reason: "fraud wave" } });
    expect(await stayOf(version)).toEqual({ stage: "Production", isBreakGlass: true, violatesPolicy: true });
    expect(await violating(governed, model)).toEqual([1]);
    await transition(governed.mia, version, "Staging");
    expect(await stayOf(version)).toEqual({ stage: "Staging", isBreakGlass: false, violatesPolicy: false });
    await isLetIn(version);
    expect(await stayOf(version)).toEqual(clean);
    await transition(governed.mia, version, "Staging");
    await transition(governed.mia, version, "Production", { breakGlass: { reason: "again" } });
    expect(await violating(governed, model)).toEqual([1]);
  });

  it("by import has passed nothing", async () => {
    const { registry } = governed;
    const model = "risk.taken-over";
    const version = { model, number: 7, externalId: "old 7", stage: "Production" };
    const batch = { source: "old home", models: [{ name: model }], versions: [version] };
    await registry.mutate("importHistory", { batch }, "userErrors { code }");
    expect(await stayOf(`${model}/7`)).toEqual(clean);
    await policyOf(governed, model, { approvalsNeeded: 1 });
    expect(await stayOf(`${model}/7`)).toEqual({ ...clean, violatesPolicy: true });
    expect(await violating(governed, model)).toEqual([7]);
  });

  it("is held against nothing once it is deleted", async () => {
    const { registry } = governed;
    const model = "risk.deleted-elsewhere";
    const versions = [1, 2].map((number) => ({
      model,
      number,
      externalId: `old ${number}`,
      createdAt: "2025-01-01T00:00:00Z",
      stage: "Production",
      ...(number === 1 ? { deletedAt: "2025-01-02T00:00:00Z" } : {}),
    }));
    const batch = { source: "old home", models: [{ name: model }], versions };
    await registry.mutate("importHistory", { batch }, "userErrors { code }");
    await policyOf(governed, model, { approvalsNeeded: 1 });
    expect(await violating(governed, model, { includeDeleted: true })).toEqual([2]);
  });
});

describe("a version in a stage that does not serve", () => {
  it("is held against nothing", async () => {
    const { registry, mia } = governed;
    const { model, version } = await candidateOf(governed, {});
    await transition(mia, version, "Staging");
    await registry.mutate("setPolicy", { model, stage: "Staging", approvalsNeeded: 1 }, "policy { id }");
    expect(await stayOf(version)).toEqual({ ...clean, stage: "Staging" });
    expect(await violating(governed, model)).toEqual([]);
  });
});

describe("a version that a rollback brings back", () => {
  const gates = [{ kind: "PARAM", key: "lr" }];
  const followedBy = async (model: string) => {
    await governed.ann.version(model, { params: [{ key: "lr", value: "0.2" }] });
    await transition(governed.mia, `${model}/2`, "Production", { archiveExisting: true });
    const back = await governed.mia.mutate("rollback", { model, reason: "worse" }, "modelVersion { number }");
    expect(back.modelVersion).toEqual({ number: 1 });
  };

  it("has passed the gates that it passed before, as they are not asked again", async () => {
    const { model, version } = await candidateOf(governed, { gates });
    await transition(governed.mia, version);
    await followedBy(model);
    expect(await violating(governed, model)).toEqual([]);
  });

  it("has not passed gates that were set in the meantime", async () => {
    const { model, version } = await candidateOf(governed, {});
    await transition(governed.mia, version);
    await policyOf(governed, model, { gates });
    expect(await violating(governed, model)).toEqual([1]);
    await followedBy(model);
    expect(await violating(governed, model)).toEqual([1]);
  });

  it("has passed a policy without gates, which asks a return for everything, unless approvals are waived", async () => {
    for (const [policy, expected] of [
      [{ promoterRoles: ["MAINTAINER"] }, []],
      [{ approvalsNeeded: 1, rollbackNeedsApproval: false }, [1]],
    ] as const) {
      const { model, version } = await candidateOf(governed, {});
      await transition(governed.mia, version);
      await governed.ann.version(model);
      await transition(governed.mia, `${model}/2`, "Production", { archiveExisting: true });
      await policyOf(governed, model, policy);
      await governed.mia.mutate("rollback", { model, reason: "worse" }, "modelVersion { number }");
      expect(await violating(governed, model)).toEqual(expected);
    }
  });
});

describe("of several policies", () => {
  it("it is the one that covers least that a version must have passed, and no other", async () => {
    const { registry, world } = governed;
    const names = [
      "near",
      "near.by",
      "near.by.far",
      "nearer.by",
      "NEAR.by",
      "near_by",
      "near.by-far",
      "größe😀.by",
    ];
    for (const name of names) {
      await registry.model(name);
      await registry.version(name);
      await registry.promote(`${name}/1`, "Production");
    }
    /** Which violate, as the list says it and as each says of itself; and which a policy holds for that asks for something. */
    const told = async () => {
      const { modelVersions, ...each } = await world.ask(`{
        modelVersions(first: 100, filter: { violatesPolicy: true, or: [${names.map((name) => `{ model: { eq: "${name}" } }`).join()}] }) {
          nodes { model { name } }
        }
        ${names.map((name, at) => `m${at}: model(name: "${name}") { name policy(stage: "Production") { approvalsNeeded } version(number: 1) { violatesPolicy } }`).join("\n")}
      }`);
      const models: Answered[] = Object.values(each);
      const of = (some: Answered[]) => some.map(({ name }) => name).sort();
      return {
        listed: of(modelVersions.nodes.map(({ model }: { model: Answered }) => model)),
        saying: of(models.filter(({ version }) => version.violatesPolicy)),
        governed: of(models.filter(({ policy }) => policy.approvalsNeeded > 0)),
      };
    };
    const steps: [string, number | null, string[]][] = [
      ["größe😀.*", 1, ["größe😀.by"]],
      ["größe😀.*", null, []],
      ["near.*", 1, ["near", "near.by", "near.by-far", "near.by.far"]],
      ["near.by.*", 0, ["near", "near.by-far"]],
      ["near.by", 2, ["near", "near.by", "near.by-far"]],
      ["near", 0, ["near.by", "near.by-far"]],
      ["*", 1, ["near.by", "near.by-far", "nearer.by", "NEAR.by", "near_by", "größe😀.by"]],
      ["near.*", null, ["near.by", "near.by-far", "nearer.by", "NEAR.by", "near_by", "größe😀.by"]],
      ["near.by", null, ["near.by-far", "nearer.by", "NEAR.by", "near_by", "größe😀.by"]],
      ["near", null, ["near", "near.by-far", "nearer.by", "NEAR.by", "near_by", "größe😀.by"]],
      ["*", null, []],
      ["near.by.*", null, []],
    ];
    for (const [pattern, approvalsNeeded, expected] of steps) {
      if (approvalsNeeded === null) {
        await registry.mutate("deletePolicy", { model: pattern, stage: "Production" }, "policy { id }");
      } else await policyOf(governed, pattern, { approvalsNeeded });
      const names = [...expected].sort();
      expect({ pattern, ...(await told()) }).toEqual({
        pattern,
        listed: names,
        saying: names,
        governed: names,
      });
    }
  });

  interface Answered {
    name: string;
    policy: { approvalsNeeded: number };
    version: { violatesPolicy: boolean };
  }

  it("the wider one counts as passed again once a nearer one is taken back", async () => {
    const { ann, mia, registry } = governed;
    await policyOf(governed, "risk.wide.*", { maxVersions: 5 });
    await registry.model("risk.wide.one");
    await ann.version("risk.wide.one");
    await transition(mia, "risk.wide.one/1");
    expect(await violating(governed, "risk.wide.one")).toEqual([]);
    await policyOf(governed, "risk.wide.one", { maxVersions: 5 });
    expect(await violating(governed, "risk.wide.one")).toEqual([1]);
    await registry.mutate("deletePolicy", { model: "risk.wide.one", stage: "Production" }, "policy { id }");
    expect(await violating(governed, "risk.wide.one")).toEqual([]);
  });

  it("whoever reads some models is told of those alone, and the total counts no others", async () => {
    const { registry, world } = governed;
    for (const name of ["told.mine", "told.theirs"]) {
      await registry.model(name);
      await registry.version(name);
      await registry.promote(`${name}/1`, "Production");
    }
    await policyOf(governed, "told.*", { approvalsNeeded: 1 });
    const reader = await person(world, "reader of one", { grants: [["VIEWER", "told.mine"]] });
    const question = `{ modelVersions(filter: { violatesPolicy: true, model: { startsWith: "told." } }) {
      totalCount nodes { model { name } violatesPolicy } } }`;
    expect((await reader.ask(question)).modelVersions).toEqual({
      totalCount: 1,
      nodes: [{ model: { name: "told.mine" }, violatesPolicy: true }],
    });
    expect((await world.ask(question)).modelVersions.totalCount).toBe(2);
  });
});
