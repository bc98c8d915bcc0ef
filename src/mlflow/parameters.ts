import { type ZodError, type ZodType, z } from "zod";
import { badParameter, type MlflowError } from "./mlflow-error.ts";

// Parameters as MLflow takes them: protobuf's JSON, in which what is absent, null or "" is all the same, numbers come as
// texts, too, and members nobody knows are ignored.

const hint = "See the API docs for more information about request parameters.";

const unset = (came: unknown) => (came === null || came === "" ? undefined : came);

/** A text; undefined where it is absent or empty. */
export const text = z.preprocess(unset, z.string().optional());

/** A text that must be there. */
export const requiredText = z.preprocess(unset, z.string());

/** A text that may be empty, such as a description or a tag's value. */
export const emptiableText = z.preprocess((came) => came ?? undefined, z.string().optional());

/** A whole number of at most 64 bits, as a number or a text. */
export const whole = z.preprocess(numberOf, z.int().optional());

/** The same, at most so many. */
export const wholeUpTo = (most: number) => z.preprocess(numberOf, z.int().max(most).optional());

export const requiredWhole = z.preprocess(numberOf, z.int());

const latestInstant = 253_402_300_799_999; // the end of the year 9999, the last that RFC 3339 can write

/** Epoch milliseconds. */
export const instant = z.preprocess(numberOf, z.int().max(latestInstant).optional());

export const instantRequired = z.preprocess(numberOf, z.int().max(latestInstant));

/** A number, as text, too: NaN and infinities have no other form in JSON. */
export const requiredNumber = z.preprocess(
  (came) => {
    if (typeof came !== "string") return came ?? undefined;
    const word = came.trim().replace(/^([+-]?)(?:inf|infinity)$/i, "$1Infinity");
    if (/^[+-]?nan$/i.test(word)) return Number.NaN;
    return word === "" || Number.isNaN(Number(word)) ? came : Number(word);
  },
  z.union([z.number(), z.nan(), z.literal(Infinity), z.literal(-Infinity)]),
);

/** A flag; in a query "true" and "True" stand for it. */
export const flag = z.preprocess((came) => {
  const word = typeof came === "string" ? came.toLowerCase() : came;
  return word === "true" ? true : word === "false" ? false : unset(word);
}, z.boolean().optional());

/** A repeated field; in a query one of them comes alone. */
export function listOf<Item extends ZodType>(item: Item) {
  return z.preprocess((came) => {
    if (came === undefined || came === null) return [];
    return Array.isArray(came) ? came : [came];
  }, z.array(item));
}

/** A value of an enumeration, by name or by number; undefined where it is unset or not one of these, as for protobuf. */
export function oneOf<Name extends string>(names: readonly (Name | null)[]) {
  return z.preprocess((came): Name | undefined => {
    const number = typeof came === "number" || (typeof came === "string" && /^[0-9]+$/.test(came));
    const name = number ? names[Number(came)] : names.find((one) => one === came);
    return name ?? undefined;
  }, z.custom<Name>().optional());
}

export const viewType = oneOf([null, "ACTIVE_ONLY", "DELETED_ONLY", "ALL"] as const).transform(
  (view) => view ?? "ACTIVE_ONLY",
);

export const tags = listOf(z.object({ key: requiredText, value: emptiableText }));

function numberOf(came: unknown): unknown {
  const word = unset(came);
  return typeof word === "string" && /^-?[0-9]{1,16}$/.test(word) ? Number(word) : word;
}

export function missingParameter(parameter: string): MlflowError {
  return badParameter(`Missing value for required parameter '${parameter}'. ${hint}`);
}

/** In MLflow's words, about the first parameter that is wrong. */
export function parameterErrorOf({ issues }: ZodError, came: unknown): MlflowError {
  const [parameter, value] = wrongIn(came, issues[0]?.path ?? []);
  if (unset(value) === undefined) {
    return missingParameter(parameter);
  }
  const shown = JSON.stringify(value)?.slice(0, 200);
  const told = `Invalid value ${shown} for parameter '${parameter}' supplied:`;
  return badParameter(`${told}  Hint: Value was of type '${pythonTypeOf(value)}'. ${hint}`);
}

/** What is named, such as `metrics[0].key`, and its value; of something alone that stands for a list, that itself. */
function wrongIn(came: unknown, path: readonly PropertyKey[]): [parameter: string, value: unknown] {
  let [parameter, value] = ["", came];
  for (const key of path) {
    const isItem = typeof key === "number";
    if (isItem && !Array.isArray(value)) break;
    parameter += isItem ? `[${key}]` : parameter === "" ? String(key) : `.${String(key)}`;
    value = (value as never)?.[key as never];
  }
  return [parameter, value];
}

/** What the client's language calls it. */
function pythonTypeOf(value: unknown): string {
  if (Array.isArray(value)) return "list";
  if (typeof value === "string") return "str";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float";
  return "dict";
}
