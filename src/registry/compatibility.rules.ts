// Whether one signature can stand in for another. A caller sends inputs and params and reads outputs, so a value goes
// from a writer to a reader, and whatever the writer may write the reader must take. MLflow's rules of enforcement
// hold: https://mlflow.org/docs/latest/ml/model/signatures.
import {
  cutName,
  nameOfType,
  type Parameter,
  type Property,
  readSignature,
  type ScalarType,
  type Schema,
  type Signature,
  type Tensor,
  type ValueType,
} from "./signature.rules.ts";

export enum Compatibility {
  /** What the old one accepts the new one accepts; what the new one answers those who read the old one understand. */
  BACKWARD = "BACKWARD",
  /** The same with old and new exchanged: who is made for the new one can go on with the old one. */
  FORWARD = "FORWARD",
  /** Both. */
  FULL = "FULL",
}

/** What stands in the way: where, and what is there in the old and in the new signature. */
export interface Incompatibility {
  path: string;
  old: string;
  new: string;
}

const mostSentences = 100;
const absent = "not there";
const untold = "not told";

/**
 * For gates: why a signature cannot follow another, as sentences such as "inputs.amount: double → string"; none where
 * it can. Takes both as versions hold them. One that is missing or not understood is a reason, too: what cannot be
 * shown to be compatible is not. At most 100 sentences and one that says how many more there are.
 */
export function incompatibilitiesOf(old: unknown, next: unknown, mode: Compatibility): string[] {
  const [before, after] = [readSignature(old), readSignature(next)];
  const obscure = [
    ...(before.notUnderstood ?? []).map((problem) => `old signature: ${problem}`),
    ...(after.notUnderstood ?? []).map((problem) => `new signature: ${problem}`),
  ];
  if (!before.signature || !after.signature) return obscure;
  const found = differencesOf(before.signature, after.signature, mode);
  const sentences = found.slice(0, mostSentences).map((one) => `${one.path}: ${one.old} → ${one.new}`);
  const more = found.length - sentences.length;
  return more > 0 ? [...sentences, `and ${more} more`] : sentences;
}

/** The same of signatures that are read, in full. */
export function differencesOf(old: Signature, next: Signature, mode: Compatibility): Incompatibility[] {
  const found = new Map<string, Incompatibility>();
  const add = (one: Incompatibility) => found.set(JSON.stringify([one.path, one.old, one.new]), one);
  if (mode !== Compatibility.FORWARD) for (const one of hindrances(old, next)) add(one);
  if (mode !== Compatibility.BACKWARD) {
    for (const { path, old: was, new: is } of hindrances(next, old)) add({ path, old: is, new: was });
  }
  return [...found.values()];
}

/** What keeps callers of one signature from calling another. */
function hindrances(from: Signature, to: Signature): Incompatibility[] {
  const sending = new Comparison((path, writer, reader) => ({ path, old: writer, new: reader }), false);
  const answering = new Comparison((path, writer, reader) => ({ path, old: reader, new: writer }), true);
  if (from.inputs && to.inputs) sending.schema("inputs", from.inputs, to.inputs);
  // Who is told nothing of the inputs cannot know what callers send, or what is accepted.
  else if (from.inputs || to.inputs) sending.differ("inputs", told(from.inputs), told(to.inputs));
  sending.params(from.params, to.params);
  if (to.outputs && from.outputs) answering.schema("outputs", to.outputs, from.outputs);
  // Nobody relies on answers that nothing was told of.
  else if (from.outputs) answering.differ("outputs", untold, told(from.outputs));
  return [...sending.found, ...answering.found];
}

function told(schema: Schema | null): string {
  return schema ? "told" : untold;
}

/** Gathers where a reader does not take what a writer may write. */
class Comparison {
  readonly found: Incompatibility[] = [];

  constructor(
    private readonly tell: (path: string, writer: string, reader: string) => Incompatibility,
    /** Whether readers of objects pass over properties that they do not know. Models refuse them, callers need not. */
    private readonly isTolerant: boolean,
  ) {}

  differ(path: string, writer: string, reader: string): void {
    this.found.push(this.tell(path, writer, reader));
  }

  /** Columns that a reader does not know are passed over where they have names; by place, there must be as many. */
  schema(path: string, writer: Schema, reader: Schema): void {
    const { size } = writer.fields;
    if (size > 0 && reader.fields.size > 0 && writer.isNamed !== reader.isNamed)
      this.differ(path, manner(writer), manner(reader));
    else this.fields(path, writer.fields, reader.fields, size > 0 ? writer.isNamed : reader.isNamed);
  }

  /** Params that a reader does not know are passed over. */
  params(writer: ReadonlyMap<string, Parameter>, reader: ReadonlyMap<string, Parameter>): void {
    for (const [name, param] of reader) {
      const path = `params.${cutName(name)}`;
      const written = writer.get(name);
      // Whoever has a value to fall back on may send none.
      const mayBeMissing = !written || written.hasDefault;
      if (!param.hasDefault && mayBeMissing)
        this.differ(path, written ? nameOfParam(written) : absent, nameOfParam(param));
      else if (written && !takesShape(written.shape, param.shape))
        this.differ(path, nameOfParam(written), nameOfParam(param));
      else if (written) this.type(path, written.type, param.type);
    }
  }

  private fields(
    path: string,
    writer: ReadonlyMap<string, Property>,
    reader: ReadonlyMap<string, Property>,
    mayBeMore: boolean,
  ): void {
    for (const [name, property] of reader) {
      const at = `${path}.${cutName(name)}`;
      const written = writer.get(name);
      if (!written) {
        if (property.isRequired) this.differ(at, absent, nameOfProperty(property));
      } else if (property.isRequired && !written.isRequired) {
        this.differ(at, nameOfProperty(written), nameOfProperty(property));
      } else this.type(at, written.type, property.type);
    }
    if (mayBeMore) return;
    for (const [name, written] of writer)
      if (!reader.has(name)) this.differ(`${path}.${cutName(name)}`, nameOfProperty(written), absent);
  }

  private type(path: string, writer: ValueType, reader: ValueType): void {
    if (reader.kind === "any") return;
    if (writer.kind === "array" && reader.kind === "array")
      this.type(`${path}[]`, writer.items, reader.items);
    else if (writer.kind === "map" && reader.kind === "map")
      this.type(`${path}.*`, writer.values, reader.values);
    else if (writer.kind === "object" && reader.kind === "object")
      this.fields(path, writer.properties, reader.properties, this.isTolerant);
    else if (!takes(writer, reader)) this.differ(path, nameOfType(writer), nameOfType(reader));
  }
}

function manner({ isNamed }: Schema): string {
  return isNamed ? "by name" : "by place";
}

function nameOfProperty({ type, isRequired }: Property): string {
  return `${isRequired ? "required" : "optional"} ${nameOfType(type)}`;
}

function nameOfParam({ type, shape, hasDefault }: Parameter): string {
  const size = shape ? ` [${shape.join(", ")}]` : "";
  return `${nameOfType(type)}${size}${hasDefault ? "" : " without default"}`;
}

/** Each wider type holds every value of the narrower: a float has 24 bits for a number, a double 53. */
const wider: Partial<Record<ScalarType, readonly ScalarType[]>> = {
  integer: ["long", "double"],
  long: ["double"],
  float: ["double"],
};

function takes(writer: ValueType, reader: ValueType): boolean {
  if (writer.kind === "scalar" && reader.kind === "scalar")
    return writer.type === reader.type || (wider[writer.type]?.includes(reader.type) ?? false);
  return writer.kind === "tensor" && reader.kind === "tensor" && takesTensor(writer, reader);
}

/** MLflow converts no tensors: another dtype is refused, be it a wider one. */
function takesTensor(writer: Tensor, reader: Tensor): boolean {
  return writer.dtype === reader.dtype && takesShape(writer.shape, reader.shape);
}

function takesShape(writer: readonly number[] | null, reader: readonly number[] | null): boolean {
  if (!writer || !reader) return writer === reader;
  return (
    writer.length === reader.length && reader.every((size, index) => size === -1 || size === writer[index])
  );
}
