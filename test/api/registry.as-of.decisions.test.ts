import { beforeAll, expect, it } from "vitest";
import { ask, candidateOf, type Governed, review, startGoverned, transition } from "../support/governed.ts";

let governed: Governed;
beforeAll(async () => {
  governed = await startGoverned();
  return governed.world.close;
});

const query = `query ($asOf: DateTime!) { registry(asOf: $asOf, stages: ["Production"]) { nodes {
  to comment isBreakGlass isAutomatic policyRevision actor { name } modelVersion { uri stage } request { reason }
  approvals { decision comment reviewer { name } } verdict { allowed checks { name passed } } } } }`;

async function standingIn(model: string, asOf: string) {
  const { registry } = await governed.world.ask(query, { asOf });
  const uriOf = ({ modelVersion }: { modelVersion: { uri: string } }) => modelVersion.uri;
  return registry.nodes.filter((node: never) => uriOf(node).startsWith(`models:/${model}/`));
}

/** When the last move of a version was recorded, which is a moment after it was made. */
async function movedAt(version: string): Promise<string> {
  const { modelVersion } = await governed.world.ask(
    `query ($ref: VersionRef!) { modelVersion(ref: $ref) { history(first: 100) { nodes { type recordedAt } } } }`,
    { ref: version },
  );
  return modelVersion.history.nodes.findLast(({ type }: { type: string }) => type === "stage.changed")
    .recordedAt;
}

it("says by whose decision each version stood in production, and under which policy revision", async () => {
  const { registry, ann, mia, rob } = governed;
  const policy = {
    approvalsNeeded: 1,
    breakGlassRoles: ["MAINTAINER"],
    onFull: "ARCHIVE_EXISTING",
    maxVersions: 1,
  };
  const { model, version } = await candidateOf(governed, policy);
  const asked = await ask(ann, version, "Production", { reason: "better" });
  await review(rob, asked.transitionRequest.id, "APPROVE", { comment: "looks fine" });
  const approved = await movedAt(version);
  await registry.mutate(
    "setPolicy",
    { model, stage: "Production", ...policy, approvalsNeeded: 2 },
    "policy { revision }",
  );
  await ann.version(model);
  await transition(mia, `${model}/2`, "Production", { breakGlass: { reason: "the first one fails" } });
  const [now] = await standingIn(model, "2100-01-01T00:00:00.000Z");
  expect(now).toMatchObject({
    to: "Production",
    isBreakGlass: true,
    policyRevision: 2,
    actor: { name: "mia" },
    modelVersion: { uri: `models:/${model}/2` },
    approvals: [],
  });
  const then = await standingIn(model, approved);
  expect(then).toMatchObject([
    {
      isBreakGlass: false,
      isAutomatic: false,
      policyRevision: 1,
      actor: { name: "rob" },
      // Where it stands now is another matter.
      modelVersion: { uri: `models:/${version}`, stage: "Archived" },
      request: { reason: "better" },
      approvals: [{ decision: "APPROVE", comment: "looks fine", reviewer: { name: "rob" } }],
      verdict: { allowed: true },
    },
  ]);
});
