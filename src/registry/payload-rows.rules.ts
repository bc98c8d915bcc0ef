// A payload in the spellings that MLflow's servers take, read as rows.
import { invalid } from "../kernel/errors.ts";
import { isRecord } from "./signature.rules.ts";

const mostRows = 1_000;

/** Rows as they were told, and params beside them. */
export interface Payload {
  rows: readonly unknown[];
  params: Record<string, unknown>;
}

const spellings = ["dataframe_split", "dataframe_records", "instances", "inputs"] as const;
const expected = `a list of rows, or an object with one of ${spellings.join(", ")}`;

/** Throws INVALID for what is no payload, or has no rows, or more than 1,000. */
export function payloadOf(field: string, told: unknown): Payload {
  const payload = Array.isArray(told) ? { rows: told, params: {} } : spelled(field, told);
  const { length } = payload.rows;
  if (length === 0 || length > mostRows) throw invalid(field, "1–1,000 rows", `${length} rows`);
  return payload;
}

function spelled(field: string, told: unknown): Payload {
  if (!isRecord(told)) throw invalid(field, expected, told);
  const given = spellings.filter((spelling) => Object.hasOwn(told, spelling));
  const spelling = given[0];
  if (given.length !== 1 || !spelling) throw invalid(field, expected, Object.keys(told).slice(0, 10));
  const params = told.params ?? {};
  if (!isRecord(params)) throw invalid(`${field}.params`, "an object", params);
  const at = `${field}.${spelling}`;
  const value = told[spelling];
  if (spelling === "dataframe_split") return { rows: splitRows(at, value), params };
  if (spelling === "inputs" && isRecord(value)) return { rows: columnRows(at, value), params };
  if (!Array.isArray(value)) throw invalid(at, "a list of rows", value);
  return { rows: value, params };
}

/** `{ columns, data }`; without columns the rows go by place. */
function splitRows(at: string, told: unknown): unknown[] {
  if (!isRecord(told) || !Array.isArray(told.data))
    throw invalid(at, "an object with columns and data", told);
  const { columns, data } = told;
  if (columns === undefined || columns === null) return data;
  const isNamed = Array.isArray(columns) && columns.every((name) => typeof name === "string");
  if (!isNamed) throw invalid(`${at}.columns`, "a list of names", columns);
  if (new Set(columns).size < columns.length) throw invalid(`${at}.columns`, "each name once", columns);
  return data.map((row: unknown, index) => {
    if (!Array.isArray(row) || row.length !== columns.length)
      throw invalid(`${at}.data.${index}`, `${columns.length} values`, row);
    return Object.fromEntries(columns.map((name, place) => [name, row[place]]));
  });
}

/** A list of values for each name, all of one length. */
function columnRows(at: string, told: Record<string, unknown>): unknown[] {
  const columns = Object.entries(told);
  const first = columns[0]?.[1];
  const length = Array.isArray(first) ? first.length : 0;
  for (const [name, values] of columns) {
    if (!Array.isArray(values)) throw invalid(`${at}.${name}`, "a list with a value for each row", values);
    if (values.length !== length)
      throw invalid(`${at}.${name}`, `${length} values, as in the first column`, `${values.length} values`);
  }
  return Array.from({ length }, (_, row) =>
    Object.fromEntries(columns.map(([name, values]) => [name, (values as unknown[])[row]])),
  );
}
