import { beforeAll, describe, expect, it } from "vitest";
import { candidateOf, type Governed, startGoverned, transition } from "../support/governed.ts";
import { everyWayOut, hiddenRun } from "../support/hidden.ts";

let governed: Governed;

beforeAll(async () => {
  governed = await startGoverned();
  return governed.world.close;
});

/** What is hidden in one case, and what of the gate's check is told all the same. */
interface Case {
  gate: object;
  /** Makes what the gate looks at, and answers the version's number. */
  make: (model: string, isPassing: boolean) => Promise<number>;
  /** What only who reads everything is told. */
  secret: (isPassing: boolean) => string;
  told: { name: string; expected: unknown; actual: unknown };
}

const metric = (compare: object) => ({ kind: "METRIC", metric: "auc", compare: { op: "GE", ...compare } });
const auc = (value: number, more: object = {}) => ({ metrics: [{ key: "auc", value, ...more }] });
const ofOther = (isPassing: boolean) => (isPassing ? 0.718273 : 0.918273);
const ofIts = (isPassing: boolean) => (isPassing ? 0.918273 : 0.718273);

/** Version 2, whose measurement is in a run that people of `risk.*` may not read. */
async function measuredInHiding(model: string, facts: object, input: object = {}, more: object = {}) {
  const runId = await hiddenRun(governed, input, facts);
  return (await governed.registry.version(model, { runId, ...more })).number as number;
}

/** The model's first version is measured openly, the one that it is held against in hiding. */
async function besideHidden(model: string, isPassing: boolean) {
  const { registry } = governed;
  await registry.mutate("logModelVersionMetrics", { version: `${model}/1`, ...auc(0.8) });
  return measuredInHiding(model, auc(ofOther(isPassing)));
}

const secretOfOther = (isPassing: boolean) => String(ofOther(isPassing));
const secretOfIts = (isPassing: boolean) => String(ofIts(isPassing));

const cases: Record<string, Case> = {
  "the metric of another version, in a stage": {
    gate: metric({ stage: "Staging" }),
    make: async (model, isPassing) => {
      await governed.registry.promote(`${model}/${await besideHidden(model, isPassing)}`, "Staging");
      return 1;
    },
    secret: secretOfOther,
    told: { name: "metric auc", expected: null, actual: 0.8 },
  },
  "the metric of another version, behind an alias": {
    gate: metric({ alias: "champion", tolerance: 0.001 }),
    make: async (model, isPassing) => {
      const version = await besideHidden(model, isPassing);
      await governed.registry.mutate("setAlias", { model, alias: "champion", version });
      return 1;
    },
    secret: (isPassing) => String(isPassing ? 0.717273 : 0.917273),
    told: { name: "metric auc", expected: null, actual: 0.8 },
  },
  "its own metric, held against another's": {
    gate: metric({ stage: "Staging" }),
    make: async (model, isPassing) => {
      const { registry } = governed;
      await registry.mutate("logModelVersionMetrics", { version: `${model}/1`, ...auc(0.8) });
      await registry.promote(`${model}/1`, "Staging");
      return measuredInHiding(model, auc(ofIts(isPassing)));
    },
    secret: secretOfIts,
    told: { name: "metric auc", expected: { op: "GE", value: 0.8 }, actual: null },
  },
  "its own metric and that of the other": {
    gate: metric({ stage: "Staging" }),
    make: async (model, isPassing) => {
      const other = await measuredInHiding(model, auc(0.812345));
      await governed.registry.promote(`${model}/${other}`, "Staging");
      return measuredInHiding(model, auc(ofIts(isPassing)));
    },
    secret: () => "0.812345",
    told: { name: "metric auc", expected: null, actual: null },
  },
  "its own metric, held against a number": {
    gate: metric({ value: 0.9 }),
    make: (model, isPassing) => measuredInHiding(model, auc(ofIts(isPassing))),
    secret: secretOfIts,
    told: { name: "metric auc", expected: { op: "GE", value: 0.9 }, actual: null },
  },
  "its disparity": {
    gate: { kind: "DISPARITY", metric: "auc", dataset: "wards", compare: { op: "LE", value: 0.2 } },
    make: (model, isPassing) => {
      const of = (slice: string, value: number) => ({ key: "auc", value, dataset: "wards", slice });
      return measuredInHiding(model, { metrics: [of("a", 0.9), of("b", isPassing ? 0.777 : 0.555)] });
    },
    secret: (isPassing) => (isPassing ? "0.123" : "0.345"),
    told: { name: "disparity auc", expected: { op: "LE", value: 0.2 }, actual: null },
  },
  "its param": {
    gate: { kind: "PARAM", key: "ward", value: "north" },
    make: (model, isPassing) =>
      measuredInHiding(model, { params: [{ key: "ward", value: isPassing ? "north" : "south-7" }] }),
    secret: (isPassing) => (isPassing ? "param ward is north" : "south-7"),
    told: { name: "param ward", expected: "north", actual: null },
  },
  "the data that it was evaluated on": {
    gate: { kind: "EVALUATION", dataset: "vault", value: "d1" },
    make: async (model, isPassing) => {
      const digest = isPassing ? "d1" : "d2";
      const datasets = [{ name: "vault", digest, role: "test" }];
      return (await governed.registry.version(model, { datasets })).number;
    },
    secret: () => "it was evaluated on vault",
    told: {
      name: "evaluation vault",
      expected: { dataset: "vault", digest: "d1" },
      actual: null,
    },
  },
  "the data that it was trained on": {
    gate: { kind: "LINEAGE" },
    make: async (model, isPassing) => {
      const commit = { repository: "trainer", sha: "0123456789abcdef0123456789abcdef01234567" };
      const datasets = [{ name: "vault-training", digest: "d1", role: "train" }];
      await hiddenRun(governed, { datasets });
      const { run } = await governed.ann.mutate("createRun", { experiment: "wards" }, "run { runId }");
      const more = { runId: run.runId, datasets, ...(isPassing ? { commit } : {}) };
      return (await governed.registry.version(model, more)).number;
    },
    secret: (isPassing) => (isPassing ? "run, commit and training data are known" : "not known: a commit"),
    told: { name: "lineage", expected: null, actual: null },
  },
};

describe.each(Object.entries(cases))("who may not read %s", (_, { gate, make, secret, told }) => {
  beforeAll(async () => {
    await governed.registry.attempt(
      "createExperiment",
      { name: "wards", scope: "risk.wards" },
      "experiment { id }",
    );
  });

  it.each([
    ["passes", true],
    ["fails", false],
  ])(
    "is told that the gate %s, and not what it found, whichever way a verdict leaves",
    async (how, passed) => {
      const { world } = governed;
      const policy = { approvalsNeeded: 1, rollbackNeedsApproval: false, gates: [gate] };
      const { model } = await candidateOf(governed, policy);
      const version = `${model}/${await make(model, passed)}`;
      const whole = await transition(world, version, "Production", { dryRun: true });
      expect(JSON.stringify(whole)).toContain(secret(passed));

      const { answers, verdicts } = await everyWayOut(governed, version, passed);
      const says = `${told.name} ${how}; it rests on what the caller may not read`;
      const ways = ["planned", "refused", "askingPlanned", "asked", "read", "reviewed", "repeated"];
      expect(Object.keys(verdicts)).toEqual(passed ? [...ways, "followed", "kept"] : ways);
      for (const [way, verdict] of Object.entries(verdicts)) {
        expect(verdict.checks, way).toContainEqual({ ...told, passed, says });
      }
      expect(answers.refused.userErrors).toMatchObject([
        { code: passed ? "APPROVAL_REQUIRED" : "REFUSED_BY_POLICY" },
      ]);
      if (!passed) expect(answers.refused.userErrors[0].message).toContain(says);
      for (const [way, answer] of Object.entries(answers)) {
        expect(JSON.stringify(answer), way).not.toContain(secret(passed));
        expect(JSON.stringify(answer), way).not.toContain("restsOn");
      }
    },
  );
});
