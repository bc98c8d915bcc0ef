import { invalid } from "../kernel/errors.ts";
import { words } from "./gate.rules.ts";
import { wantsMore } from "./gate-form.rules.ts";
import { type Gate, GateKind } from "./policy.entity.ts";
import { cut } from "./verdict.rules.ts";

/** One end of what a metric may be. */
interface Bound {
  value: number;
  isStrict: boolean;
  /** Such as: at least 0.9, which gates.0 asks for. */
  says: string;
}

interface Room {
  least: Bound;
  most: Bound;
}

const longestShown = 100; // characters of what another gate asks for

/** Throws INVALID where gates cannot all pass, whatever version comes: it names the first one that leaves nothing. */
export function mustAllPass(gates: readonly Gate[]): void {
  mustLeaveNumbers(gates);
  mustLeaveValues(gates);
  mustLeaveFormats(gates);
}

/** Of each series, held against numbers or against the version behind one alias. */
function mustLeaveNumbers(gates: readonly Gate[]): void {
  const rooms = new Map<string, Room>();
  for (const [at, gate] of gates.entries()) {
    const { kind, metric, dataset, split, slice, compare } = gate;
    // In a stage there may be no version to be held against; behind an alias there must be one.
    if (compare === undefined || compare.stage !== undefined) continue;
    const { op, value, alias, tolerance = 0 } = compare;
    const series = JSON.stringify([kind, metric, dataset, split, slice, alias]);
    const room = rooms.get(series) ?? roomFor(kind);
    const end: Bound = {
      // Beside that of an alias, by how much it may be more.
      value: value ?? (wantsMore(op) ? -tolerance : tolerance),
      isStrict: op === "GT" || op === "LT",
      says: `${words[op]} ${value ?? `that of ${alias}`}, which gates.${at} asks for`,
    };
    const narrower = wantsMore(op)
      ? { ...room, least: inner(room.least, end, end.value > room.least.value) }
      : { ...room, most: inner(room.most, end, end.value < room.most.value) };
    if (isEmpty(narrower)) {
      const { says } = wantsMore(op) ? room.most : room.least;
      const field = value === undefined ? "compare" : "compare.value";
      throw invalid(`gates.${at}.${field}`, `a bound that leaves room beside ${says}`, value ?? compare);
    }
    rooms.set(series, narrower);
  }
}

/** All that there is: numbers are finite, and no difference is below 0. */
function roomFor(kind: GateKind): Room {
  const largest = Number.MAX_VALUE;
  const end = (value: number, says: string): Bound => ({ value, isStrict: false, says });
  return {
    least:
      kind === GateKind.DISPARITY
        ? end(0, "at least 0, as a difference always is")
        : end(-largest, `at least ${-largest}, as a number always is`),
    most: end(largest, `at most ${largest}, as a number always is`),
  };
}

function inner(held: Bound, end: Bound, isBeyond: boolean): Bound {
  return isBeyond || (end.value === held.value && end.isStrict) ? end : held;
}

function isEmpty({ least, most }: Room): boolean {
  return least.value > most.value || (least.value === most.value && (least.isStrict || most.isStrict));
}

/** A version has one value of each param and tag. */
function mustLeaveValues(gates: readonly Gate[]): void {
  const asked = new Map<string, { value: string; at: number }>();
  for (const [at, { kind, key, value }] of gates.entries()) {
    if ((kind !== GateKind.PARAM && kind !== GateKind.TAG) || value === undefined) continue;
    const pair = JSON.stringify([kind, key]);
    const earlier = asked.get(pair) ?? { value, at };
    if (earlier.value !== value) {
      const expected = `${cut(earlier.value, longestShown)}, which gates.${earlier.at} asks for`;
      throw invalid(`gates.${at}.value`, expected, value);
    }
    asked.set(pair, earlier);
  }
}

/** A version has one format. */
function mustLeaveFormats(gates: readonly Gate[]): void {
  let left: readonly string[] | null = null;
  for (const [at, { formats }] of gates.entries()) {
    if (formats === undefined) continue;
    const both: readonly string[] = left?.filter((format) => formats.includes(format)) ?? formats;
    if (both.length === 0) {
      const expected = `one of ${cut(left!.join(", "), longestShown)}, which the gates before it leave`;
      throw invalid(`gates.${at}.formats`, expected, formats);
    }
    left = both;
  }
}
