import { describe, expect, it } from "vitest";
import { judgeGate } from "../../src/promotion/gate.rules.ts";
import { sourcesOf } from "../../src/promotion/gate-sources.rules.ts";
import { ComparisonOperator, type Gate, GateKind } from "../../src/promotion/policy.entity.ts";
import { bundleRows } from "../support/bundle-gates.ts";
import { comparingRows } from "../support/comparing-gates.ts";
import { day, measured, metric, nothing, now, type Row } from "../support/gate-facts.ts";

const { GT, LE, LT } = ComparisonOperator;
const disparity: Gate = {
  kind: GateKind.DISPARITY,
  metric: "auc",
  dataset: "holdout",
  compare: { op: LE, value: 0.1 },
};
const onHoldout = (value: number | null, slice: string) => measured(value, { dataset: "holdout", slice });
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
  [
    "no evaluation on holdout is on record",
    evaluation,
    { uses: [{ datasetVersion: 2, dataset: "other", digest: "d1", role: "test" }] },
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
  ...bundleRows,
  ...comparingRows,
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

  it("names no more of what it rests on than an event can hold", () => {
    const uses = Array.from({ length: 100 }, (_, at) => ({
      datasetVersion: 4_000_000_000 + at,
      dataset: "data",
      digest: "d",
      role: "train",
    }));
    for (const some of [uses.slice(0, 16), uses]) {
      const restsOn = sourcesOf({ kind: GateKind.LINEAGE }, { ...nothing, uses: some });
      expect(JSON.stringify(restsOn).length).toBeLessThan(250);
    }
  });
});
