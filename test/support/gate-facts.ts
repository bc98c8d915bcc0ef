import type { GateFacts, Measurement } from "../../src/promotion/gate.rules.ts";
import { ComparisonOperator, type Gate, GateKind } from "../../src/promotion/policy.entity.ts";

/** What a gate says of some facts, and whether it passes. */
export type Row = [says: string, gate: Gate, facts: Partial<GateFacts>, passed: boolean];

export const day = 24 * 3600 * 1000;
export const now = 1_000 * day;

export function measured(value: number | null, more: Partial<Measurement> = {}): Measurement {
  const special = value === null ? "NAN" : null;
  return { key: "auc", dataset: "", split: "", slice: "", value, special, ...more };
}

/** No evidence at all. */
export const nothing: GateFacts = {
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
  bundle: null,
  validations: [],
  card: null,
  to: "Production",
  now,
  inStage: () => [],
  behind: () => null,
};

export const metric: Gate = {
  kind: GateKind.METRIC,
  metric: "auc",
  compare: { op: ComparisonOperator.GE, value: 0.9 },
};
