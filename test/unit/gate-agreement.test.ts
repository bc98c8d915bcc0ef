import { describe, expect, it } from "vitest";
import { StemmaError } from "../../src/kernel/errors.ts";
import { mustAllPass } from "../../src/promotion/gate-agreement.rules.ts";
import {
  type Comparison,
  ComparisonOperator,
  type Gate,
  GateKind,
} from "../../src/promotion/policy.entity.ts";

const { GE, GT, LE, LT } = ComparisonOperator;

function metric(op: ComparisonOperator, value: number, more: Partial<Gate> = {}): Gate {
  return { kind: GateKind.METRIC, metric: "auc", compare: { op, value }, ...more };
}

const differs = (op: ComparisonOperator, value: number) => metric(op, value, { kind: GateKind.DISPARITY });
const beside = (op: ComparisonOperator, of: Omit<Comparison, "op">) =>
  metric(op, 0, { compare: { op, ...of } });
const champion = { alias: "champion" };
const param = (value?: string, key = "x"): Gate => ({ kind: GateKind.PARAM, key, value });
const tag = (value?: string, key = "x"): Gate => ({ kind: GateKind.TAG, key, value });
const format = (...formats: string[]): Gate => ({ kind: GateKind.FORMAT, formats });
const evaluated = (value: string): Gate => ({ kind: GateKind.EVALUATION, dataset: "holdout", value });
const validated = (value: string): Gate => ({ kind: GateKind.VALIDATION, value });
const bare = (kind: GateKind): Gate => ({ kind });

/** Why gates are refused; null where they are not. */
function refusal(gates: Gate[]): string | null {
  try {
    mustAllPass(gates);
    return null;
  } catch (error) {
    expect(error).toBeInstanceOf(StemmaError);
    expect(error).toMatchObject({ code: "INVALID" });
    return (error as StemmaError).message;
  }
}

describe("gates that no version can pass together", () => {
  const room = "expected a bound that leaves room beside";
  it.each<[Gate[], string]>([
    [
      [metric(GE, 0.9), metric(LE, 0.8)],
      `gates.1.compare.value: ${room} at least 0.9, which gates.0 asks for; got 0.8`,
    ],
    [
      [metric(GT, 0.9), metric(LT, 0.9)],
      `gates.1.compare.value: ${room} more than 0.9, which gates.0 asks for; got 0.9`,
    ],
    [
      [metric(GE, 0.9), metric(LT, 0.9)],
      `gates.1.compare.value: ${room} at least 0.9, which gates.0 asks for; got 0.9`,
    ],
    [
      [metric(LE, 0.9), metric(GT, 0.9)],
      `gates.1.compare.value: ${room} at most 0.9, which gates.0 asks for; got 0.9`,
    ],
    [
      [metric(GE, 0.9), metric(GT, 0.9), metric(LE, 0.9)],
      `gates.2.compare.value: ${room} more than 0.9, which gates.1 asks for; got 0.9`,
    ],
    [
      [bare(GateKind.CARD), metric(LE, 0.5), metric(LE, 0.3), metric(GE, 0.4)],
      `gates.3.compare.value: ${room} at most 0.3, which gates.2 asks for; got 0.4`,
    ],
    [
      [metric(GT, Number.MAX_VALUE)],
      `gates.0.compare.value: ${room} at most ${Number.MAX_VALUE}, as a number always is; got ${Number.MAX_VALUE}`,
    ],
    [[differs(LT, 0)], `gates.0.compare.value: ${room} at least 0, as a difference always is; got 0`],
    [[differs(LE, -0.1)], `gates.0.compare.value: ${room} at least 0, as a difference always is; got -0.1`],
    [
      [differs(GT, 0.1), differs(LE, 0.1)],
      `gates.1.compare.value: ${room} more than 0.1, which gates.0 asks for; got 0.1`,
    ],
    [
      [beside(GT, champion), beside(LT, champion)],
      `gates.1.compare: ${room} more than that of champion, which gates.0 asks for; got {"op":"LT","alias":"champion"}`,
    ],
    [[param("a"), param("b")], 'gates.1.value: expected a, which gates.0 asks for; got "b"'],
    [[tag("a"), tag(), tag("b")], 'gates.2.value: expected a, which gates.0 asks for; got "b"'],
    [
      [format("onnx"), format("pickle")],
      'gates.1.formats: expected one of onnx, which the gates before it leave; got ["pickle"]',
    ],
    [
      [format("onnx", "pickle"), format("onnx", "keras"), format("keras", "pickle")],
      'gates.2.formats: expected one of onnx, which the gates before it leave; got ["keras","pickle"]',
    ],
  ])("are refused by the one that leaves nothing: %j", (gates, message) => {
    expect(refusal(gates)).toBe(message);
  });
});

describe("gates that some version can pass together", () => {
  it.each<[Gate[]]>([
    [[metric(GE, 0.9), metric(LE, 0.9)]],
    [[metric(GT, 0.8), metric(LT, 0.9), metric(GE, 0.1)]],
    [[metric(GE, 0.9), metric(LE, 0.8, { metric: "loss" })]],
    [[metric(GE, 0.9), metric(LE, 0.8, { dataset: "holdout" })]],
    [[metric(GE, 0.9), metric(LE, 0.8, { slice: "women" }), metric(LE, 0.8, { split: "test" })]],
    [[metric(GE, 0.9), differs(LE, 0.1)]],
    [[differs(LE, 0)]],
    [[differs(GE, -1)]],
    [[metric(GE, -3), metric(LE, -2)]],
    [[metric(GE, 0.9), beside(LE, champion)]],
    [[beside(GE, champion), beside(LE, champion)]],
    [[beside(GE, { ...champion, tolerance: 0.1 }), beside(LT, champion)]],
    [[beside(GT, champion), beside(LT, { alias: "best ever" })]],
    [[beside(GT, { stage: "Production" }), beside(LT, { stage: "Production" })]],
    [[param("a"), param("a"), param(), param("b", "y"), tag("b")]],
    [[format("onnx", "pickle"), format("pickle", "keras")]],
    [[evaluated("d1"), evaluated("d2"), validated("Auditors Ltd"), validated("Others Ltd")]],
    [[]],
  ])("are taken: %j", (gates) => {
    expect(refusal(gates)).toBeNull();
  });
});
