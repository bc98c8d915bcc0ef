import { beforeAll, describe, expect, it } from "vitest";
import { changeRows } from "../support/access.ts";
import { runIdOf } from "../support/example.ts";
import { candidateOf, type Governed, startGoverned, transition, verdictFields } from "../support/governed.ts";
import { hiddenRun } from "../support/hidden.ts";
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
  const runId = await hiddenRun({ world }, {}, { metrics: [{ key: "auc", value: secret }] });
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

describe("an evaluation on data that one may not read", () => {
  it("is told of as one on data that is not there, and one that was never made", async () => {
    const { mia, registry } = governed;
    const evaluatedOn = async (dataset: string, datasets: object[]) => {
      const gates = [{ kind: "EVALUATION", dataset, value: "d1" }];
      const { model } = await candidateOf(governed, { gates });
      await registry.version(model, { datasets });
      const { verdict } = await transition(mia, `${model}/2`, "Production", { dryRun: true });
      const { name, ...told } = verdict.checks.at(-1);
      return JSON.stringify({ name, ...told }).replaceAll(dataset, "it");
    };
    const elsewhere = await evaluatedOn("ward", [{ name: "ward", digest: "d2", role: "test" }]);
    expect(elsewhere).toContain("evaluation it fails; it rests on what the caller may not read");
    expect(await evaluatedOn("ward", [])).toBe(elsewhere);
    expect(await evaluatedOn("nowhere", [])).toBe(elsewhere);
  });

  it("is told of whole to who may read the data", async () => {
    const { world, ann, mia } = governed;
    const tracker = trackerOf(world);
    const found = { name: "risk-data", digest: "d1" };
    await tracker.done("createExperiment", { name: "open", scope: "risk.open" });
    await tracker.run({
      runId: runIdOf("open"),
      experiment: "open",
      datasets: [{ ...found, role: "train" }],
    });
    const gates = [{ kind: "EVALUATION", dataset: found.name }];
    const { model } = await candidateOf(governed, { gates });
    await ann.version(model, { datasets: [{ ...found, role: "test" }] });
    const says = async (number: number) => {
      const { verdict } = await transition(mia, `${model}/${number}`, "Production", { dryRun: true });
      return verdict.checks.at(-1).says;
    };
    expect(await says(1)).toBe("no evaluation on risk-data is on record");
    expect(await says(2)).toBe("it was evaluated on risk-data");
  });
});

describe("a verdict from before it was kept what its gates found things in", () => {
  it("tells of gates whether they passed, and of the move as before, to who may not read everything", async () => {
    const { mia, world, registry } = governed;
    const gates = [{ kind: "TAG", key: "audited", value: "yes" }];
    const { version } = await candidateOf(governed, { gates });
    await registry.mutate("setModelVersionTags", { version, set: [{ key: "audited", value: "yes" }] });
    await transition(mia, version);
    const checks = async (who: Pick<typeof mia, "ask">) =>
      (await who.ask(question(version))).modelVersion.transitions.nodes[0].verdict.checks;
    const before = await checks(mia);
    expect(before.at(-1)).toMatchObject({ says: "tag audited is yes", expected: "yes", actual: "yes" });
    await changeRows(world, `UPDATE event SET body = REPLACE(body, '"restsOn"', '"unknown"')`);
    expect(await checks(world)).toEqual(before);
    const hidden = {
      ...{ name: "tag audited", passed: true, expected: null, actual: null },
      says: "tag audited passes; it rests on what the caller may not read",
    };
    expect(await checks(mia)).toEqual([...before.slice(0, -1), hidden]);
  });
});

it("tells of what rests on more than an event can name to who reads everything", async () => {
  const { mia, ann, world, registry } = governed;
  const tracker = trackerOf(world);
  await tracker.done("createExperiment", { name: "many", scope: "risk.many" });
  const beside = async (others: number) => {
    const gates = [{ kind: "METRIC", metric: "auc", compare: { op: "GE", stage: "Staging" } }];
    const { model, version } = await candidateOf(governed, { gates });
    await registry.mutate("logModelVersionMetrics", { version, metrics: [{ key: "auc", value: 0.9 }] });
    for (let at = 2; at < others + 2; at++) {
      const runId = runIdOf(`${model} ${at}`);
      await tracker.run({ runId, experiment: "many" });
      await ann.version(model, { runId, metrics: [{ key: "auc", value: 0.8 }] });
      await registry.promote(`${model}/${at}`, "Staging");
    }
    const { verdict } = await transition(mia, version, "Production", { dryRun: true });
    return verdict.checks.at(-1);
  };
  expect(await beside(16)).toMatchObject({ passed: true, expected: { op: "GE", value: 0.8 }, actual: 0.9 });
  expect(await beside(17)).toMatchObject({ passed: true, expected: null, actual: 0.9 });
});
