import { invalid, shown } from "../kernel/errors.ts";
import type { Payload } from "./payload-rows.rules.ts";
import {
  cutName,
  isRecord,
  nameOfType,
  type Parameter,
  type Property,
  type Schema,
  type Signature,
  type Tensor,
  type ValueType,
} from "./signature.rules.ts";
import { elementTest, isOfScalar, wordsForScalar } from "./value-check.rules.ts";

/** One value that is not as the signature asks. */
export interface Fault {
  /** Null where it is not of one row: of a param, or of all rows together. */
  row: number | null;
  path: string;
  expected: string;
  actual: string;
}

export interface Findings {
  /** The first 100. */
  faults: Fault[];
  faultCount: number;
  /** Columns and params that the signature does not know, the first 100. */
  ignored: string[];
}

const mostListed = 100;
/** The row that brings the faults to so many is the last that is looked at. */
export const mostFaults = 10_000;
const longestPath = 300;

/**
 * Checks rows and params against the inputs and params of a signature. The work is bounded by what was sent and by
 * `mostFaults`, whatever the signature asks for. Throws INVALID where the signature does not tell inputs.
 */
export function checkPayload(signature: Signature, payload: Payload): Findings {
  if (!signature.inputs) throw invalid("ref", "a version whose signature tells its inputs", "none");
  const check = new PayloadCheck(signature.inputs, payload.rows.length);
  check.params(signature.params, payload.params);
  payload.rows.every((row, index) => check.row(index, row));
  return check.findings;
}

/** Where in a row: made a text for the few that are told. */
interface Place {
  up: Place | null;
  step: string;
}

function textOfPlace(place: Place | null): string {
  const steps: string[] = [];
  for (let at = place; at !== null; at = at.up) steps.push(at.step);
  const text = steps.reverse().join("").replace(/^\./, "");
  return text.length > longestPath ? `${text.slice(0, longestPath - 1)}…` : text;
}

const named = (up: Place | null, name: string): Place => ({ up, step: `.${cutName(name)}` });
const placed = (up: Place | null, index: number): Place => ({ up, step: `[${index}]` });

class PayloadCheck {
  private readonly faults: Fault[] = [];
  private faultCount = 0;
  private readonly ignored = new Set<string>();
  private rowNumber: number | null = null;
  private readonly required: readonly string[];
  /** What each dimension of a tensor turned out to be: the same for all rows. */
  private readonly sizes = new Map<Tensor, number[]>();
  /** A column or tensor alone and without a name: a row is its value. */
  private readonly only: ValueType | null;

  constructor(
    private readonly schema: Schema,
    rowCount: number,
  ) {
    this.required = requiredOf(schema.fields);
    const only = schema.isNamed || schema.fields.size !== 1 ? null : schema.fields.get("0")!;
    this.only = only?.type ?? null;
    for (const [name, { type }] of schema.fields) {
      if (type.kind !== "tensor") continue;
      const [rows, ...sizes] = type.shape;
      this.sizes.set(type, sizes);
      const place = schema.isNamed ? named(null, name) : null;
      if (rows !== undefined && rows !== -1 && rows !== rowCount)
        this.fault(place, `${rows} rows`, `${rowCount} rows`);
    }
  }

  get findings(): Findings {
    return { faults: this.faults, faultCount: this.faultCount, ignored: [...this.ignored] };
  }

  /** Whether to go on. */
  row(number: number, row: unknown): boolean {
    this.rowNumber = number;
    if (this.only) this.value(null, this.only, isOneOf(row, this.only) ? row[0] : row);
    else if (this.schema.isNamed) this.byName(row);
    else this.byPlace(row);
    return this.faultCount < mostFaults;
  }

  params(known: ReadonlyMap<string, Parameter>, given: Record<string, unknown>): void {
    this.rowNumber = null;
    for (const [name, value] of Object.entries(given)) {
      const param = known.get(name);
      const place = named(named(null, "params"), name);
      if (!param) this.ignore(`params.${cutName(name)}`);
      else if (value === null) this.missing(place, { ...param, isRequired: !param.hasDefault }, value);
      else if (param.shape)
        this.nested(place, [...param.shape], 0, value, (at, one) => this.value(at, param.type, one));
      else this.value(place, param.type, value);
    }
    for (const [name, param] of known) {
      if (!param.hasDefault && !Object.hasOwn(given, name))
        this.missing(named(named(null, "params"), name), { ...param, isRequired: true }, undefined);
    }
  }

  private byName(row: unknown): void {
    if (!isRecord(row)) this.fault(null, "an object with the columns by name", shown(row));
    else this.properties(null, this.schema.fields, this.required, row, (name) => this.ignore(cutName(name)));
  }

  private byPlace(row: unknown): void {
    const { fields } = this.schema;
    if (!Array.isArray(row)) {
      this.fault(null, `a list of ${fields.size} values`, shown(row));
      return;
    }
    if (row.length > fields.size) this.fault(null, `${fields.size} values`, `${row.length} values`);
    for (const [index, value] of row.slice(0, fields.size).entries())
      this.property(placed(null, index), fields.get(String(index))!, value);
    for (const place of this.required) {
      if (Number(place) >= row.length)
        this.missing(placed(null, Number(place)), fields.get(place)!, undefined);
    }
  }

  private properties(
    up: Place | null,
    known: ReadonlyMap<string, Property>,
    required: readonly string[],
    given: Record<string, unknown>,
    onUnknown: (name: string, value: unknown) => void,
  ): void {
    for (const [name, value] of Object.entries(given)) {
      const property = known.get(name);
      if (property) this.property(named(up, name), property, value);
      else onUnknown(name, value);
    }
    // There may be very many objects that lack very many properties.
    if (this.faultCount >= mostFaults) return;
    for (const name of required) {
      if (!Object.hasOwn(given, name)) this.missing(named(up, name), known.get(name)!, undefined);
    }
  }

  private property(place: Place, property: Property, value: unknown): void {
    if (value === null || value === undefined) this.missing(place, property, value);
    else this.value(place, property.type, value);
  }

  private missing(place: Place, { type, isRequired }: Property, value: unknown): void {
    if (!isRequired || (value === null && type.kind === "any")) return;
    this.fault(place, wordsFor(type), value === undefined ? "nothing" : "null");
  }

  private value(place: Place | null, type: ValueType, value: unknown): void {
    if (type.kind === "tensor") this.tensor(place, type, value);
    else if (!isOfKind(type, value)) this.fault(place, wordsFor(type), shown(value));
    else this.inner(place, type, value);
  }

  /** What is within a value that is of the right kind. */
  private inner(place: Place | null, type: ValueType, value: unknown): void {
    if (type.kind === "array") {
      for (const [index, item] of (value as unknown[]).entries())
        this.value(placed(place, index), type.items, item);
    } else if (type.kind === "map") {
      for (const [key, one] of Object.entries(value as object))
        this.value(named(place, key), type.values, one);
    } else if (type.kind === "object") {
      const { properties } = type;
      const given = value as Record<string, unknown>;
      this.properties(place, properties, requiredOf(properties), given, (name, one) =>
        this.fault(named(place, name), "no such property", shown(one)),
      );
    }
  }

  private tensor(place: Place | null, type: Tensor, value: unknown): void {
    const isElement = elementTest(type);
    this.nested(place, this.sizes.get(type)!, 0, value, (at, one) => {
      if (!isElement(one)) this.fault(at, type.dtype, shown(one));
    });
  }

  /** Lists within lists of these sizes; a size of −1 becomes that of the first list there, as no tensor is ragged. */
  private nested(
    place: Place | null,
    sizes: number[],
    depth: number,
    value: unknown,
    onElement: (place: Place | null, value: unknown) => void,
  ): void {
    const size = sizes[depth];
    if (size === undefined) onElement(place, value);
    else if (!Array.isArray(value)) this.fault(place, listOf(size), shown(value));
    else if (size !== -1 && size !== value.length)
      this.fault(place, listOf(size), `a list of ${value.length} values`);
    else {
      sizes[depth] = value.length;
      for (const [index, one] of value.entries())
        this.nested(placed(place, index), sizes, depth + 1, one, onElement);
    }
  }

  private ignore(name: string): void {
    if (this.ignored.size < mostListed) this.ignored.add(name);
  }

  private fault(place: Place | null, expected: string, actual: string): void {
    this.faultCount++;
    if (this.faults.length >= mostListed) return;
    this.faults.push({ row: this.rowNumber, path: textOfPlace(place), expected, actual });
  }
}

/** Whether a row is a list of one value rather than the value itself. */
function isOneOf(row: unknown, type: ValueType): row is unknown[] {
  return Array.isArray(row) && row.length === 1 && type.kind !== "tensor" && type.kind !== "array";
}

const requiredNames = new WeakMap<ReadonlyMap<string, Property>, readonly string[]>();

/** Names of those that must be there, looked for once: optional ones that are absent take no time. */
function requiredOf(properties: ReadonlyMap<string, Property>): readonly string[] {
  const known = requiredNames.get(properties);
  if (known) return known;
  const names = [...properties].filter(([, { isRequired }]) => isRequired).map(([name]) => name);
  requiredNames.set(properties, names);
  return names;
}

/** Whether a value is what its type asks for on the outside. */
function isOfKind(type: ValueType, value: unknown): boolean {
  if (type.kind === "scalar") return isOfScalar[type.type](value);
  if (type.kind === "array") return Array.isArray(value);
  return type.kind === "any" || isRecord(value);
}

function listOf(size: number): string {
  return size === -1 ? "a list" : `a list of ${size} values`;
}

function wordsFor(type: ValueType): string {
  return (type.kind === "scalar" && wordsForScalar[type.type]) || nameOfType(type);
}
