import { beforeAll, expect, it } from "vitest";
import { ask, candidateOf, type Governed, review, startGoverned } from "../support/governed.ts";
import { take } from "../support/world.ts";

let governed: Governed;

beforeAll(async () => {
  governed = await startGoverned();
  return governed.world.close;
});

it("tells a reviewer of what he may decide on, from a cursor and live, and whoever waits of each decision", async () => {
  const { ann, rob, rita, world } = governed;
  const first = await candidateOf(governed, { approvalsNeeded: 2 });
  const { eventHead } = await world.ask("{ eventHead }");
  const asked = (await ask(ann, first.version)).transitionRequest;
  const requests = rob.subscribe(
    "subscription ($after: EventCursor) { transitionRequested(awaitsMe: true, after: $after) { cursor transitionRequest { id status } } }",
    { after: eventHead },
  );
  const [told] = await take(requests, 1);
  expect(told).toMatchObject({
    data: { transitionRequested: { transitionRequest: { id: asked.id, status: "PENDING" } } },
  });
  const decisions = ann.subscribe(
    "subscription ($after: EventCursor, $model: String) { approvalGiven(model: $model, after: $after) { approval { decision reviewer { name } } } }",
    { after: eventHead, model: first.model },
  );
  await review(rob, asked.id);
  await review(rita, asked.id, "REJECT");
  expect((await take(decisions, 2)).map(({ data }) => data!.approvalGiven.approval)).toEqual([
    { decision: "APPROVE", reviewer: { name: "rob" } },
    { decision: "REJECT", reviewer: { name: "rita" } },
  ]);
  // What he asks for himself is not for him to decide on.
  const own = await candidateOf(governed, { approvalsNeeded: 1 });
  await ask(governed.mia, own.version);
  const third = await candidateOf(governed, { approvalsNeeded: 1 });
  const last = (await ask(ann, third.version)).transitionRequest;
  const ids = (await take(requests, 2)).map(({ data }) => data!.transitionRequested.transitionRequest.id);
  expect(ids[1]).toBe(last.id);
});

it("shows requests, approvals, validations and cards of each visited version where lineage is asked for them", async () => {
  const { ann, rob, world, registry } = governed;
  const { version } = await candidateOf(governed, { approvalsNeeded: 1 });
  const { modelVersion } = await world.ask(`{ modelVersion(ref: "${version}") { id } }`);
  await registry.model("risk.child");
  const child = await registry.version("risk.child", { parents: [{ version, relation: "finetune" }] });
  const asked = (await ask(ann, version)).transitionRequest;
  const { approval } = await review(rob, asked.id);
  const kinds = "kinds: [MODEL_VERSION, TRANSITION_REQUEST, APPROVAL, VALIDATION, CARD]";
  const question = `{ lineage(root: "${child.id}", direction: UPSTREAM, ${kinds}) { nodes { id kind degree } edges { from to type } } }`;
  const { lineage } = await rob.ask(question);
  expect(lineage.nodes).toEqual([
    { id: child.id, kind: "MODEL_VERSION", degree: 0 },
    { id: modelVersion.id, kind: "MODEL_VERSION", degree: 1 },
    { id: asked.id, kind: "TRANSITION_REQUEST", degree: 2 },
    { id: approval.id, kind: "APPROVAL", degree: 2 },
  ]);
  expect(lineage.edges.filter(({ type }: { type: string }) => type === "EVIDENCE")).toEqual([
    { from: modelVersion.id, to: asked.id, type: "EVIDENCE" },
    { from: modelVersion.id, to: approval.id, type: "EVIDENCE" },
  ]);
  const plain = await rob.ask(`{ lineage(root: "${child.id}", direction: UPSTREAM) { nodes { kind } } }`);
  expect(JSON.stringify(plain)).not.toMatch(/APPROVAL|REQUEST/);
});

it("keeps a stage that a policy speaks of, or that an open request asks for", async () => {
  const { registry, ann } = governed;
  const stages = (staging: string) => [
    { name: "None" },
    { name: staging },
    { name: "Production", isLive: true },
    { name: "Archived", isRetired: true },
  ];
  const policy = { model: "risk.staged", stage: "Staging" };
  await registry.mutate("setPolicy", { ...policy, approvalsNeeded: 1 }, "policy { id }");
  const refusal = () => registry.refusal("defineStages", { stages: stages("Trial") }, "stages { name }");
  expect(await refusal()).toMatchObject({
    code: "CONFLICT",
    message: expect.stringContaining("the policy of risk.staged for Staging speaks of Staging"),
  });
  await registry.mutate("deletePolicy", policy, "policy { id }");
  const { version } = await candidateOf(governed);
  const asked = (await ask(ann, version, "Staging")).transitionRequest;
  expect(await refusal()).toMatchObject({
    code: "CONFLICT",
    message: expect.stringContaining(`${asked.id} asks for Staging`),
  });
  await ann.mutate("withdrawTransition", { request: asked.id }, "transitionRequest { id }");
  await registry.mutate("defineStages", { stages: stages("Trial") }, "stages { name }");
});
