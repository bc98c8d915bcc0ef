import type { FloatFilter, StringFilter } from "../kernel/filter.ts";
import type { Comparison } from "./filter.ts";
import { badParameter, type MlflowError } from "./mlflow-error.ts";

/** Filters of a noun, which may be turned round. */
interface Negatable<F> {
  not?: F | null;
}

export const numeric: Record<string, keyof FloatFilter> = {
  "=": "eq",
  "!=": "ne",
  "<": "lt",
  "<=": "lte",
  ">": "gt",
  ">=": "gte",
};
export const textual: Record<string, keyof StringFilter> = {
  "=": "eq",
  "!=": "ne",
  LIKE: "like",
  ILIKE: "ilike",
};

const nullTests = ["IS NULL", "IS NOT NULL"];

export function badComparator({ operator }: Comparison, valid: readonly string[]): MlflowError {
  const shown = valid.map((one) => `'${one}'`).join(", ");
  return badParameter(`Invalid comparator '${operator}' not one of '{${shown}}'`);
}

/**
 * A comparison of a text, as a filter; `what` is what MLflow calls it in refusals. `mayBeListed` takes IN and NOT IN.
 */
export function textTerm<F extends Negatable<F>>(
  comparison: Comparison,
  what: string,
  filterOf: (conditions: StringFilter) => F,
  mayBeListed = false,
): F {
  const { operator, value, shown } = comparison;
  if (mayBeListed && value.is === "list" && (operator === "IN" || operator === "NOT IN")) {
    const listed = filterOf({ in: [...value.texts] });
    return operator === "IN" ? listed : ({ not: listed } as F);
  }
  const condition = textual[operator];
  if (!condition)
    throw badComparator(comparison, [...Object.keys(textual), ...(mayBeListed ? ["IN", "NOT IN"] : [])]);
  if (value.is !== "text")
    throw badParameter(`Expected a quoted string value for ${what}. Got value ${shown}`);
  return filterOf({ [condition]: value.text } as StringFilter);
}

/** A comparison of a number, as conditions; `what` is what MLflow calls it in refusals. */
export function numberTerm(comparison: Comparison, what: string): FloatFilter {
  const { operator, value, shown } = comparison;
  const condition = numeric[operator];
  if (!condition) throw badComparator(comparison, Object.keys(numeric));
  if (value.is !== "number") throw badParameter(`Expected numeric value type for ${what}. Found ${shown}`);
  return { [condition]: value.number } as FloatFilter;
}

/** Throws where IS NULL or IS NOT NULL is asked of what is `told`, and not of the `nouns` that may be missing. */
export function mustBeCompared({ operator }: Comparison, nouns: string, told: string): void {
  if (!nullTests.includes(operator)) return;
  throw badParameter(`IS NULL / IS NOT NULL is only supported for ${nouns}, not for ${told}`);
}

/** A comparison of a tag's or a param's value; one that is not there meets none but IS NULL. */
export function pairTerm<F extends Negatable<F>>(
  comparison: Comparison,
  what: string,
  filterOf: (pair: { key: string; value?: StringFilter }) => F,
): F {
  const { key, operator } = comparison;
  if (operator === "IS NOT NULL") return filterOf({ key });
  if (operator === "IS NULL") return { not: filterOf({ key }) } as F;
  if (!textual[operator]) throw badComparator(comparison, [...Object.keys(textual), ...nullTests]);
  return textTerm(comparison, `${what} (e.g. 'my-value')`, (value) => filterOf({ key, value }));
}

/** One entry of `order_by`, such as "metrics.`a b` DESC". */
export interface Ordering {
  /** What stands before the first dot; null where there is none. */
  entity: string | null;
  key: string;
  isAscending: boolean;
}

const pieces = /(?:`[^`]*`|"[^"]*"|'[^']*'|[^\s`"'])+/g;
const longestOrder = 2_000;

/** Throws INVALID_PARAMETER_VALUE. */
export function orderingOf(text: string): Ordering {
  const words = text.length > longestOrder ? [] : (text.match(pieces) ?? []);
  const [name, direction = "asc"] = words;
  if (name === undefined || words.length > 2)
    throw badParameter(`Invalid order_by clause '${text.slice(0, 200)}'. Could not be parsed.`);
  if (!/^(asc|desc)$/i.test(direction))
    throw badParameter(`Invalid ordering key in order_by clause '${text.slice(0, 200)}'.`);
  const dot = name.indexOf(".");
  const isAscending = direction.toLowerCase() === "asc";
  if (dot < 0) return { entity: null, key: unquoted(name), isAscending };
  return { entity: unquoted(name.slice(0, dot)), key: unquoted(name.slice(dot + 1)), isAscending };
}

function unquoted(text: string): string {
  const [first] = text;
  const isQuoted =
    text.length > 1 && (first === "`" || first === '"' || first === "'") && text.endsWith(first);
  return isQuoted ? text.slice(1, -1) : text;
}
