import { beforeAll, describe, expect, it } from "vitest";
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

/** A version in Production that came in while nothing was asked for, and violates this policy. */
async function overtakenBy(policy: object) {
  const candidate = await candidateOf(governed, {});
  await transition(governed.mia, candidate.version);
  await policyOf(governed, candidate.model, policy);
  expect(await violating(governed, candidate.model)).toEqual([1]);
  return candidate;
}

const head = async () => (await governed.world.ask("{ eventHead }")).eventHead;

describe("a version that violates the policy where it stands", () => {
  it("is judged by today's where somebody asks for it, and stays where it is", async () => {
    const { ann, rob, world } = governed;
    const { model, version } = await overtakenBy({
      approvalsNeeded: 1,
      gates: [{ kind: "PARAM", key: "lr" }],
    });
    const asked = await ask(ann, version);
    expect(asked).toMatchObject({
      userErrors: [],
      transitionRequest: { status: "PENDING", from: "Production", to: "Production", isAfterReview: false },
      verdict: { allowed: false, policyRevision: 2, effects: [] },
    });
    const { transitionRequest } = await world.ask(
      `{ transitionRequest(id: "${asked.transitionRequest.id}") { verdict { allowed policyRevision } } }`,
    );
    expect(transitionRequest.verdict).toEqual({ allowed: false, policyRevision: 2 });
    const before = await head();
    const reviewed = await review(rob, asked.transitionRequest.id);
    expect(reviewed).toMatchObject({
      userErrors: [],
      transitionRequest: { status: "APPLIED", modelVersion: { stage: "Production" } },
      verdict: { allowed: true, policyRevision: 2 },
    });
    expect(await violating(governed, model)).toEqual([]);
    const { registryEvents, modelVersion } = await world.ask(
      `query ($after: EventCursor) { registryEvents(after: $after) { nodes { type payload } }
         modelVersion(ref: "${version}") { transitions { totalCount } } }`,
      { after: before },
    );
    const policy = (await world.ask(`{ model(name: "${model}") { policy(stage: "Production") { id } } }`))
      .model;
    expect(registryEvents.nodes).toMatchObject([
      { type: "approval.given" },
      {
        type: "transition.applied",
        payload: {
          to: "Production",
          passed: { policy: policy.policy.id, revision: 2 },
          verdict: reviewed.verdict,
          approvals: [reviewed.approval.id],
        },
      },
    ]);
    expect(modelVersion.transitions.totalCount).toBe(1);
    await policyOf(governed, model, { approvalsNeeded: 2 });
    expect(await violating(governed, model)).toEqual([1]);
  });

  it("goes on violating it while a gate fails, and has passed once that is mended and said again", async () => {
    const { ann, rob, registry } = governed;
    const { model, version } = await overtakenBy({
      approvalsNeeded: 1,
      gates: [{ kind: "TAG", key: "audited" }],
    });
    const { id } = (await ask(ann, version)).transitionRequest;
    expect(await review(rob, id)).toMatchObject({
      transitionRequest: { status: "APPROVED" },
      verdict: { allowed: false },
    });
    expect(await violating(governed, model)).toEqual([1]);
    await registry.mutate("setModelVersionTags", { version, set: [{ key: "audited", value: "yes" }] });
    expect((await review(rob, id)).transitionRequest.status).toBe("APPLIED");
    expect(await violating(governed, model)).toEqual([]);
  });

  it("is not passed by who asked, nor by who registered it, nor by moving it to where it stands", async () => {
    const { ann, mia, registry, world } = governed;
    const { model, version } = await overtakenBy({ approvalsNeeded: 1 });
    const { id } = (await ask(mia, version)).transitionRequest;
    await registry.mutate("grantRole", { actor: "mia", role: "APPROVER", scope: model });
    await registry.mutate("grantRole", { actor: "ann", role: "APPROVER", scope: model });
    for (const who of [mia, ann]) expect(codes(await review(who, id))).toEqual(["REFUSED_BY_POLICY"]);
    const before = await head();
    expect(await transition(world, version)).toMatchObject({ userErrors: [], stageChange: null });
    expect(await head()).toBe(before);
    expect(await violating(governed, model)).toEqual([1]);
  });

  it("is asked about once at a time, and not where it violates nothing", async () => {
    const { ann, mia, rob, registry } = governed;
    const { version } = await overtakenBy({ approvalsNeeded: 1 });
    const { id } = (await ask(ann, version)).transitionRequest;
    expect(codes(await ask(mia, version))).toEqual(["ALREADY_EXISTS"]);
    await ann.mutate("withdrawTransition", { request: id }, "transitionRequest { status }");
    await review(rob, (await ask(mia, version)).transitionRequest.id);
    expect(codes(await ask(ann, version))).toEqual(["CONFLICT"]);
    const { model } = await candidateOf(governed, {});
    await registry.mutate("setPolicy", { model, stage: "Staging", maxVersions: 3 }, "policy { id }");
    await transition(mia, `${model}/1`, "Staging");
    expect(codes(await ask(ann, `${model}/1`, "Staging"))).toEqual(["CONFLICT"]);
  });

  it("by break-glass has passed then, and still came in by break-glass", async () => {
    const { ann, mia, rob, world } = governed;
    const { version } = await candidateOf(governed, { approvalsNeeded: 1, breakGlassRoles: ["MAINTAINER"] });
    await transition(mia, version, "Production", { breakGlass: { reason: "fraud wave" } });
    await review(rob, (await ask(ann, version)).transitionRequest.id);
    expect(await world.ask(`{ modelVersion(ref: "${version}") { isBreakGlass violatesPolicy } }`)).toEqual({
      modelVersion: { isBreakGlass: true, violatesPolicy: false },
    });
  });

  it("beside too many others passes once these are archived for it", async () => {
    const { ann, mia, rob, world } = governed;
    const { model, version } = await candidateOf(governed, {});
    await ann.version(model);
    for (const number of [1, 2]) await transition(mia, `${model}/${number}`);
    await policyOf(governed, model, { maxVersions: 1 });
    expect(await violating(governed, model)).toEqual([2, 1]);
    const { id } = (await ask(mia, version)).transitionRequest;
    expect((await review(rob, id)).verdict).toMatchObject({ allowed: false });
    await mia.mutate("withdrawTransition", { request: id }, "transitionRequest { status }");
    const again = await ask(mia, version, "Production", { archiveExisting: true });
    expect((await review(rob, again.transitionRequest.id)).transitionRequest.status).toBe("APPLIED");
    expect(await violating(governed, model)).toEqual([]);
    const { model: found } = await world.ask(
      `{ model(name: "${model}") { inStage(stage: "Production") { number } } }`,
    );
    expect(found.inStage).toEqual([{ number: 1 }]);
  });

  it("has passed nothing where the policy was taken back before the review", async () => {
    const { mia, rob, registry, world } = governed;
    const { model, version } = await overtakenBy({ approvalsNeeded: 1 });
    const { id } = (await ask(mia, version)).transitionRequest;
    await registry.mutate("deletePolicy", { model, stage: "Production" }, "policy { id }");
    const after = await head();
    expect((await review(rob, id)).transitionRequest.status).toBe("APPLIED");
    const { registryEvents } = await world.ask(
      `query ($after: EventCursor) { registryEvents(after: $after, filter: { types: ["transition.applied"] }) { nodes { payload } } }`,
      { after },
    );
    expect(registryEvents.nodes).toEqual([{ payload: { to: "Production" } }]);
    await policyOf(governed, model, { approvalsNeeded: 1 });
    expect(await violating(governed, model)).toEqual([1]);
  });

  it("is judged no more once it has left, as anything that was asked for from elsewhere", async () => {
    const { ann, mia, rob } = governed;
    const { version } = await overtakenBy({ approvalsNeeded: 1 });
    const { id } = (await ask(ann, version)).transitionRequest;
    await transition(mia, version, "Staging");
    expect(codes(await review(rob, id))).toEqual(["CONFLICT"]);
  });
});
