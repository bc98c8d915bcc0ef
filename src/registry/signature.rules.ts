// Signatures in MLflow's form, https://mlflow.org/docs/latest/ml/model/signatures, read into one typed shape. The
// registry keeps any JSON as a signature; only what is understood here is compared and checked against, never guessed.
import { shown } from "../kernel/errors.ts";
import { excessOfJson } from "../kernel/json-bounds.ts";

export const scalarTypes = [
  "boolean",
  "integer",
  "long",
  "float",
  "double",
  "string",
  "binary",
  "datetime",
] as const;
export type ScalarType = (typeof scalarTypes)[number];

/** What a value may be. */
export type ValueType =
  | { kind: "scalar"; type: ScalarType }
  | { kind: "any" }
  | { kind: "array"; items: ValueType }
  | { kind: "map"; values: ValueType }
  | { kind: "object"; properties: ReadonlyMap<string, Property> }
  | Tensor;

/** A numpy array; −1 stands for any size of a dimension. */
export interface Tensor {
  kind: "tensor";
  dtype: string;
  shape: readonly number[];
}

/** A value that may be absent where it is not required. */
export interface Property {
  type: ValueType;
  isRequired: boolean;
}

/** Columns or tensors: by name, or by place where they have no names. */
export interface Schema {
  isNamed: boolean;
  /** By name, or by place: "0", "1"… */
  fields: ReadonlyMap<string, Property>;
}

export interface Parameter {
  type: ValueType;
  /** Null for one value; else a list of so many. */
  shape: readonly number[] | null;
  /** It may be left out, since a value is told for that. */
  hasDefault: boolean;
}

/** Null: the signature does not say. */
export interface Signature {
  inputs: Schema | null;
  outputs: Schema | null;
  params: ReadonlyMap<string, Parameter>;
}

/** A signature, or what of it is not understood, as sentences (at most ten); never both. */
export type ReadSignature =
  | { signature: Signature; notUnderstood: null }
  | { signature: null; notUnderstood: readonly string[] };

const mostProblems = 10;
const deepest = 30;
const longestShape = 32; // dimensions, as numpy's were for long

/** Reads what a version's `signature` holds. Parts may be lists or, as MLflow stores them, JSON texts of lists. */
export function readSignature(stored: unknown): ReadSignature {
  if (stored === null || stored === undefined) return { signature: null, notUnderstood: ["no signature"] };
  return new SignatureReader().read(stored);
}

class SignatureReader {
  private readonly problems: string[] = [];

  read(stored: unknown): ReadSignature {
    if (!isRecord(stored)) {
      this.problem("signature", "an object with inputs, outputs and params", stored);
    } else {
      const inputs = this.schema("inputs", stored.inputs);
      const outputs = this.schema("outputs", stored.outputs);
      const params = this.params(stored.params);
      const saysNothing = !inputs && !outputs && params.size === 0;
      if (saysNothing && this.problems.length === 0)
        this.problem("signature", "inputs, outputs or params", Object.keys(stored).slice(0, 10));
      if (this.problems.length === 0) return { signature: { inputs, outputs, params }, notUnderstood: null };
    }
    return { signature: null, notUnderstood: this.problems.slice(0, mostProblems) };
  }

  private problem(at: string, expected: string, came: unknown): null {
    // Beyond the ones that are told, a count would be all: so no text is made for them.
    if (this.problems.length < mostProblems)
      this.problems.push(`${cutName(at)}: expected ${expected}; got ${shown(came)}`);
    return null;
  }

  /** A list of a signature; null where the part is not told, or not understood. */
  private listOf(part: string, told: unknown): unknown[] | null {
    if (told === null || told === undefined) return null;
    const list = typeof told === "string" ? this.parsed(part, told) : told;
    if (Array.isArray(list) || list === null) return list;
    return this.problem(part, "a list, or a JSON text of one", told);
  }

  private parsed(part: string, text: string): unknown {
    const excess = excessOfJson(Buffer.from(text));
    if (excess) return this.problem(part, excess.message, text);
    try {
      return JSON.parse(text);
    } catch {
      return this.problem(part, "a list, or a JSON text of one", text);
    }
  }

  private schema(part: string, told: unknown): Schema | null {
    const list = this.listOf(part, told);
    if (!list) return null;
    const fields = new Map<string, Property>();
    const isNamed = list.some((entry) => isRecord(entry) && isTold(entry.name));
    for (const [index, entry] of list.entries()) {
      const at = `${part}.${index}`;
      if (!isRecord(entry)) this.problem(at, "an object with a type", entry);
      else if (isTold(entry.name) !== isNamed)
        this.problem(`${at}.name`, "names for all or for none", entry.name);
      else {
        const name = isNamed ? this.name(at, entry.name, fields) : String(index);
        const property = this.property(at, entry, 1);
        if (name !== null && property) fields.set(name, property);
      }
    }
    const kinds = new Set([...fields.values()].map(({ type }) => type.kind === "tensor"));
    if (kinds.size > 1) this.problem(part, "columns or tensors", "both");
    return { isNamed, fields };
  }

  private params(told: unknown): Map<string, Parameter> {
    const params = new Map<string, Parameter>();
    for (const [index, entry] of this.listOf("params", told)?.entries() ?? []) {
      const at = `params.${index}`;
      if (!isRecord(entry)) {
        this.problem(at, "an object with a name and a type", entry);
        continue;
      }
      const name = this.name(at, entry.name, params);
      const type = this.typeOf(at, entry, 1);
      const shape = isTold(entry.shape) ? this.shape(`${at}.shape`, entry.shape) : null;
      // MLflow writes `default: null` where the value to fall back on is none.
      const hasDefault = Object.hasOwn(entry, "default");
      if (name !== null && type) params.set(name, { type, shape, hasDefault });
    }
    return params;
  }

  private name(at: string, told: unknown, taken: ReadonlyMap<string, unknown>): string | null {
    if (typeof told !== "string" || told === "") return this.problem(`${at}.name`, "a name", told);
    if (taken.has(told)) return this.problem(`${at}.name`, "each name once", told);
    return told;
  }

  private property(at: string, entry: Record<string, unknown>, depth: number): Property | null {
    const type = this.typeOf(at, entry, depth);
    const isRequired = this.requirement(at, entry);
    return type && { type, isRequired };
  }

  /** `required`, and `optional`, as MLflow wrote it before 2.10; required where neither is told. */
  private requirement(at: string, { required, optional }: Record<string, unknown>): boolean {
    for (const [key, flag] of Object.entries({ required, optional })) {
      if (isTold(flag) && typeof flag !== "boolean") this.problem(`${at}.${key}`, "true or false", flag);
    }
    if (isTold(required) && isTold(optional) && required === optional)
      this.problem(`${at}.optional`, "the contrary of required", optional);
    return isTold(required) ? required === true : optional !== true;
  }

  private typeOf(at: string, entry: Record<string, unknown>, depth: number): ValueType | null {
    const { type } = entry;
    if (depth > deepest) return this.problem(at, `types of at most ${deepest} levels`, "a deeper one");
    switch (type) {
      case "any":
        return { kind: "any" };
      case "array": {
        const items = this.inner(`${at}.items`, entry.items, depth);
        return items && { kind: "array", items };
      }
      case "map": {
        const values = this.inner(`${at}.values`, entry.values, depth);
        return values && { kind: "map", values };
      }
      case "object":
        return this.objectOf(at, entry.properties, depth);
      case "tensor":
        return this.tensorOf(`${at}.tensor-spec`, entry["tensor-spec"]);
      default:
        if (isScalarType(type)) return { kind: "scalar", type };
        return this.problem(
          `${at}.type`,
          `one of ${scalarTypes.join(", ")}, any, array, map, object, tensor`,
          type,
        );
    }
  }

  private inner(at: string, told: unknown, depth: number): ValueType | null {
    if (!isRecord(told)) return this.problem(at, "an object with a type", told);
    if (told.type === "tensor") return this.problem(`${at}.type`, "no tensor within another type", told.type);
    return this.typeOf(at, told, depth + 1);
  }

  private objectOf(at: string, told: unknown, depth: number): ValueType | null {
    if (!isRecord(told)) return this.problem(`${at}.properties`, "an object", told);
    const properties = new Map<string, Property>();
    for (const [name, entry] of Object.entries(told)) {
      const within = `${at}.properties.${cutName(name)}`;
      const type = this.inner(within, entry, depth);
      if (type)
        properties.set(name, {
          type,
          isRequired: this.requirement(within, entry as Record<string, unknown>),
        });
    }
    return { kind: "object", properties };
  }

  private tensorOf(at: string, told: unknown): Tensor | null {
    if (!isRecord(told)) return this.problem(at, "an object with dtype and shape", told);
    const { dtype } = told;
    const shape = this.shape(`${at}.shape`, told.shape);
    if (typeof dtype !== "string" || !isDtype(dtype)) return this.problem(`${at}.dtype`, dtypes, dtype);
    return shape && { kind: "tensor", dtype, shape };
  }

  private shape(at: string, told: unknown): readonly number[] | null {
    const isSize = (size: unknown) => Number.isSafeInteger(size) && (size as number) >= -1;
    if (Array.isArray(told) && told.length <= longestShape && told.every(isSize)) return told;
    return this.problem(at, `a list of at most ${longestShape} sizes, −1 for any`, told);
  }
}

const dtypes = "bool, int8–int64, uint8–uint64, float16–float64, str, bytes, object or datetime64";

/** Such as numpy names them, which writes lengths of texts and units of times behind: str32, datetime64[ns]. */
function isDtype(dtype: string): boolean {
  return /^(bool|u?int(8|16|32|64)|float(16|32|64)|(str|bytes)\d{0,9}|object|datetime64(\[[a-zA-Z]{1,2}\])?)$/.test(
    dtype,
  );
}

function isScalarType(type: unknown): type is ScalarType {
  return (scalarTypes as readonly unknown[]).includes(type);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTold(value: unknown): boolean {
  return value !== null && value !== undefined;
}

const longestName = 100;

/** A name of somebody else's choice, short enough to be said. */
export function cutName(name: string): string {
  return name.length > longestName ? `${name.slice(0, longestName - 1)}…` : name;
}

/** A type as people say it: `double`, `array of string`, `tensor float64 [-1, 6]`. */
export function nameOfType(type: ValueType): string {
  switch (type.kind) {
    case "scalar":
      return type.type;
    case "array":
      return `array of ${nameOfType(type.items)}`;
    case "map":
      return `map of ${nameOfType(type.values)}`;
    case "tensor":
      return `tensor ${type.dtype} [${type.shape.join(", ")}]`;
    default:
      return type.kind;
  }
}
