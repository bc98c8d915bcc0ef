import { beforeAll, describe, expect, it } from "vitest";
import { person } from "../support/access.ts";
import { confirmCard } from "../support/gated.ts";
import {
  ask,
  codes,
  type Governed,
  policyOf,
  review,
  startGoverned,
  transition,
} from "../support/governed.ts";

let governed: Governed;
let made = 0;

beforeAll(async () => {
  governed = await startGoverned();
  const experiment = { name: "guarded", scope: "risk.guarded" };
  await governed.registry.mutate("createExperiment", experiment, "experiment { id }");
  return governed.world.close;
});

const columns = [{ name: "amount", type: "double" }];
const whole = {
  run: { datasets: [{ name: "risk.data", digest: "1", role: "train" }] },
  version: {
    signature: { inputs: columns, outputs: columns },
    commit: { repository: "trainer", sha: "0123456789abcdef0123456789abcdef01234567" },
  },
  isCardConfirmed: true,
  isRunKnown: true,
};

/** A version under the preset with all that it asks for, but for its approval and for what is said otherwise. */
async function versionWith(otherwise: object = {}): Promise<string> {
  const { ann, registry } = governed;
  const model = `risk.guarded${++made}`;
  const { run: ofRun, version, isCardConfirmed, isRunKnown } = { ...whole, ...otherwise };
  await registry.model(model);
  await policyOf(governed, model, { preset: "GUARDED" });
  const { run } = await ann.mutate("createRun", { experiment: "guarded", ...ofRun }, "run { runId }");
  await ann.version(model, { ...version, ...(isRunKnown ? { runId: run.runId } : {}) });
  if (isCardConfirmed) await confirmCard({ maintainer: ann }, `${model}/1`);
  return `${model}/1`;
}

interface Refused {
  verdict: { checks: { name: string; passed: boolean }[] };
}

const failed = ({ verdict }: Refused) =>
  verdict.checks.filter(({ passed }) => !passed).map(({ name }) => name);

const stageOf = async (version: string) =>
  (await governed.world.ask(`{ modelVersion(ref: "${version}") { stage } }`)).modelVersion.stage;

describe("a stage under the guarded preset", () => {
  it("is entered by a maintainer's request, when somebody else approves what has card, lineage and signature", async () => {
    const { mia, rob } = governed;
    const version = await versionWith();
    const { transitionRequest, verdict } = await ask(mia, version);
    expect(failed({ verdict })).toEqual(["approvals"]);
    const decided = await review(rob, transitionRequest.id);
    expect(decided).toMatchObject({ verdict: { allowed: true }, transitionRequest: { status: "APPLIED" } });
    expect(await stageOf(version)).toBe("Production");
  });

  const { run, version: ofVersion } = whole;
  it.each([
    ["a card", "card", { isCardConfirmed: false }],
    ["a run", "lineage", { isRunKnown: false, version: { ...ofVersion, ...run } }],
    ["a commit", "lineage", { version: { signature: ofVersion.signature } }],
    ["training data", "lineage", { run: {} }],
    ["a signature", "signature", { version: { commit: ofVersion.commit } }],
  ])("is not entered without %s", async (_, gate, otherwise) => {
    const { mia, rob } = governed;
    const version = await versionWith(otherwise);
    const refused = await transition(mia, version);
    expect(codes(refused)).toEqual(["REFUSED_BY_POLICY"]);
    expect(failed(refused)).toEqual([gate, "approvals"]);
    const { id } = (await ask(mia, version)).transitionRequest;
    const decided = await review(rob, id);
    expect(failed(decided)).toEqual([gate]);
    expect(decided).toMatchObject({ transitionRequest: { status: "APPROVED" } });
    expect(failed(await transition(mia, version))).toEqual([gate]);
    expect(await stageOf(version)).toBe("None");
  });

  it("is not entered by a card that was confirmed before the evidence last changed", async () => {
    const { mia, registry } = governed;
    const version = await versionWith();
    await registry.mutate("logModelVersionMetrics", { version, metrics: [{ key: "auc", value: 0.9 }] });
    expect(failed(await transition(mia, version))).toEqual(["card", "approvals"]);
  });

  it("is not entered by who is no maintainer, whether he asks or moves, with the right to move or not", async () => {
    const { ann, world, registry } = governed;
    const version = await versionWith();
    const asked = await ask(ann, version);
    expect(asked.userErrors).toMatchObject([
      { code: "REFUSED_BY_POLICY", message: "refused: it takes one of the roles ADMIN, MAINTAINER" },
    ]);
    expect(await transition(ann, version)).toMatchObject({ denied: "FORBIDDEN" });
    await registry.mutate("defineRole", {
      name: "MOVER",
      permissions: ["registry:read", "stage:transition"],
    });
    const mover = await person(world, "mover", { grants: [["MOVER", "risk.*"]] });
    expect(failed(await transition(mover, version))).toEqual(["promoter role", "approvals"]);
    expect(await stageOf(version)).toBe("None");
  });

  it("is not entered by an approval of who asked, nor of who registered", async () => {
    const { ann, mia, registry } = governed;
    const version = await versionWith();
    for (const { name } of [ann, mia]) {
      await registry.mutate("grantRole", { actor: name, role: "APPROVER", scope: version.split("/")[0] });
    }
    const { id } = (await ask(mia, version)).transitionRequest;
    for (const own of [ann, mia]) expect(codes(await review(own, id))).toEqual(["REFUSED_BY_POLICY"]);
    expect(codes(await transition(mia, version))).toEqual(["APPROVAL_REQUIRED"]);
    expect(await stageOf(version)).toBe("None");
  });
});
