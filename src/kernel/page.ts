import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { ArgsType, Field, Int } from "type-graphql";
import { invalid } from "./errors.ts";

export const defaultPageSize = 20;
export const largestPageSize = 100;

/** Relay's paging arguments. */
@ArgsType()
export class PageArgs {
  @Field(() => Int, {
    nullable: true,
    description: "How many from the front, 1–100; 20 where neither first nor last is given.",
  })
  first?: number | null;

  @Field(() => String, { nullable: true, description: "Only what comes after this edge's cursor." })
  after?: string | null;

  @Field(() => Int, { nullable: true, description: "How many from the end, 1–100." })
  last?: number | null;

  @Field(() => String, { nullable: true, description: "Only what comes before this edge's cursor." })
  before?: string | null;
}

/** Paging arguments of lists that are only read forward. */
@ArgsType()
export class ForwardArgs {
  @Field(() => Int, { nullable: true, description: "How many, 1–100; 20 where not given." })
  first?: number | null;

  @Field(() => String, { nullable: true, description: "Only what comes after this edge's cursor." })
  after?: string | null;
}

export interface PageSlice {
  limit: number;
  isBackward: boolean;
  after: string | null;
  before: string | null;
}

/** Checks paging arguments. Throws INVALID that names the argument. */
export function sliceOf(args: PageArgs, largest = largestPageSize, usual = defaultPageSize): PageSlice {
  const { first, last } = args;
  if (first != null && last != null) throw invalid("last", "either first or last, not both", last);
  for (const [name, value] of [
    ["first", first],
    ["last", last],
  ] as const) {
    if (value != null && (value < 1 || value > largest)) throw invalid(name, `1–${largest}`, value);
  }
  return {
    limit: first ?? last ?? usual,
    isBackward: last != null,
    after: args.after ?? null,
    before: args.before ?? null,
  };
}

export type CursorValue = string | number | null;

const marks = new LRUCache<string, string>({ max: 1_000 });

function scopeMark(scope: string): string {
  const known = marks.get(scope);
  if (known) return known;
  const mark = createHash("sha256").update(scope).digest("base64url").slice(0, 6);
  marks.set(scope, mark);
  return mark;
}

/** An opaque cursor: the sort key of a row, marked with the list and order it belongs to. */
export function formatPageCursor(scope: string, values: readonly CursorValue[]): string {
  return Buffer.from(JSON.stringify([scopeMark(scope), ...values])).toString("base64url");
}

/** Reads a cursor of this list and order. Throws INVALID for any other text. */
export function readPageCursor(scope: string, cursor: string, length: number, field: string): CursorValue[] {
  const refusal = () => invalid(field, "a cursor that this list gave, in this order", cursor);
  if (cursor.length > 4_000) throw refusal();
  let read: unknown;
  try {
    read = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    throw refusal();
  }
  if (!Array.isArray(read) || read.length !== length + 1 || read[0] !== scopeMark(scope)) throw refusal();
  const values = read.slice(1);
  const isKey = (value: unknown) =>
    value === null || typeof value === "string" || (typeof value === "number" && Number.isFinite(value));
  if (!values.every(isKey)) throw refusal();
  return values;
}
