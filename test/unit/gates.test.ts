import { describe, expect, it } from "vitest";
import { type GateFacts, judgeGate, type Measurement } from "../../src/promotion/gate.rules.ts";
import { ComparisonOperator, type Gate, GateKind } from "../../src/promotion/policy.entity.ts";
import { Compatibility } from "../../src/registry/compatibility.rules.ts";

const { GE, GT, LE, LT } = ComparisonOperator;
const day = 24 * 3600 * 1000;
const now = 1_000 * day;
const signatureOf = (type: string) => ({
  inputs: [{ name: "amount", type, required: true }],
  outputs: [{ type: "double" }],
});

function measured(value: number | null, more: Partial<Measurement> = {}): Measurement {
  const special = value === null ? "NAN" : null;
  return { key: "auc", dataset: "", split: "", slice: "", value, special, ...more };
}

const nothing: GateFacts = {
  metrics: [],
  params: new Map(),
  tags: new Map(),
  signature: null,
  format: null,
  missing: ["code", "owner"],
  run: null,
  hasCommit: false,
  uses: [],
  datasets: new Map(),
  validations: [],
  card: null,
  to: "Production",
  now,
  inStage: () => [],
  behind: () => null,
};

const other = (value: number | null) => ({
  name: "m/1",
  run: null,
  metrics: [measured(value)],
  signature: signatureOf("long"),
});
const metric: Gate = { kind: GateKind.METRIC, metric: "auc", compare: { op: GE, value: 0.9 } };
const relative = (op: ComparisonOperator, tolerance = 0): Gate => ({
  ...metric,
  compare: { op, stage: "Production", tolerance },
});
const champion: Gate = { ...metric, compare: { op: GE, alias: "champion" } };
const disparity: Gate = {
  kind: GateKind.DISPARITY,
  metric: "auc",
  dataset: "holdout",
  compare: { op: LE, value: 0.1 },
};
const onHoldout = (value: number | null, slice: string) => measured(value, { dataset: "holdout", slice });
const fits: Gate = { kind: GateKind.COMPATIBLE_SIGNATURE, compatibility: Compatibility.BACKWARD };
const evaluation: Gate = { kind: GateKind.EVALUATION, dataset: "holdout", value: "d1" };
const validation: Gate = { kind: GateKind.VALIDATION, value: "Auditors Ltd", withinDays: 30 };
const validated = (organisation: string, age: number, expiresAt: number | null = null) => ({
  validations: [{ organisation, createdAt: now - age * day, expiresAt }],
});
const trained = {
  run: 1,
  hasCommit: true,
  uses: [{ datasetVersion: 2, dataset: "data", digest: "d", role: "Train" }],
};

type Row = [says: string, gate: Gate, facts: Partial<GateFacts>, passed: boolean];

const rows: Row[] = [
  // Metrics: a number.
  ["auc is 0.91; at least 0.9 is asked for", metric, { metrics: [measured(0.91)] }, true],
  ["auc is 0.9; at least 0.9 is asked for", metric, { metrics: [measured(0.9)] }, true],
  ["auc is 0.89; at least 0.9 is needed", metric, { metrics: [measured(0.89)] }, false],
  [
    "auc is 0.9; more than 0.9 is needed",
    { ...metric, compare: { op: GT, value: 0.9 } },
    { metrics: [measured(0.9)] },
    false,
  ],
  [
    "auc is 0.9; less than 0.9 is needed",
    { ...metric, compare: { op: LT, value: 0.9 } },
    { metrics: [measured(0.9)] },
    false,
  ],
  ["auc is not on record", metric, {}, false],
  ["auc is NAN", metric, { metrics: [measured(null)] }, false],
  [
    "auc is POSITIVE_INFINITY",
    metric,
    { metrics: [measured(null, { special: "POSITIVE_INFINITY" })] },
    false,
  ],
  [
    "auc is not on record; it is for other datasets, splits or slices (1)",
    metric,
    { metrics: [measured(0.99, { dataset: "holdout" })] },
    false,
  ],
  [
    "auc on holdout, split test, slice age<25 is not on record; it is for other datasets, splits or slices (3)",
    { ...metric, dataset: "holdout", split: "test", slice: "age<25" },
    {
      metrics: [
        measured(0.99, { dataset: "holdout", split: "test" }),
        measured(0.99, { dataset: "holdout", split: "train", slice: "age<25" }),
        measured(0.99, { dataset: "other", split: "test", slice: "age<25" }),
      ],
    },
    false,
  ],
  // Metrics: other versions.
  [
    "auc is 0.9; at least 0.9, that of m/1 is asked for",
    relative(GE),
    { metrics: [measured(0.9)], inStage: () => [other(0.9)] },
    true,
  ],
  [
    "auc is 0.9; more than 0.9, that of m/1 is needed",
    relative(GT),
    { metrics: [measured(0.9)], inStage: () => [other(0.9)] },
    false,
  ],
  [
    "auc is 0.2; at least 0.2, that of m/1 and a tolerance of 0.1 is asked for",
    relative(GE, 0.1),
    { metrics: [measured(0.2)], inStage: () => [other(0.3)] },
    true,
  ],
  [
    "auc is 0.31; at most 0.3, that of m/1 and a tolerance of 0.1 is needed",
    relative(LE, 0.1),
    { metrics: [measured(0.31)], inStage: () => [other(0.2)] },
    false,
  ],
  [
    "auc is 0.9; at least 0.95, that of m/1 is needed",
    relative(GE),
    { metrics: [measured(0.9)], inStage: () => [other(0.8), other(0.95)] },
    false,
  ],
  ["auc of m/1 is NAN", relative(GE), { metrics: [measured(0.9)], inStage: () => [other(null)] }, false],
  ["no other version stands in Production", relative(GE), { metrics: [measured(0.9)] }, true],
  ["auc is not on record", relative(GE), { inStage: () => [other(0.1)] }, false],
  ["there is no alias champion to compare with", champion, { metrics: [measured(0.9)] }, false],
  [
    "auc is 0.9; at least 0.8, that of m/1 is asked for",
    champion,
    { metrics: [measured(0.9)], behind: () => other(0.8) },
    true,
  ],
  // Disparity.
  [
    "auc on holdout differs by 0.1 between 2 slices; at most 0.1 is asked for",
    disparity,
    { metrics: [onHoldout(0.9, "a"), onHoldout(0.8, "b")] },
    true,
  ],
  [
    "auc on holdout differs by 0.11 between 3 slices; at most 0.1 is needed",
    disparity,
    { metrics: [onHoldout(0.9, "a"), onHoldout(0.85, "c"), onHoldout(0.79, "b")] },
    false,
  ],
  [
    "auc on holdout is on record for 1 slices; two are needed",
    disparity,
    { metrics: [onHoldout(0.9, "a"), onHoldout(0.9, ""), measured(0.1, { slice: "b" })] },
    false,
  ],
  [
    "auc on holdout, slice b is NAN",
    disparity,
    { metrics: [onHoldout(0.9, "a"), onHoldout(null, "b")] },
    false,
  ],
  // Params and tags.
  ["param lr is there", { kind: GateKind.PARAM, key: "lr" }, { params: new Map([["lr", "0.1"]]) }, true],
  [
    "param lr is another one than 0.2",
    { kind: GateKind.PARAM, key: "lr", value: "0.2" },
    { params: new Map([["lr", "0.1"]]) },
    false,
  ],
  ["param lr is missing", { kind: GateKind.PARAM, key: "lr" }, { tags: new Map([["lr", "0.1"]]) }, false],
  [
    "tag ok is yes",
    { kind: GateKind.TAG, key: "ok", value: "yes" },
    { tags: new Map([["ok", "yes"]]) },
    true,
  ],
  ["tag ok is missing", { kind: GateKind.TAG, key: "ok" }, {}, false],
  // What is there or not.
  ["a signature is there", { kind: GateKind.SIGNATURE }, { signature: {} }, true],
  ["a signature is missing", { kind: GateKind.SIGNATURE }, {}, false],
  ["ONNX is a format that may enter", { kind: GateKind.FORMAT, formats: ["onnx"] }, { format: "ONNX" }, true],
  [
    "pickle is none of onnx, pmml",
    { kind: GateKind.FORMAT, formats: ["onnx", "pmml"] },
    { format: "pickle" },
    false,
  ],
  ["no format is on record", { kind: GateKind.FORMAT, formats: ["onnx"] }, {}, false],
  ["everything is on record", { kind: GateKind.COMPLETENESS }, { missing: [] }, true],
  ["missing: code, owner", { kind: GateKind.COMPLETENESS }, {}, false],
  ["run, commit and training data are known", { kind: GateKind.LINEAGE }, trained, true],
  ["not known: a run, a commit, training data", { kind: GateKind.LINEAGE }, {}, false],
  [
    "not known: training data",
    { kind: GateKind.LINEAGE },
    { ...trained, uses: [{ datasetVersion: 2, dataset: "data", digest: "d", role: "test" }] },
    false,
  ],
  ["no artifacts recorded", { kind: GateKind.BUNDLE, roles: ["WEIGHTS"] }, trained, false],
  ["no artifacts recorded", { kind: GateKind.DIGEST_VERIFIED, withinDays: 7 }, trained, false],
  // Evaluations and validations.
  [
    "it was evaluated on holdout",
    evaluation,
    { uses: [{ datasetVersion: 2, dataset: "holdout", digest: "d1", role: "test" }] },
    true,
  ],
  [
    "it was evaluated on holdout, but not at d1",
    evaluation,
    { uses: [{ datasetVersion: 2, dataset: "holdout", digest: "d2", role: "test" }] },
    false,
  ],
  [
    "no evaluation on holdout is on record",
    evaluation,
    { uses: [{ datasetVersion: 2, dataset: "holdout", digest: "d1", role: "train" }] },
    false,
  ],
  ["validated by Auditors Ltd", validation, validated("Auditors Ltd", 30), true],
  [
    "the validation by Auditors Ltd has expired or is too old",
    validation,
    validated("Auditors Ltd", 31),
    false,
  ],
  [
    "the validation by Auditors Ltd has expired or is too old",
    validation,
    validated("Auditors Ltd", 1, now),
    false,
  ],
  ["no validation by Auditors Ltd is on record", validation, validated("Others", 1), false],
  ["no validation by a third party is on record", { kind: GateKind.VALIDATION }, {}, false],
  [
    "the card was confirmed by a person since the evidence last changed",
    { kind: GateKind.CARD },
    { card: { isFresh: true } },
    true,
  ],
  [
    "the card was not confirmed by a person since the evidence last changed",
    { kind: GateKind.CARD },
    { card: { isFresh: false } },
    false,
  ],
  ["no model card is on record", { kind: GateKind.CARD }, {}, false],
  // Signatures beside those of others.
  ["it fits m/1", fits, { signature: signatureOf("double"), inStage: () => [other(1)] }, true],
  [
    "it does not fit m/1: inputs.amount: long → string",
    fits,
    { signature: signatureOf("string"), inStage: () => [other(1)] },
    false,
  ],
  ["a signature is missing", fits, { inStage: () => [other(1)] }, false],
  ["no other version stands in Production", fits, { signature: signatureOf("string") }, true],
];

describe("a gate", () => {
  it.each(rows)("says: %s", (says, gate, facts, passed) => {
    const check = judgeGate(gate, { ...nothing, ...facts });
    expect({ passed: check.passed, says: check.says }).toEqual({ passed, says });
  });

  it("of every kind fails where there is no evidence at all", () => {
    const told = new Set(rows.map(([, gate]) => gate.kind));
    expect(Object.values(GateKind).filter((kind) => !told.has(kind))).toEqual([]);
    for (const [, gate] of rows) {
      const isVacuous = gate.compare?.stage !== undefined || gate.kind === GateKind.COMPATIBLE_SIGNATURE;
      if (!isVacuous) expect(judgeGate(gate, nothing).passed, gate.kind).toBe(false);
    }
  });

  it("says no more than an event can hold", () => {
    const value = "x".repeat(6_000);
    const check = judgeGate(
      { kind: GateKind.PARAM, key: "p", value },
      { ...nothing, params: new Map([["p", `${value}y`]]) },
    );
    expect(JSON.stringify(check).length).toBeLessThan(700);
  });
});
