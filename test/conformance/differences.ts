import type { Call } from "./calls/call.ts";
import type { Difference } from "./comparison.ts";

/** A difference that is meant, and why. Where several things are given, all must fit. */
export interface Known {
  why: string;
  /** Which calls; all where not given. */
  what?: RegExp;
  /** Where in the answer; everywhere where not given. */
  at?: RegExp;
  /** What MLflow's own server answers there, as JSON. */
  mlflow?: RegExp;
  /** What Stemma answers there, as JSON. */
  stemma?: RegExp;
  /** Statuses of both answers. */
  statuses?: readonly [mlflow: number, stemma: number];
}

/** The whole list: what is not on it must be the same. */
export const knownDifferences: readonly Known[] = [
  {
    why: "additions of MLflow 3.17 to its errors, which its clients do not read",
    at: /^body\.(sqlstate|error_class)$/,
  },
  {
    why: "workspaces of MLflow 3.17 are outside the facade; without the field a client takes it for the only one",
    at: /\.workspace$/,
  },
  {
    why: "a caller's mistake that MLflow answers with 500, which its clients would try again, is 400 here",
    statuses: [500, 400],
  },
];

export function isKnown(
  known: Known,
  call: Call,
  statuses: readonly number[],
  difference: Difference,
): boolean {
  const { what = /^/, at = /^/, mlflow = /^/, stemma = /^/ } = known;
  const isOfStatuses = known.statuses?.every((status, place) => status === statuses[place]) ?? true;
  return (
    isOfStatuses &&
    what.test(call.what) &&
    at.test(difference.at) &&
    mlflow.test(JSON.stringify(difference.mlflow) ?? "") &&
    stemma.test(JSON.stringify(difference.stemma) ?? "")
  );
}
