import type { FileGroup } from "../registry/artifact.query.ts";
import { incompatibilitiesOf } from "../registry/compatibility.rules.ts";
import { seriesKey } from "../tracking/fact.rules.ts";
import { bundleFinding } from "./bundle-gates.rules.ts";
import { type Finding, missing } from "./finding.rules.ts";
import { wantsMore } from "./gate-form.rules.ts";
import { type Comparison, ComparisonOperator, type Gate, GateKind } from "./policy.entity.ts";
import type { Check } from "./verdict.entity.ts";
import { cut } from "./verdict.rules.ts";

/** A measurement as a gate sees it; `value` is null where it is no finite number, and `special` says which. */
export interface Measurement {
  key: string;
  dataset: string;
  split: string;
  slice: string;
  value: number | null;
  special: string | null;
}

/** Another version that a gate measures by. */
export interface Reference {
  /** As people know it, such as fraud-detector/6. */
  name: string;
  /** Null where it has none. */
  run: number | null;
  metrics: readonly Measurement[];
  signature: unknown;
}

/** What a third party has said of a version; instants in epoch ms. */
export interface ValidationFact {
  organisation: string;
  createdAt: number;
  expiresAt: number | null;
}

/** Where something was evaluated or trained. */
export interface Use {
  datasetVersion: number;
  dataset: string;
  digest: string;
  role: string;
}

/** What a version's gates may look at; evidence is the same whoever asks. */
export interface GateFacts {
  metrics: readonly Measurement[];
  params: ReadonlyMap<string, string>;
  tags: ReadonlyMap<string, string>;
  /** Null where it has none. */
  signature: unknown;
  format: string | null;
  /** Parts of `completeness` that are not there. */
  missing: readonly string[];
  /** Null where it has none. */
  run: number | null;
  hasCommit: boolean;
  uses: readonly Use[];
  /** Datasets that gates name and that are there, by name. */
  datasets: ReadonlyMap<string, number>;
  validations: readonly ValidationFact[];
  /** Null where there is none. */
  card: { isFresh: boolean } | null;
  /** Its files; null where it has none. */
  bundle: readonly FileGroup[] | null;
  /** The stage that it is to enter. */
  to: string;
  /** Epoch ms. */
  now: number;
  /** The versions now in a stage, but for the one that is judged. */
  inStage(stage: string): readonly Reference[];
  /** Null where there is no such alias. */
  behind(alias: string): Reference | null;
}

/** Roles of data that something was fitted to, and of data that it was tried on. */
const training: ReadonlySet<string> = new Set(["train", "training"]);
const evaluation: ReadonlySet<string> = new Set(["test", "eval", "evaluation", "validation", "holdout"]);

/** Judges one gate. What is missing fails it, never passes it. */
export function judgeGate(gate: Gate, facts: GateFacts): Check {
  const { passed, says, expected = null, actual = null } = findingOf(gate, facts);
  return {
    name: brief(nameOf(gate)) as string,
    passed,
    says: cut(says, longestSays),
    expected: brief(expected),
    actual: brief(actual),
  };
}

// A verdict stands in an event's body, which is bounded: at most 25 gates of these lengths fit into it in any script.
const longestSays = 120;
const longestShown = 40;

function brief(value: unknown): unknown {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return typeof value === "string" || text.length > longestShown ? cut(text, longestShown) : value;
}

function nameOf({ kind, metric, key, dataset }: Gate): string {
  const about = metric ?? key ?? dataset;
  const words = kind.toLowerCase().replaceAll("_", " ");
  return about === undefined ? words : `${words} ${about}`;
}

function findingOf(gate: Gate, facts: GateFacts): Finding {
  switch (gate.kind) {
    case GateKind.METRIC:
      return metricFinding(gate, gate.compare!, facts);
    case GateKind.DISPARITY:
      return disparityFinding(gate, gate.compare!, facts);
    case GateKind.PARAM:
      return pairFinding("param", gate, facts.params);
    case GateKind.TAG:
      return pairFinding("tag", gate, facts.tags);
    case GateKind.SIGNATURE:
      return thereOrNot(facts.signature !== null, "a signature");
    case GateKind.FORMAT:
      return formatFinding(gate.formats!, facts.format);
    case GateKind.COMPLETENESS:
      return completenessFinding(facts.missing);
    case GateKind.LINEAGE:
      return lineageFinding(facts);
    case GateKind.EVALUATION:
      return evaluationFinding(gate, facts.uses);
    case GateKind.CARD:
      return cardFinding(facts.card);
    case GateKind.VALIDATION:
      return validationFinding(gate, facts);
    case GateKind.COMPATIBLE_SIGNATURE:
      return compatibilityFinding(gate, facts);
    case GateKind.BUNDLE:
    case GateKind.DIGEST_VERIFIED:
    case GateKind.NO_CODE:
      return bundleFinding(gate, facts.bundle, facts.now);
  }
}

function thereOrNot(isThere: boolean, what: string): Finding {
  return { passed: isThere, says: isThere ? `${what} is there` : `${what} is missing` };
}

/** `auc on holdout, split test, slice age<25`. */
function seriesText({ metric, dataset, split, slice }: Gate): string {
  const parts = [
    ...(dataset === undefined ? [] : [`on ${dataset}`]),
    ...(split === undefined ? [] : [`split ${split}`]),
    ...(slice === undefined ? [] : [`slice ${slice}`]),
  ];
  return parts.length === 0 ? metric! : `${metric} ${parts.join(", ")}`;
}

/** How a finding tells an operator. */
export const words: Record<ComparisonOperator, string> = {
  GE: "at least",
  GT: "more than",
  LE: "at most",
  LT: "less than",
};

function holds(value: number, op: ComparisonOperator, bound: number): boolean {
  switch (op) {
    case ComparisonOperator.GE:
      return value >= bound;
    case ComparisonOperator.GT:
      return value > bound;
    case ComparisonOperator.LE:
      return value <= bound;
    case ComparisonOperator.LT:
      return value < bound;
  }
}

/** The one series that a gate names: a measurement on another dataset, split or slice is not it. */
function measured({ metric, dataset = "", split = "", slice = "" }: Gate, metrics: readonly Measurement[]) {
  const wanted = seriesKey({ key: metric!, dataset, split, slice });
  return metrics.find((one) => seriesKey(one) === wanted);
}

/** Why a value cannot be compared; null where it can. */
function excuse(
  gate: Gate,
  found: Measurement | undefined,
  of: string,
  all: readonly Measurement[],
): string | null {
  if (found?.value != null) return null;
  if (found) return `${seriesText(gate)}${of} is ${found.special}`;
  const elsewhere = all.filter(({ key }) => key === gate.metric).length;
  const others = elsewhere > 0 ? `; it is for other datasets, splits or slices (${elsewhere})` : "";
  return `${seriesText(gate)}${of} is not on record${others}`;
}

function metricFinding(gate: Gate, compare: Comparison, facts: GateFacts): Finding {
  const found = measured(gate, facts.metrics);
  const why = excuse(gate, found, "", facts.metrics);
  if (why) return { ...missing(why), expected: compare };
  const value = found!.value!;
  if (compare.value !== undefined) return boundFinding(gate, value, compare.op, compare.value, "");
  const references = comparedWith(compare, facts);
  if (references.length === 0 && compare.alias !== undefined) {
    const why = `there is no alias ${compare.alias} to compare with`;
    return { ...missing(why), expected: compare, actual: value };
  }
  if (references.length === 0) {
    return {
      passed: true,
      says: `no other version stands in ${compare.stage}`,
      expected: compare,
      actual: value,
    };
  }
  const findings = references.map((reference) => againstOther(gate, value, compare, reference));
  return findings.find(({ passed }) => !passed) ?? findings[0]!;
}

/** The versions that a metric is held against, where it is not held against a number. */
export function comparedWith({ stage, alias }: Comparison, facts: GateFacts): readonly Reference[] {
  if (stage !== undefined) return facts.inStage(stage);
  const other = alias === undefined ? null : facts.behind(alias);
  return other ? [other] : [];
}

/** What was calculated, without what binary fractions add in the last place: 0.3 − 0.1 is 0.2. */
function settled(value: number): number {
  return Number(value.toPrecision(15));
}

function againstOther(gate: Gate, value: number, compare: Comparison, { name, metrics }: Reference): Finding {
  const other = measured(gate, metrics);
  const why = excuse(gate, other, ` of ${name}`, metrics);
  if (why) return { ...missing(why), expected: compare, actual: value };
  const { op, tolerance = 0 } = compare;
  const calculated = wantsMore(op) ? other!.value! - tolerance : other!.value! + tolerance;
  const bound = tolerance === 0 ? other!.value! : settled(calculated);
  const of = tolerance === 0 ? `, that of ${name}` : `, that of ${name} and a tolerance of ${tolerance}`;
  return boundFinding(gate, value, op, bound, of);
}

function boundFinding(gate: Gate, value: number, op: ComparisonOperator, bound: number, of: string): Finding {
  const passed = holds(value, op, bound);
  const says = `${seriesText(gate)} is ${value}; ${words[op]} ${bound}${of} is ${passed ? "asked for" : "needed"}`;
  return { passed, says, expected: { op, value: bound }, actual: value };
}

/** The largest difference between any two slices of one dataset and split. */
function disparityFinding(gate: Gate, { op, value: bound }: Comparison, { metrics }: GateFacts): Finding {
  const { metric, dataset = "", split = "" } = gate;
  const slices = metrics.filter(
    (one) => one.key === metric && one.dataset === dataset && one.split === split && one.slice !== "",
  );
  const expected = { op, value: bound };
  const broken = slices.find(({ value }) => value === null);
  if (broken)
    return { ...missing(`${seriesText(gate)}, slice ${broken.slice} is ${broken.special}`), expected };
  if (slices.length < 2) {
    return {
      ...missing(`${seriesText(gate)} is on record for ${slices.length} slices; two are needed`),
      expected,
    };
  }
  const values = slices.map(({ value }) => value!);
  const difference = settled(Math.max(...values) - Math.min(...values));
  const passed = holds(difference, op, bound!);
  const says = `${seriesText(gate)} differs by ${difference} between ${slices.length} slices; ${words[op]} ${bound} is ${passed ? "asked for" : "needed"}`;
  return { passed, says, expected, actual: difference };
}

function pairFinding(what: string, { key, value }: Gate, pairs: ReadonlyMap<string, string>): Finding {
  const found = pairs.get(key!);
  if (found === undefined) return { ...missing(`${what} ${key} is missing`), expected: value ?? null };
  if (value === undefined) return { passed: true, says: `${what} ${key} is there`, actual: found };
  const passed = found === value;
  const says = passed ? `${what} ${key} is ${value}` : `${what} ${key} is another one than ${value}`;
  return { passed, says, expected: value, actual: found };
}

function formatFinding(formats: readonly string[], format: string | null): Finding {
  if (format === null) return { ...missing("no format is on record"), expected: formats };
  const passed = formats.includes(format.toLowerCase());
  const says = passed ? `${format} is a format that may enter` : `${format} is none of ${formats.join(", ")}`;
  return { passed, says, expected: formats, actual: format };
}

function completenessFinding(lacking: readonly string[]): Finding {
  const passed = lacking.length === 0;
  return {
    passed,
    says: passed ? "everything is on record" : `missing: ${lacking.join(", ")}`,
    actual: lacking,
  };
}

export function isTraining({ role }: Use): boolean {
  return training.has(role.toLowerCase());
}

function lineageFinding({ run, hasCommit, uses }: GateFacts): Finding {
  const isTrained = uses.some(isTraining);
  const lacking = [
    ...(run !== null ? [] : ["a run"]),
    ...(hasCommit ? [] : ["a commit"]),
    ...(isTrained ? [] : ["training data"]),
  ];
  const passed = lacking.length === 0;
  return {
    passed,
    says: passed ? "run, commit and training data are known" : `not known: ${lacking.join(", ")}`,
  };
}

function evaluationFinding({ dataset, value: digest }: Gate, uses: readonly Use[]): Finding {
  const expected = { dataset, digest: digest ?? null };
  const on = uses.filter((use) => use.dataset === dataset && evaluation.has(use.role.toLowerCase()));
  if (on.length === 0) return { ...missing(`no evaluation on ${dataset} is on record`), expected };
  const passed = digest === undefined || on.some((use) => use.digest === digest);
  const says = passed
    ? `it was evaluated on ${dataset}`
    : `it was evaluated on ${dataset}, but not at ${digest}`;
  return { passed, says, expected };
}

/** The first way in which it does not fit one of the versions that it would stand beside or take the place of. */
function compatibilityFinding({ compatibility }: Gate, facts: GateFacts): Finding {
  const expected = compatibility!;
  const others = facts.inStage(facts.to);
  if (facts.signature === null) return { ...missing("a signature is missing"), expected };
  if (others.length === 0) return { passed: true, says: `no other version stands in ${facts.to}`, expected };
  for (const { name, signature } of others) {
    const [first] = incompatibilitiesOf(signature, facts.signature, expected);
    if (first !== undefined) return { passed: false, says: `it does not fit ${name}: ${first}`, expected };
  }
  return { passed: true, says: `it fits ${others.map(({ name }) => name).join(", ")}`, expected };
}

function cardFinding(card: GateFacts["card"]): Finding {
  if (card === null) return missing("no model card is on record");
  const says = card.isFresh
    ? "the card was confirmed by a person since the evidence last changed"
    : "the card was not confirmed by a person since the evidence last changed";
  return { passed: card.isFresh, says };
}

const dayMillis = 24 * 3600 * 1000;

function validationFinding(
  { value: organisation, withinDays }: Gate,
  { validations, now }: GateFacts,
): Finding {
  const expected = { organisation: organisation ?? null, withinDays: withinDays ?? null };
  const by = validations.filter((one) => organisation === undefined || one.organisation === organisation);
  const from = organisation === undefined ? "a third party" : organisation;
  if (by.length === 0) return { ...missing(`no validation by ${from} is on record`), expected };
  const oldest = withinDays === undefined ? 0 : now - withinDays * dayMillis;
  const good = by.filter(
    ({ createdAt, expiresAt }) => (expiresAt === null || expiresAt > now) && createdAt >= oldest,
  );
  const passed = good.length > 0;
  const says = passed ? `validated by ${from}` : `the validation by ${from} has expired or is too old`;
  return { passed, says, expected };
}
