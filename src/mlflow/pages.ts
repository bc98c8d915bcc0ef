import type { Page } from "../kernel/connection.ts";
import { StemmaError } from "../kernel/errors.ts";
import type { PageSlice } from "../kernel/page.ts";
import { badParameter } from "./mlflow-error.ts";

export const mostResults = 50_000;

/** How many are wanted. Throws INVALID_PARAMETER_VALUE for none, and for more than `most`. */
export function resultsWanted(came: number, most = mostResults): number {
  const told = `Invalid value ${came} for parameter 'max_results' supplied.`;
  if (came < 1) throw badParameter(`${told} It must be a positive integer`);
  if (came > most) throw badParameter(`${told} It must be at most ${most}`);
  return came;
}

export function sliceFrom(limit: number, token: string | undefined): PageSlice {
  return { limit, isBackward: false, after: token ?? null, before: null };
}

/** A page by the token that the client brought. Throws INVALID_PARAMETER_VALUE for one that this list did not give. */
export async function pageBy<T>(read: () => Promise<Page<T>>): Promise<Page<T>> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof StemmaError) || error.inputPath?.[0] !== "after") throw error;
    throw badParameter("Invalid page token: it is not one that this search gave, in this order");
  }
}

/** The token of the page behind this one; undefined where there is none. */
export function nextTokenOf({ pageInfo }: Page<unknown>): string | undefined {
  return (pageInfo.hasNextPage && pageInfo.endCursor) || undefined;
}
