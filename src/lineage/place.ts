import { invalid } from "../kernel/errors.ts";
import { formatPageCursor, readPageCursor } from "../kernel/page.ts";

/** Where in which walk a page begins. */
export interface Place {
  /** Event cursor of the view that all pages show. */
  snapshot: string;
  /** How many nodes lie before it. */
  offset: number;
  /** Where the first page's walk ended, had it run out of time. */
  cutAt: number | null;
  /** The scopes by which the first page was judged; null where everything may be read. */
  seen: number | null;
}

export function formatPlace(scope: string, { snapshot, offset, cutAt, seen }: Place): string {
  return formatPageCursor(scope, [snapshot, offset, cutAt, seen]);
}

/** Throws INVALID for what is no cursor of this very question. */
export function readPlace(scope: string, after: string): Place {
  const [snapshot, offset, cutAt, seen] = readPageCursor(scope, after, 4, "after");
  const isCountOrNone = (value: unknown) => value === null || isCount(value);
  if (typeof snapshot !== "string" || !isCount(offset) || !isCountOrNone(cutAt) || !isCountOrNone(seen)) {
    throw invalid("after", "a cursor that this question gave", after);
  }
  return { snapshot, offset, cutAt, seen } as Place;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
