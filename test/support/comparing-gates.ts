import { ComparisonOperator, type Gate, GateKind } from "../../src/promotion/policy.entity.ts";
import { Compatibility } from "../../src/registry/compatibility.rules.ts";
import { measured, metric, type Row } from "./gate-facts.ts";

const { GE, GT, LE } = ComparisonOperator;
const signatureOf = (type: string) => ({
  inputs: [{ name: "amount", type, required: true }],
  outputs: [{ type: "double" }],
});

const other = (value: number | null) => ({
  name: "m/1",
  run: null,
  metrics: [measured(value)],
  signature: signatureOf("long"),
});
const relative = (op: ComparisonOperator, tolerance = 0): Gate => ({
  ...metric,
  compare: { op, stage: "Production", tolerance },
});
const champion: Gate = { ...metric, compare: { op: GE, alias: "champion" } };

const fits = (compatibility: Compatibility): Gate => ({ kind: GateKind.COMPATIBLE_SIGNATURE, compatibility });
/** A version whose input is of this type, beside one that takes long integers. */
const beside = (type: string) => ({ signature: signatureOf(type), inStage: () => [other(1)] });
const unsigned = { ...other(1), signature: null };
const { BACKWARD, FORWARD, FULL } = Compatibility;

/** Of gates that hold a version against others. */
export const comparingRows: Row[] = [
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
  // Signatures beside those of others.
  ["it fits m/1", fits(BACKWARD), { signature: signatureOf("double"), inStage: () => [other(1)] }, true],
  [
    "it does not fit m/1: inputs.amount: long → string",
    fits(BACKWARD),
    { signature: signatureOf("string"), inStage: () => [other(1)] },
    false,
  ],
  ["a signature is missing", fits(BACKWARD), { inStage: () => [other(1)] }, false],
  ["no other version stands in Production", fits(BACKWARD), { signature: signatureOf("string") }, true],

  ["it fits m/1", fits(FORWARD), beside("integer"), true],
  ["it does not fit m/1: inputs.amount: long → double", fits(FORWARD), beside("double"), false],
  ["a signature is missing", fits(FORWARD), { inStage: () => [other(1)] }, false],
  ["it fits m/1", fits(FULL), beside("long"), true],
  ["it does not fit m/1: inputs.amount: long → double", fits(FULL), beside("double"), false],
  ["it does not fit m/1: inputs.amount: long → integer", fits(FULL), beside("integer"), false],
  ["a signature is missing", fits(FULL), { inStage: () => [other(1)] }, false],
  [
    "it does not fit m/1: old signature: no signature",
    fits(BACKWARD),
    { signature: signatureOf("long"), inStage: () => [unsigned] },
    false,
  ],
  [
    "it does not fit m/1: old signature: no signature",
    fits(FORWARD),
    { signature: signatureOf("long"), inStage: () => [unsigned] },
    false,
  ],
  [
    "it does not fit m/1: old signature: no signature",
    fits(FULL),
    { signature: signatureOf("long"), inStage: () => [unsigned] },
    false,
  ],
];
