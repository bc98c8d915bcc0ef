import { beforeAll, describe, expect, it } from "vitest";
import { person } from "../support/access.ts";
import {
  ask,
  candidateOf,
  codes,
  type Governed,
  review,
  startGoverned,
  transition,
} from "../support/governed.ts";

let governed: Governed;
let people = 0;

beforeAll(async () => {
  governed = await startGoverned();
  return governed.world.close;
});

describe("a stage whose policy asks for approval", () => {
  it("is entered when somebody else approves, in the same act", async () => {
    const { ann, rob } = governed;
    const { version } = await candidateOf(governed);
    const asked = await ask(ann, version, "production", { reason: "better recall" });
    expect(asked).toMatchObject({
      userErrors: [],
      transitionRequest: {
        status: "PENDING",
        from: "None",
        to: "Production",
        reason: "better recall",
        approvals: [],
      },
      verdict: {
        allowed: false,
        checks: [{ passed: true }, { passed: true }, { name: "approvals", says: "0 of 1 approvals" }],
      },
    });
    const decided = await review(rob, asked.transitionRequest.id, "APPROVE", { comment: "tried it" });
    expect(decided).toMatchObject({
      userErrors: [],
      approval: { decision: "APPROVE", isStale: false },
      transitionRequest: {
        status: "APPLIED",
        requestedBy: { name: "ann" },
        approvals: [{ reviewer: { name: "rob" }, comment: "tried it" }],
        modelVersion: { stage: "Production" },
      },
      verdict: { allowed: true, policyRevision: 1 },
    });
  });

  it("is not entered past it: the answer is the verdict, and what is missing", async () => {
    const { mia } = governed;
    const { version } = await candidateOf(governed);
    const refused = await transition(mia, version);
    expect(refused).toMatchObject({
      modelVersion: { stage: "None" },
      stageChange: null,
      userErrors: [
        { code: "APPROVAL_REQUIRED", message: "refused: 0 of 1 approvals", path: ["input", "to"] },
      ],
    });
  });

  it("keeps with its change the request, the approvals and the verdict as judged then", async () => {
    const { ann, rob, rita, world, registry } = governed;
    const { model, version } = await candidateOf(governed, { approvalsNeeded: 2 });
    const { transitionRequest } = await ask(ann, version);
    expect((await review(rob, transitionRequest.id)).transitionRequest.status).toBe("PENDING");
    await review(rita, transitionRequest.id);
    await registry.mutate("setPolicy", { model, stage: "Production" }, "policy { revision }");
    const { modelVersion } =
      await world.ask(`{ modelVersion(ref: "${version}") { transitions(first: 1) { nodes {
      isAutomatic isBreakGlass policyRevision actor { name } request { id status requestedBy { name } }
      approvals { reviewer { name } } verdict { allowed checks { name says } } } } } }`);
    expect(modelVersion.transitions.nodes).toEqual([
      {
        isAutomatic: false,
        isBreakGlass: false,
        policyRevision: 1,
        actor: { name: "rita" },
        request: { id: transitionRequest.id, status: "APPLIED", requestedBy: { name: "ann" } },
        approvals: [{ reviewer: { name: "rob" } }, { reviewer: { name: "rita" } }],
        verdict: {
          allowed: true,
          checks: [
            { name: "allowed move", says: "None may go to Production" },
            { name: "ready", says: "the version is READY" },
            { name: "approvals", says: "2 of 2 approvals" },
          ],
        },
      },
    ]);
  });

  it("waits for a gate that fails when the last approval comes, and is then entered by who may move", async () => {
    const { ann, rob, mia, registry } = governed;
    const gate = { kind: "TAG", key: "signed-off" };
    const { version } = await candidateOf(governed, { approvalsNeeded: 1, gates: [gate] });
    const { transitionRequest } = await ask(ann, version);
    const decided = await review(rob, transitionRequest.id);
    expect(decided).toMatchObject({
      transitionRequest: { status: "APPROVED", modelVersion: { stage: "None" } },
      verdict: { allowed: false },
    });
    expect(codes(await transition(mia, version))).toEqual(["REFUSED_BY_POLICY"]);
    await registry.mutate("setModelVersionTags", { version, set: [{ key: "signed-off", value: "yes" }] });
    const moved = await transition(mia, version);
    expect(moved).toMatchObject({
      userErrors: [],
      stageChange: { request: { id: transitionRequest.id }, approvals: [{ reviewer: { name: "rob" } }] },
    });
  });

  it("judges without a trace where it is a dry run", async () => {
    const { ann, mia, world } = governed;
    const { version } = await candidateOf(governed);
    const { eventHead } = await world.ask("{ eventHead }");
    expect(await ask(ann, version, "Production", { dryRun: true })).toMatchObject({
      transitionRequest: null,
      verdict: { allowed: false, effects: [`${version}: None → Production`] },
    });
    expect((await transition(mia, version, "Production", { dryRun: true })).verdict).toMatchObject({
      allowed: false,
    });
    expect((await world.ask("{ eventHead }")).eventHead).toBe(eventHead);
  });
});

/** A mutation about a request, by its answer's status. */
async function registryAttempt(who: Governed["ann"], mutation: string, input: object) {
  return who.attempt(mutation, input, "transitionRequest { id status }");
}

describe("a request", () => {
  it("is refused where one is open, where the version is there already, and where the caller holds no role for it", async () => {
    const { ann, mia, registry } = governed;
    const { version } = await candidateOf(governed);
    await ask(ann, version);
    expect(codes(await ask(mia, version))).toEqual(["ALREADY_EXISTS"]);
    expect(codes(await ask(ann, version, "None"))).toEqual(["CONFLICT"]);
    const { version: other } = await candidateOf(governed, {
      promoterRoles: ["MAINTAINER"],
      approvalsNeeded: 1,
    });
    expect((await ask(ann, other)).userErrors).toMatchObject([
      { code: "REFUSED_BY_POLICY", message: "refused: it takes one of the roles MAINTAINER" },
    ]);
    expect(codes(await ask(mia, other))).toEqual([]);
    expect(
      await registry.refusal("requestTransition", { version: other, to: "Nowhere" }, "verdict { allowed }"),
    ).toMatchObject({
      code: "INVALID",
    });
  });

  it("that is rejected, withdrawn or applied is decided", async () => {
    const { ann, rob, rita } = governed;
    const ended = async (end: (id: string) => Promise<unknown>) => {
      const { version } = await candidateOf(governed);
      const { id } = (await ask(ann, version)).transitionRequest;
      await end(id);
      return (await review(rita, id)).userErrors;
    };
    expect(await ended((id) => review(rob, id, "REJECT"))).toMatchObject([
      { code: "CONFLICT", message: expect.stringContaining("is REJECTED already") },
    ]);
    expect(await ended((id) => registryAttempt(ann, "withdrawTransition", { request: id }))).toMatchObject([
      { code: "CONFLICT", message: expect.stringContaining("is WITHDRAWN already") },
    ]);
    expect(await ended((id) => review(rob, id))).toMatchObject([
      { code: "CONFLICT", message: expect.stringContaining("is APPLIED already") },
    ]);
  });

  it("is nothing to those who may not read its model, and not theirs to decide who may only read it", async () => {
    const { ann, world } = governed;
    const { version } = await candidateOf(governed);
    const { id } = (await ask(ann, version)).transitionRequest;
    const stranger = await person(world, `stranger ${++people}`, { grants: [["APPROVER", "growth.*"]] });
    expect((await review(stranger, id)).userErrors).toMatchObject([
      { code: "NOT_FOUND", path: ["input", "request"] },
    ]);
    expect(await stranger.ask(`{ transitionRequest(id: "${id}") { id } node(id: "${id}") { id } }`)).toEqual({
      transitionRequest: null,
      node: null,
    });
    const viewer = await person(world, `viewer ${++people}`, { grants: [["VIEWER", "risk.*"]] });
    expect(await review(viewer, id)).toMatchObject({ denied: "FORBIDDEN" });
    expect(await review(ann, "trq_999999")).toMatchObject({ userErrors: [{ code: "NOT_FOUND" }] });
    expect(await review(ann, "mv_1")).toMatchObject({ userErrors: [{ code: "INVALID" }] });
  });

  it("is decided by those alone who hold a role that the policy names", async () => {
    const { ann, rob, registry, world } = governed;
    const permissions = ["registry:read", "transition:review"];
    await registry.mutate("defineRole", { name: "RISK_OFFICER", permissions });
    const { version } = await candidateOf(governed, { approvalsNeeded: 1, approverRoles: ["RISK_OFFICER"] });
    const { id } = (await ask(ann, version)).transitionRequest;
    expect((await review(rob, id)).userErrors).toMatchObject([
      { code: "REFUSED_BY_POLICY", message: expect.stringContaining("one of the roles RISK_OFFICER") },
    ]);
    const officer = await person(world, `officer ${++people}`, { grants: [["RISK_OFFICER", "risk.*"]] });
    expect((await review(officer, id)).transitionRequest.status).toBe("APPLIED");
  });

  it("stands in the inbox of who may decide it, until he has", async () => {
    const { ann, rob, rita } = governed;
    const { model, version } = await candidateOf(governed, { approvalsNeeded: 2 });
    const { id } = (await ask(ann, version)).transitionRequest;
    const inbox = async (who: Governed["ann"]) => {
      const filter = `{ model: "${model}", awaitsMe: true }`;
      const { transitionRequests } = await who.ask(
        `{ transitionRequests(filter: ${filter}) { totalCount nodes { id viewerCanReview } } }`,
      );
      return transitionRequests.nodes;
    };
    expect(await inbox(rob)).toEqual([{ id, viewerCanReview: true }]);
    expect(await inbox(ann)).toEqual([]);
    await review(rob, id);
    expect(await inbox(rob)).toEqual([]);
    expect(await inbox(rita)).toEqual([{ id, viewerCanReview: true }]);
    await ann.mutate("logModelVersionMetrics", { version, metrics: [{ key: "auc", value: 0.5 }] });
    expect(await inbox(rob)).toEqual([{ id, viewerCanReview: true }]);
  });
});
