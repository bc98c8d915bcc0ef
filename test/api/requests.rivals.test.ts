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
} from "../support/governed.ts";

let governed: Governed;

beforeAll(async () => {
  governed = await startGoverned();
  return governed.world.close;
});

const rounds = Array.from({ length: 10 }, (_, at) => at + 1);

async function standing(version: string, request: string) {
  const { modelVersion, transitionRequest } = await governed.world.ask(
    `query ($version: VersionRef!, $request: ID!) {
      modelVersion(ref: $version) { stage evidenceDigest transitions { totalCount nodes { approvals { evidenceDigest reviewer { name } } } } }
      transitionRequest(id: $request) { status approvals { evidenceDigest isStale reviewer { name } } } }`,
    { version, request },
  );
  return { ...modelVersion, request: transitionRequest };
}

async function asked(policy?: object) {
  const { version } = await candidateOf(governed, policy);
  const { id } = (await ask(governed.ann, version)).transitionRequest;
  return { version, id: id as string };
}

const measure = (version: string, value: number) =>
  governed.registry.mutate("logModelVersionMetrics", { version, metrics: [{ key: "auc", value }] });

describe("Of two who decide at once", () => {
  it.each(rounds)("one alone moves the version, and the other hears of it (round %i)", async () => {
    const { rob, rita } = governed;
    const { version, id } = await asked();
    const answers = await Promise.all([review(rob, id), review(rita, id)]);
    expect(answers.map(({ transitionRequest }) => transitionRequest?.status ?? null).sort()).toEqual([
      "APPLIED",
      null,
    ]);
    expect(answers.flatMap(codes)).toEqual(["CONFLICT"]);
    const { stage, transitions, request } = await standing(version, id);
    expect({ stage, moves: transitions.totalCount, status: request.status }).toEqual({
      stage: "Production",
      moves: 1,
      status: "APPLIED",
    });
    expect(request.approvals).toHaveLength(1);
    expect(transitions.nodes[0].approvals).toMatchObject([{ reviewer: request.approvals[0].reviewer }]);
  });

  it.each(rounds)("both count where it takes two, and the version moves once (round %i)", async () => {
    const { rob, rita } = governed;
    const { version, id } = await asked({ approvalsNeeded: 2 });
    const answers = await Promise.all([review(rob, id), review(rita, id)]);
    const statuses = answers.map(({ transitionRequest }) => transitionRequest.status).sort();
    // The first may be told when both are done.
    expect(statuses).toContain("APPLIED");
    expect(answers.flatMap(codes)).toEqual([]);
    const { stage, transitions } = await standing(version, id);
    expect({ stage, moves: transitions.totalCount }).toEqual({ stage: "Production", moves: 1 });
    expect(transitions.nodes[0].approvals).toHaveLength(2);
  });

  it.each(rounds)("who rejects and who approves, one has the last word (round %i)", async () => {
    const { rob, rita } = governed;
    const { version, id } = await asked();
    const answers = await Promise.all([review(rob, id, "APPROVE"), review(rita, id, "REJECT")]);
    expect(answers.flatMap(codes)).toEqual(["CONFLICT"]);
    const { stage, request } = await standing(version, id);
    expect([stage, request.status]).toBeOneOf([
      ["Production", "APPLIED"],
      ["None", "REJECTED"],
    ]);
    expect(request.approvals).toHaveLength(1);
  });
});

describe("While somebody changes the evidence", () => {
  it.each(rounds)(
    "an approval is for what was there before, or for what is there now (round %i)",
    async (round) => {
      const { version, id } = await asked();
      const before = (await standing(version, id)).evidenceDigest;
      const [answer] = await Promise.all([review(governed.rob, id), measure(version, round)]);
      expect(codes(answer)).toEqual([]);
      const { stage, evidenceDigest, transitions } = await standing(version, id);
      expect(stage).toBe("Production");
      expect(transitions.totalCount).toBe(1);
      expect(transitions.nodes[0].approvals[0].evidenceDigest).toBeOneOf([before, evidenceDigest]);
    },
  );

  it.each(rounds)("who says what he has looked at approves that or nothing (round %i)", async (round) => {
    const { version, id } = await asked();
    const seen = (await standing(version, id)).evidenceDigest;
    const [answer] = await Promise.all([
      review(governed.rob, id, "APPROVE", { expectedEvidenceDigest: seen }),
      measure(version, round),
    ]);
    const { stage, request } = await standing(version, id);
    if (codes(answer).length === 0) {
      expect(stage).toBe("Production");
      expect(request.approvals).toMatchObject([{ evidenceDigest: seen }]);
    } else {
      expect(answer.userErrors).toMatchObject([
        { code: "CONFLICT", path: ["input", "expectedEvidenceDigest"] },
      ]);
      expect({ stage, approvals: request.approvals }).toEqual({ stage: "None", approvals: [] });
    }
  });
});

it.each(rounds)("An approved request is carried out once, whoever does so (round %i)", async () => {
  const { mia, world, rita, rob, registry } = governed;
  const { version, id } = await asked({ approvalsNeeded: 1, gates: [{ kind: "TAG", key: "checked" }] });
  expect((await review(rob, id)).transitionRequest.status).toBe("APPROVED");
  await registry.mutate("setModelVersionTags", { version, set: [{ key: "checked", value: "yes" }] });
  const expectedStage = "None";
  const answers = await Promise.all([
    transition(mia, version, "Production", { expectedStage }),
    transition(world, version, "Production", { expectedStage }),
    review(rita, id),
  ]);
  expect(answers.flatMap(codes)).toEqual(["CONFLICT", "CONFLICT"]);
  const { stage, transitions, request } = await standing(version, id);
  expect({ stage, moves: transitions.totalCount, status: request.status }).toEqual({
    stage: "Production",
    moves: 1,
    status: "APPLIED",
  });
});

describe("A decision for what was looked at", () => {
  it("is refused where the evidence or the policy is another one now", async () => {
    const { rob } = governed;
    const { model, version } = await candidateOf(governed);
    const { id } = (await ask(governed.ann, version)).transitionRequest;
    const seen = (await standing(version, id)).evidenceDigest;
    await measure(version, 0.5);
    const late = await review(rob, id, "APPROVE", { expectedEvidenceDigest: seen });
    const { evidenceDigest } = await standing(version, id);
    expect(late.userErrors).toEqual([
      {
        code: "CONFLICT",
        message: `the evidence is ${evidenceDigest} now, not ${seen}: look at it again`,
        path: ["input", "expectedEvidenceDigest"],
      },
    ]);
    await policyOf(governed, model, { approvalsNeeded: 1, maxVersions: 3 });
    const later = { expectedEvidenceDigest: evidenceDigest, expectedPolicyRevision: 1 };
    expect((await review(rob, id, "REJECT", later)).userErrors).toMatchObject([
      { code: "CONFLICT", path: ["input", "expectedPolicyRevision"] },
    ]);
    expect((await standing(version, id)).request).toEqual({ status: "PENDING", approvals: [] });
    const now = { expectedEvidenceDigest: evidenceDigest, expectedPolicyRevision: 2 };
    expect((await review(rob, id, "APPROVE", now)).transitionRequest.status).toBe("APPLIED");
  });
});
