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

/** A mutation about a request, by its answer's status. */
async function registryAttempt(who: Governed["ann"], mutation: string, input: object) {
  return who.attempt(mutation, input, "transitionRequest { id status }");
}

describe("four eyes", () => {
  it("see no approval by who asked, nor by who registered, whatever their roles", async () => {
    const { registry, world, rob } = governed;
    const { version, model } = await candidateOf(governed);
    const all = [
      ["MAINTAINER", "risk.*"],
      ["APPROVER", "risk.*"],
    ] as [string, string][];
    const asker = await person(world, `asker ${++people}`, { grants: all });
    const { transitionRequest } = await ask(asker, version);
    const own = await review(asker, transitionRequest.id);
    expect(own.userErrors).toMatchObject([
      { code: "REFUSED_BY_POLICY", message: "request: who asks for a transition does not approve it" },
    ]);
    const author = await person(world, `author ${++people}`, { grants: all });
    await author.version(model);
    const second = await ask(asker, `${model}/2`);
    expect((await review(author, second.transitionRequest.id)).userErrors).toMatchObject([
      { code: "REFUSED_BY_POLICY", message: "request: who registered the version does not review it" },
    ]);
    expect((await review(rob, second.transitionRequest.id)).transitionRequest.status).toBe("APPLIED");
    expect((await registry.promote(version, "Staging")).modelVersion.stage).toBe("Staging");
  });

  it("are the same person's by another token", async () => {
    const { registry, world } = governed;
    const { version } = await candidateOf(governed);
    const grants = [
      ["MAINTAINER", "risk.*"],
      ["APPROVER", "risk.*"],
    ] as [string, string][];
    const one = await person(world, `two tokens ${++people}`, { grants });
    const { secret } = await registry.mutate("createToken", { actor: one.name, name: "second" });
    const { transitionRequest } = await ask(one, version);
    const other = { ...one, ...world.as(secret) };
    expect(codes(await review(other, transitionRequest.id))).toEqual(["REFUSED_BY_POLICY"]);
  });

  it("look anew at what was changed after an approval, and at what is asked for again", async () => {
    const { ann, rob, rita, registry } = governed;
    const { version } = await candidateOf(governed, { approvalsNeeded: 2 });
    const { transitionRequest } = await ask(ann, version);
    await review(rob, transitionRequest.id);
    await registry.mutate("logModelVersionMetrics", { version, metrics: [{ key: "auc", value: 0.9 }] });
    const after = await review(rita, transitionRequest.id);
    expect(after.transitionRequest).toMatchObject({
      status: "STALE",
      approvals: [{ isStale: true }, { isStale: false }],
      modelVersion: { stage: "None" },
    });
    const { id } = transitionRequest;
    const withdrawn = await registryAttempt(ann, "withdrawTransition", { request: id });
    expect(withdrawn.transitionRequest.status).toBe("WITHDRAWN");
    const again = await ask(ann, version);
    const once = await review(rita, again.transitionRequest.id);
    expect(once.transitionRequest).toMatchObject({
      status: "PENDING",
      approvals: [{ reviewer: { name: "rita" } }],
    });
  });

  it("look anew where the policy has changed, though it asks for the same", async () => {
    const { ann, rob, rita, registry } = governed;
    const { model, version } = await candidateOf(governed, { approvalsNeeded: 2 });
    const { transitionRequest } = await ask(ann, version);
    await review(rob, transitionRequest.id);
    const policy = { model, stage: "Production", approvalsNeeded: 2, maxVersions: 5 };
    await registry.mutate("setPolicy", policy, "policy { revision }");
    const after = await review(rita, transitionRequest.id);
    expect(after.transitionRequest).toMatchObject({ status: "STALE", modelVersion: { stage: "None" } });
    const settled = await review(rob, transitionRequest.id);
    expect(settled.transitionRequest.status).toBe("APPLIED");
  });

  it("count one reviewer once, however often he approves", async () => {
    const { ann, rob } = governed;
    const { version } = await candidateOf(governed, { approvalsNeeded: 2 });
    const { transitionRequest } = await ask(ann, version);
    for (const _ of [1, 2]) {
      expect((await review(rob, transitionRequest.id)).transitionRequest.status).toBe("PENDING");
    }
  });

  it("may be two where the policy says so, though never those of who registered", async () => {
    const { world } = governed;
    const { version } = await candidateOf(governed, { approvalsNeeded: 1, isFourEyes: false });
    const grants = [
      ["CONTRIBUTOR", "risk.*"],
      ["APPROVER", "risk.*"],
    ] as [string, string][];
    const alone = await person(world, `alone ${++people}`, { grants });
    const { transitionRequest } = await ask(alone, version);
    expect((await review(alone, transitionRequest.id)).transitionRequest.status).toBe("APPLIED");
  });

  it("look back at an emergency, whatever the policy says: never those of who broke the glass", async () => {
    const { world, rob } = governed;
    const policy = { approvalsNeeded: 1, isFourEyes: false, breakGlassRoles: ["MAINTAINER"] };
    const { model, version } = await candidateOf(governed, policy);
    const grants: [string, string][] = [
      ["MAINTAINER", "risk.*"],
      ["APPROVER", "risk.*"],
    ];
    const breaker = await person(world, `breaker ${++people}`, { grants });
    await transition(breaker, version, "Production", { breakGlass: { reason: "fraud wave" } });
    const inbox = async (who: Governed["ann"]) => {
      const filter = `{ model: "${model}", awaitsMe: true }`;
      return (await who.ask(`{ transitionRequests(filter: ${filter}) { nodes { id } } }`)).transitionRequests
        .nodes;
    };
    const [{ id }] = await inbox(rob);
    expect(await inbox(breaker)).toEqual([]);
    for (const decision of ["APPROVE", "REJECT"]) {
      expect((await review(breaker, id, decision)).userErrors).toMatchObject([
        { code: "REFUSED_BY_POLICY", message: "request: who broke the glass does not review that" },
      ]);
    }
    expect((await review(rob, id)).transitionRequest).toMatchObject({
      status: "APPROVED",
      isAfterReview: true,
    });
  });
});
