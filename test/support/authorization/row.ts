import type { Who } from "./roles.ts";

/** Who is answered, of those that are known at all; everybody else is UNAUTHENTICATED. */
export type Row = readonly Who[];

/** One row for each field of a type, by `Type.field`. */
export function rowsOf(type: string, groups: readonly [Row, string][]): [string, Row][] {
  return groups.flatMap(([who, fields]) =>
    fields
      .trim()
      .split(/\s+/)
      .map((field): [string, Row] => [`${type}.${field}`, who]),
  );
}
