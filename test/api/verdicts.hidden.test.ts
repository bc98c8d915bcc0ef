import { beforeAll, expect, it } from "vitest";
import { runIdOf } from "../support/example.ts";
import { candidateOf, type Governed, startGoverned, transition, verdictFields } from "../support/governed.ts";
import { trackerOf } from "../support/tracker.ts";

let governed: Governed;

beforeAll(async () => {
  governed = await startGoverned();
  return governed.world.close;
});

const secret = 0.918273;

/** A version of `risk.*` whose measurements are those of a run that nobody there may read. */
async function ofHiddenRun(bound: number) {
  const { world, registry } = governed;
  const gates = [{ kind: "METRIC", metric: "auc", compare: { op: "GE", value: bound } }];
  const { model } = await candidateOf(governed, { gates });
  const tracker = trackerOf(world);
  const runId = runIdOf(`hidden ${bound}`);
  await tracker.done("createExperiment", { name: `vault ${bound}`, scope: "vault" });
  await tracker.run({ runId, experiment: `vault ${bound}` });
  await tracker.done("logRun", { runId, metrics: [{ key: "auc", value: secret }] });
  await registry.version(model, { runId });
  return `${model}/2`;
}

const question = (version: string) =>
  `{ modelVersion(ref: "${version}") { transitions(first: 1) { nodes { ${verdictFields} } } history(first: 5) { nodes { payload body } } } }`;

it("tells who may not read a version's run whether its gates pass, and not what they found there", async () => {
  const { mia, world } = governed;
  const refused = await transition(mia, await ofHiddenRun(0.95));
  expect(refused.userErrors).toMatchObject([
    {
      code: "REFUSED_BY_POLICY",
      message: "refused: metric auc fails; it rests on what the caller may not read",
    },
  ]);
  const version = await ofHiddenRun(0.9);
  const planned = await transition(mia, version, "Production", { dryRun: true });
  const moved = await transition(mia, version);
  expect(moved.userErrors).toEqual([]);
  const seen = await mia.ask(question(version));
  expect(seen.modelVersion.transitions.nodes[0].verdict.checks).toContainEqual({
    name: "metric auc",
    passed: true,
    says: "metric auc passes; it rests on what the caller may not read",
    expected: { op: "GE", value: 0.9 },
    actual: null,
  });
  expect(JSON.stringify([refused, planned, moved, seen])).not.toContain(String(secret));
  expect(JSON.stringify(await world.ask(question(version)))).toContain(String(secret));
});

it("finds a version in a stage by what its gates found, to who may read all of it", async () => {
  const { world } = governed;
  const { verdict } = await transition(world, await ofHiddenRun(0.8), "Production", { dryRun: true });
  expect(verdict.checks).toContainEqual(
    expect.objectContaining({ says: `auc is ${secret}; at least 0.8 is asked for`, actual: secret }),
  );
});
