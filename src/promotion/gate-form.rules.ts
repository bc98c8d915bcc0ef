import { invalid } from "../kernel/errors.ts";
import { nameOf, textOf } from "../kernel/names.ts";
import { ArtifactRole } from "../registry/artifact.entity.ts";
import { type Comparison, ComparisonOperator, type Gate, GateKind } from "./policy.entity.ts";
import type { CompareInput, GateInput } from "./policy.inputs.ts";

type Part = Exclude<keyof Gate, "kind">;

/** What each kind of gate must be told, and what it may be. */
const forms: Record<GateKind, { needs: readonly Part[]; may: readonly Part[] }> = {
  [GateKind.METRIC]: { needs: ["metric", "compare"], may: ["dataset", "split", "slice"] },
  [GateKind.DISPARITY]: { needs: ["metric", "compare"], may: ["dataset", "split"] },
  [GateKind.PARAM]: { needs: ["key"], may: ["value"] },
  [GateKind.TAG]: { needs: ["key"], may: ["value"] },
  [GateKind.SIGNATURE]: { needs: [], may: [] },
  [GateKind.COMPATIBLE_SIGNATURE]: { needs: ["compatibility"], may: [] },
  [GateKind.FORMAT]: { needs: ["formats"], may: [] },
  [GateKind.COMPLETENESS]: { needs: [], may: [] },
  [GateKind.CARD]: { needs: [], may: [] },
  [GateKind.LINEAGE]: { needs: [], may: [] },
  [GateKind.EVALUATION]: { needs: ["dataset"], may: ["value"] },
  [GateKind.VALIDATION]: { needs: [], may: ["withinDays", "value"] },
  [GateKind.BUNDLE]: { needs: ["roles"], may: [] },
  [GateKind.DIGEST_VERIFIED]: { needs: ["withinDays"], may: [] },
  [GateKind.NO_CODE]: { needs: [], may: ["value"] },
};

const parts = [
  "metric",
  "dataset",
  "split",
  "slice",
  "compare",
  "roles",
  "key",
  "value",
  "formats",
  "withinDays",
  "compatibility",
] as const satisfies readonly Part[];

const mostGates = 25; // their findings stand in events, see gate.rules.ts
const mostListed = 20;
const longestValue = 1_000;
const longestDays = 3_650;

/** Gates as told, each in its settled form. `stageOf` gives a stage its canonical name. Throws INVALID that names the field. */
export function gatesOf(
  told: readonly GateInput[],
  stageOf: (came: string, field: string) => string,
): Gate[] {
  if (told.length > mostGates) throw invalid("gates", `at most ${mostGates} gates`, told.length);
  return told.map((gate, at) => gateOf(gate, `gates.${at}`, stageOf));
}

function gateOf(told: GateInput, field: string, stageOf: (came: string, field: string) => string): Gate {
  const { needs, may } = forms[told.kind];
  const gate: Gate = { kind: told.kind };
  for (const part of parts) {
    const came = told[part];
    const isGiven = came != null;
    if (!isGiven && needs.includes(part))
      throw invalid(`${field}.${part}`, `a ${part}: ${told.kind} needs one`, null);
    if (!isGiven) continue;
    if (!needs.includes(part) && !may.includes(part)) {
      throw invalid(
        `${field}.${part}`,
        `none: ${told.kind} takes ${[...needs, ...may].join(", ") || "nothing"}`,
        came,
      );
    }
    Object.assign(gate, { [part]: settled(told, part, `${field}.${part}`, stageOf) });
  }
  return gate;
}

function settled(
  told: GateInput,
  part: Part,
  field: string,
  stageOf: (came: string, field: string) => string,
): unknown {
  switch (part) {
    case "compare":
      return comparisonOf(told.kind, told.compare!, field, stageOf);
    case "roles":
      return listOf(told.roles!, field).map((text, at) => roleOf(`${field}.${at}`, text));
    case "formats":
      return listOf(told.formats!, field).map((text) => text.toLowerCase());
    case "value":
      if (told.kind === GateKind.NO_CODE && told.value !== "UNSCANNED")
        throw invalid(field, "UNSCANNED, or nothing", told.value);
      return textOf(field, told.value!, longestValue);
    case "withinDays":
      if (told.withinDays! < 1 || told.withinDays! > longestDays)
        throw invalid(field, `1–${longestDays}`, told.withinDays);
      return told.withinDays;
    case "compatibility":
      return told.compatibility;
    default:
      return nameOf(field, told[part]!);
  }
}

function roleOf(field: string, text: string): string {
  const role = text.toUpperCase();
  if (!Object.hasOwn(ArtifactRole, role)) throw invalid(field, Object.keys(ArtifactRole).join(", "), text);
  return role;
}

function listOf(told: readonly string[], field: string): string[] {
  if (told.length === 0 || told.length > mostListed)
    throw invalid(field, `1–${mostListed} names`, told.length);
  return [...new Set(told.map((text, at) => nameOf(`${field}.${at}`, text)))].sort();
}

function comparisonOf(
  kind: GateKind,
  told: CompareInput,
  field: string,
  stageOf: (came: string, field: string) => string,
): Comparison {
  const { op, value, stage, alias, tolerance } = told;
  if ([value, stage, alias].filter((one) => one != null).length !== 1) {
    throw invalid(field, "one of value, stage and alias", told);
  }
  if (value != null) {
    if (tolerance != null)
      throw invalid(`${field}.tolerance`, "none: the value itself can be chosen", tolerance);
    if (!Number.isFinite(value)) throw invalid(`${field}.value`, "a finite number", value);
    return { op, value };
  }
  if (kind === GateKind.DISPARITY)
    throw invalid(field, "a value: differences are not compared between versions", told);
  if (tolerance != null && !(tolerance >= 0 && Number.isFinite(tolerance))) {
    throw invalid(`${field}.tolerance`, "0 or more", tolerance);
  }
  const allowed = tolerance == null ? {} : { tolerance };
  return stage != null
    ? { op, stage: stageOf(stage, `${field}.stage`), ...allowed }
    : { op, alias: nameOf(`${field}.alias`, alias!), ...allowed };
}

/** Whether a larger value is the better one, as far as an operator tells. */
export function wantsMore(op: ComparisonOperator): boolean {
  return op === ComparisonOperator.GE || op === ComparisonOperator.GT;
}
