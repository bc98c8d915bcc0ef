import { overLimit } from "../kernel/errors.ts";
import type {
  DateTimeFilter,
  FloatFilter,
  KeyValueFilter,
  MetricFilter,
  StringFilter,
} from "../kernel/filter.ts";
import { nfc } from "../kernel/names.ts";
import { every, type Sql, some, sql } from "./sql.ts";

const deepest = 8;
const mostTerms = 100;
const longestPattern = 1_000;
const lastCodePoint = "\u{10ffff}";

/** Filters that may be combined. */
export interface Combined<F> {
  and?: F[] | null;
  or?: F[] | null;
  not?: F | null;
}

/** What a filter asks for, as conditions; `termsOf` knows the fields of one noun. Bounded in depth and number. */
export function conditionsOf<F extends Combined<F>>(
  filter: F | null | undefined,
  termsOf: (filter: F) => Sql[],
): Sql[] {
  let terms = 0;
  const read = (part: F, depth: number): Sql => {
    if (depth > deepest) throw overLimit(`filter: nested deeper than ${deepest}`, "filter");
    const own = termsOf(part);
    terms += own.length + (part.and?.length ?? 0) + (part.or?.length ?? 0);
    if (terms > mostTerms) throw overLimit(`filter: more than ${mostTerms} conditions`, "filter");
    return every([
      ...own,
      ...(part.and ?? []).map((inner) => read(inner, depth + 1)),
      ...(part.or ? [some(part.or.map((inner) => read(inner, depth + 1)))] : []),
      // A comparison with NULL is unknown; its opposite must hold.
      ...(part.not ? [sql`COALESCE(${read(part.not, depth + 1)}, 0) = 0`] : []),
    ]);
  };
  return filter ? [read(filter, 1)] : [];
}

/** MySQL pads what it compares, so that "a " = "a" and "a\n" < "a"; lengths and INSTR tell them apart. */
function same(column: Sql, value: string): Sql {
  return sql`(${column} = ${value} AND LENGTH(${column}) = LENGTH(${value}))`;
}

/** Without an escape character: engines differ in theirs. No text holds NUL, and SQLite would cut the form there. */
function hasForm(column: Sql, form: string, as = sql``): Sql {
  if (form.length > longestPattern)
    throw overLimit(`filter: a pattern is longer than ${longestPattern} characters`, "filter");
  if (form.includes("\u0000")) return sql`1 = 0`;
  return sql`${column} LIKE ${as}(${form.replaceAll("|", "||")}) ESCAPE '|'`;
}

/** `name`: NFC, without control characters, so that its index finds what it begins with. `text`: anything. */
type TextKind = "name" | "text";

export function textTerms(
  column: Sql,
  filter: StringFilter | null | undefined,
  kind: TextKind = "name",
): Sql[] {
  if (!filter) return [];
  if (filter.in && filter.in.length > mostTerms)
    throw overLimit(`filter: more than ${mostTerms} values in \`in\``, "filter");
  const { eq, ne } = filter;
  const terms: Sql[] = [];
  const as = (value: string) => (kind === "name" ? nfc(value) : value);
  const equal = (value: string) => same(column, as(value));
  if (eq != null) terms.push(equal(eq));
  if (ne != null) terms.push(sql`NOT ${equal(ne)}`);
  if (filter.in != null) terms.push(some(filter.in.map(equal)));
  if (filter.startsWith) {
    const startsWith = as(filter.startsWith);
    // A range beside it: it uses the index, which neither INSTR nor, on SQLite, LIKE does.
    if (kind === "name")
      terms.push(sql`${column} >= ${startsWith}`, sql`${column} < ${startsWith + lastCodePoint}`);
    terms.push(sql`INSTR(${column}, ${startsWith}) = 1`);
  }
  if (filter.contains) terms.push(sql`INSTR(${column}, ${as(filter.contains)}) > 0`);
  if (filter.like != null) terms.push(hasForm(column, as(filter.like)));
  if (filter.ilike != null) terms.push(hasForm(sql`LOWER(${column})`, as(filter.ilike), sql`LOWER`));
  return terms;
}

export function numberTerms(column: Sql, filter: FloatFilter | DateTimeFilter | null | undefined): Sql[] {
  if (!filter) return [];
  const { eq, ne, lt, lte, gt, gte } = filter as FloatFilter;
  const terms: Sql[] = [];
  if (eq != null) terms.push(sql`${column} = ${eq}`);
  if (ne != null) terms.push(sql`${column} <> ${ne}`);
  if (lt != null) terms.push(sql`${column} < ${lt}`);
  if (lte != null) terms.push(sql`${column} <= ${lte}`);
  if (gt != null) terms.push(sql`${column} > ${gt}`);
  if (gte != null) terms.push(sql`${column} >= ${gte}`);
  return terms;
}

function pairTerms(table: Sql, node: Sql, filter: KeyValueFilter | null | undefined): Sql[] {
  if (!filter) return [];
  const where = every([
    sql`f.nodeId = ${node}`,
    same(sql`f.name`, nfc(filter.key)),
    ...textTerms(sql`f.value`, filter.value, "text"),
  ]);
  return [sql`EXISTS (SELECT 1 FROM ${table} f WHERE ${where})`];
}

export function tagTerms(node: Sql, filter: KeyValueFilter | null | undefined): Sql[] {
  return pairTerms(sql`tag`, node, filter);
}

export function paramTerms(node: Sql, filter: KeyValueFilter | null | undefined): Sql[] {
  return pairTerms(sql`param`, node, filter);
}

export function metricTerms(node: Sql, filter: MetricFilter | null | undefined): Sql[] {
  if (!filter) return [];
  const only = (column: Sql, value: string | null | undefined) =>
    value == null ? [] : [same(column, nfc(value))];
  const where = every([
    sql`f.nodeId = ${node}`,
    same(sql`f.name`, nfc(filter.key)),
    ...(filter.value ? [sql`f.special = ''`, ...numberTerms(sql`f.value`, filter.value)] : []),
    ...only(sql`f.dataset`, filter.dataset),
    ...only(sql`f.split`, filter.split),
    ...only(sql`f.slice`, filter.slice),
  ]);
  return [sql`EXISTS (SELECT 1 FROM metric f WHERE ${where})`];
}
