import { beforeAll, describe, expect, it } from "vitest";
import { person } from "../support/access.ts";
import {
  ask,
  attempt,
  candidateOf,
  codes,
  type Governed,
  review,
  startGoverned,
  transition,
} from "../support/governed.ts";
import { inLanes } from "../support/registry.ts";

let governed: Governed;
let people = 0;

beforeAll(async () => {
  governed = await startGoverned();
  return governed.world.close;
});

const policyFields =
  "policy { id model stage revision isSet approvalsNeeded maxVersions onFull why gates { kind } }";
const set = (input: object, who = governed.world as never) => attempt(who, "setPolicy", input, policyFields);

describe("a policy", () => {
  it("is open where none is set, and says so", async () => {
    await governed.registry.model("risk.open");
    const { model } = await governed.world.ask(
      `{ model(name: "risk.open") { policy(stage: "production") { ${policyFields.slice(9, -2)} } } }`,
    );
    expect(model.policy).toEqual({
      id: "pol_0",
      model: "*",
      stage: "Production",
      revision: 0,
      isSet: false,
      approvalsNeeded: 0,
      maxVersions: null,
      onFull: "REJECT",
      why: "no policy is set for this stage: whoever may move versions moves them",
      gates: [],
    });
  });

  it("of the pattern that covers least holds, and says before which others", async () => {
    const { registry, world } = governed;
    await registry.model("risk.near.by");
    const policyOf = async () => {
      const { model } = await world.ask(
        `{ model(name: "risk.near.by") { policy(stage: "Archived") { model why approvalsNeeded } } }`,
      );
      return model.policy;
    };
    await set({ model: "*", stage: "Archived", approvalsNeeded: 1 });
    await set({ model: "risk.*", stage: "Archived", approvalsNeeded: 2 });
    await set({ model: "risk.near.*", stage: "Archived", approvalsNeeded: 3 });
    await set({ model: "risk.nearer.*", stage: "Archived", approvalsNeeded: 4 });
    expect(await policyOf()).toEqual({
      model: "risk.near.*",
      why: "risk.near.* covers risk.near.by, which is nearer than *, risk.*",
      approvalsNeeded: 3,
    });
    await set({ model: "risk.near.by", stage: "Archived" });
    expect(await policyOf()).toMatchObject({ model: "risk.near.by", approvalsNeeded: 0 });
    for (const model of ["risk.near.by", "risk.near.*", "risk.nearer.*", "risk.*", "*"]) {
      await registry.mutate("deletePolicy", { model, stage: "Archived" }, "policy { id }");
    }
    expect(await policyOf()).toMatchObject({ model: "*", approvalsNeeded: 0 });
  });

  it("counts its revisions, is compared with the one expected, and changes nothing where it says the same", async () => {
    const policy = { model: "risk.counted", stage: "Production", approvalsNeeded: 1 };
    expect(codes(await set({ ...policy, expectedRevision: 1 }))).toEqual(["CONFLICT"]);
    expect((await set({ ...policy, expectedRevision: 0 })).policy.revision).toBe(1);
    expect((await set(policy)).policy.revision).toBe(1);
    expect((await set({ ...policy, approvalsNeeded: 2, expectedRevision: 1 })).policy.revision).toBe(2);
    expect(codes(await set({ ...policy, expectedRevision: 1 }))).toEqual(["CONFLICT"]);
    const { node } = await governed.world.ask(
      `{ node(id: "${(await set({ ...policy, approvalsNeeded: 2 })).policy.id}") { ... on Policy { approvalsNeeded } } }`,
    );
    expect(node).toEqual({ approvalsNeeded: 2 });
  });

  it("is set by those who may all over its pattern, and read by who may read something it covers", async () => {
    const { world, mia, ann } = governed;
    const policy = { model: "risk.secret-line", stage: "Staging", approvalsNeeded: 1 };
    expect(await set(policy, ann as never)).toMatchObject({ denied: "FORBIDDEN" });
    expect(await set({ ...policy, model: "*" }, mia as never)).toMatchObject({ denied: "FORBIDDEN" });
    expect((await set(policy, mia as never)).policy).toMatchObject({ approvalsNeeded: 1 });
    const stranger = await person(world, `stranger ${++people}`, { grants: [["VIEWER", "growth.*"]] });
    expect((await stranger.ask(`{ policies { model } }`)).policies).toEqual([]);
    expect(JSON.stringify(await ann.ask(`{ policies(stage: "staging") { model } }`))).toContain(
      "risk.secret-line",
    );
  });

  const metric = (op: string, value: number) => ({ kind: "METRIC", metric: "auc", compare: { op, value } });
  it.each<[string, object, string]>([
    ["an unknown role", { approverRoles: ["NOBODY"] }, "NOT_FOUND"],
    ["a role that could not review", { approverRoles: ["VIEWER"] }, "INVALID"],
    ["a role that could not move", { promoterRoles: ["VIEWER"] }, "INVALID"],
    ["a negative number of approvals", { approvalsNeeded: -1 }, "INVALID"],
    ["room for none", { maxVersions: 0 }, "INVALID"],
    ["archiving where any number may stand", { onFull: "ARCHIVE_EXISTING" }, "INVALID"],
    ["room where versions are put away", { stage: "Archived", maxVersions: 1 }, "INVALID"],
    ["bounds that nothing meets", { gates: [metric("GE", 0.9), metric("LE", 0.8)] }, "INVALID"],
    ["a difference below nothing", { gates: [{ ...metric("LT", 0), kind: "DISPARITY" }] }, "INVALID"],
    [
      "two values of one tag",
      {
        gates: [
          { kind: "TAG", key: "x", value: "a" },
          { kind: "TAG", key: "x", value: "b" },
        ],
      },
      "INVALID",
    ],
    ["a gate without what it needs", { gates: [{ kind: "METRIC", metric: "auc" }] }, "INVALID"],
    ["a gate with what it does not take", { gates: [{ kind: "SIGNATURE", key: "x" }] }, "INVALID"],
    [
      "two measures at once",
      { gates: [{ ...metric("GE", 1), compare: { op: "GE", value: 1, alias: "a" } }] },
      "INVALID",
    ],
    [
      "a tolerance below nothing",
      { gates: [{ ...metric("GE", 1), compare: { op: "GE", alias: "a", tolerance: -1 } }] },
      "INVALID",
    ],
    [
      "a stage that is none",
      { gates: [{ ...metric("GE", 1), compare: { op: "GE", stage: "Nowhere" } }] },
      "INVALID",
    ],
    ["a pattern that is none", { model: "ri*k" }, "INVALID"],
    ["26 gates", { gates: Array(26).fill({ kind: "SIGNATURE" }) }, "INVALID"],
  ])("with %s is refused, and nothing is written", async (_, more, code) => {
    const { world } = governed;
    const { eventHead } = await world.ask("{ eventHead }");
    const { userErrors, policy } = await set({ model: "risk.refused", stage: "Production", ...more });
    expect({ code: userErrors[0]?.code, policy }).toEqual({ code, policy: null });
    expect((await world.ask("{ eventHead }")).eventHead).toBe(eventHead);
  });
});

describe("room for so many versions", () => {
  it("is never overrun by rivals, whether they are rejected or make room", async () => {
    const { registry, world } = governed;
    for (const [onFull, winners] of [
      ["REJECT", 2],
      ["ARCHIVE_EXISTING", 8],
    ] as const) {
      const model = `risk.room-${onFull.toLowerCase()}`;
      await registry.model(model);
      await set({ model, stage: "Production", maxVersions: 2, onFull });
      for (let turn = 0; turn < 8; turn++) await registry.version(model);
      const payloads = await inLanes(8, 8, (at) => transition(world, `${model}/${at + 1}`));
      expect(payloads.filter(({ userErrors }) => userErrors.length === 0)).toHaveLength(winners);
      const { model: found } = await world.ask(
        `{ model(name: "${model}") { inStage(stage: "Production") { number } } }`,
      );
      expect(found.inStage).toHaveLength(2);
    }
  });
});

describe("a way around a policy", () => {
  it("is no rename: versions that stand in a stage come under no other policy for it", async () => {
    const { registry } = governed;
    await set({ model: "risk.strict.*", stage: "Production", approvalsNeeded: 1 });
    await registry.model("risk.lax");
    await registry.version("risk.lax");
    await registry.promote("risk.lax/1", "Production");
    const refusal = await registry.refusal("renameModel", { model: "risk.lax", name: "risk.strict.one" });
    expect(refusal).toMatchObject({ code: "REFUSED_BY_POLICY", path: ["input", "name"] });
    await registry.promote("risk.lax/1", "None");
    await registry.mutate("renameModel", { model: "risk.lax", name: "risk.strict.one" });
    expect(codes(await transition(governed.world, "risk.strict.one/1"))).toEqual(["APPROVAL_REQUIRED"]);
  });

  it("is no new model of the old name, nor a version that is registered again", async () => {
    const { registry, world, ann, rob } = governed;
    const { model, version } = await candidateOf(governed, { approvalsNeeded: 2 });
    const { transitionRequest } = await ask(ann, version);
    await review(rob, transitionRequest.id);
    await registry.mutate("deleteModelVersion", { version });
    expect(codes(await review(governed.rita, transitionRequest.id))).toEqual(["NOT_FOUND"]);
    await ann.version(model);
    expect((await transition(world, `${model}/2`)).userErrors[0].message).toBe("refused: 0 of 2 approvals");
    await registry.mutate("deleteModel", { model });
    await registry.model(model);
    await ann.version(model);
    expect(codes(await transition(world, `${model}/1`))).toEqual(["APPROVAL_REQUIRED"]);
  });

  it("is no import: what stood there comes in as history, and asks to come back", async () => {
    const { registry, world } = governed;
    const model = "risk.imported";
    await set({ model, stage: "Production", approvalsNeeded: 1 });
    const at = (day: number) => `2025-01-0${day}T00:00:00Z`;
    const version = {
      model,
      number: 3,
      externalId: "old 3",
      createdAt: at(2),
      updatedAt: at(3),
      stage: "Production",
    };
    const batch = { source: "old home", models: [{ name: model, createdAt: at(1) }], versions: [version] };
    const first = await registry.mutate("importHistory", { batch }, "userErrors { code }");
    expect(first.userErrors).toEqual([]);
    const question = `{ model(name: "${model}") { inStage(stage: "Production") { number }
      past: inStage(stage: "Production", asOf: "${at(5)}", basis: OCCURRED) { number } }
      transitionRequests(filter: { model: "${model}" }) { nodes { status to requestedBy { name } } } }`;
    const expected = {
      model: { inStage: [], past: [{ number: 3 }] },
      transitionRequests: {
        nodes: [{ status: "PENDING", to: "Production", requestedBy: { name: "administrator" } }],
      },
    };
    expect(await world.ask(question)).toEqual(expected);
    await registry.mutate("importHistory", { batch }, "userErrors { code }");
    expect(await world.ask(question)).toEqual(expected);
  });
});

describe("an emergency", () => {
  it("goes past gates and approvals for those whom the policy names, with a reason, and is reviewed afterwards", async () => {
    const { mia, rob, world } = governed;
    const gates = [{ kind: "SIGNATURE" }];
    const { model, version } = await candidateOf(governed, {
      approvalsNeeded: 2,
      gates,
      breakGlassRoles: ["MAINTAINER"],
    });
    expect(codes(await transition(mia, version))).toEqual(["REFUSED_BY_POLICY"]);
    expect(codes(await transition(mia, version, "Production", { breakGlass: { reason: " " } }))).toEqual([
      "INVALID",
    ]);
    const moved = await transition(mia, version, "Production", { breakGlass: { reason: "fraud wave" } });
    expect(moved).toMatchObject({
      userErrors: [],
      modelVersion: { stage: "Production" },
      stageChange: { isBreakGlass: true, request: null, approvals: [] },
      verdict: { allowed: true },
    });
    const { transitionRequests } = await world.ask(
      `{ transitionRequests(filter: { model: "${model}" }) { nodes { id status isAfterReview from to reason requestedBy { name } } } }`,
    );
    const [{ id, ...told }] = transitionRequests.nodes;
    expect(told).toEqual({
      status: "PENDING",
      isAfterReview: true,
      from: "None",
      to: "Production",
      reason: "fraud wave",
      requestedBy: { name: "mia" },
    });
    expect((await review(rob, id)).transitionRequest.status).toBe("PENDING");
    const judged = await review(governed.rita, id);
    expect(judged.transitionRequest).toMatchObject({
      status: "APPROVED",
      modelVersion: { stage: "Production" },
    });
  });

  it("is none for others, nor where the stage is full", async () => {
    const { mia, registry } = governed;
    const { version } = await candidateOf(governed, { approvalsNeeded: 1 });
    const refused = await transition(mia, version, "Production", { breakGlass: { reason: "now" } });
    expect(refused.userErrors).toMatchObject([
      {
        code: "REFUSED_BY_POLICY",
        message: expect.stringContaining("breaking the glass takes what nobody holds"),
      },
    ]);
    const full = await candidateOf(governed, { maxVersions: 1, breakGlassRoles: ["MAINTAINER"] });
    await registry.promote(full.version, "Production");
    await registry.version(full.model);
    const second = await transition(mia, `${full.model}/2`, "Production", { breakGlass: { reason: "now" } });
    expect(second.userErrors[0].message).toContain("there is no room");
  });
});
