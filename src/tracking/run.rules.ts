import { randomUUID } from "node:crypto";
import { listOrDigest } from "../journal/listing.ts";
import { conflict, invalid, type StemmaError } from "../kernel/errors.ts";
import { formatId } from "../kernel/ids.ts";
import { nameOf, textOf } from "../kernel/names.ts";
import { type Run, RunStatus } from "./run.entity.ts";

const longestEntryPoint = 16_000;

export function mintedRunId(): string {
  return randomUUID().replaceAll("-", "");
}

export function isRunId(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text);
}

export function runIdOf(field: string, came: string): string {
  if (!isRunId(came)) throw invalid(field, "32 lower-case hex digits", came);
  return came;
}

/** While a run is open, its params, metrics and tags are telemetry; afterwards each edit is an event. */
export function isOpen({ status }: Pick<Run, "status">): boolean {
  return status === RunStatus.RUNNING || status === RunStatus.SCHEDULED;
}

/** The descriptive texts of a run, checked; null where there is none. */
export function runTexts(
  came: { name?: string | null; entryPoint?: string | null; attributedTo?: string | null },
  prefix = "",
): Pick<Run, "name" | "entryPoint" | "attributedTo"> {
  return {
    name: came.name ? nameOf(`${prefix}name`, came.name) : null,
    entryPoint: came.entryPoint ? textOf(`${prefix}entryPoint`, came.entryPoint, longestEntryPoint) : null,
    attributedTo: came.attributedTo ? nameOf(`${prefix}attributedTo`, came.attributedTo) : null,
  };
}

/** When a run ended. Throws INVALID for a time before its start, CONFLICT where it has ended otherwise. */
export function endOf(
  run: Run,
  { status, endedAt }: { status: RunStatus; endedAt?: number | null },
  now: number,
): number {
  if (isOpen({ status })) throw invalid("status", "FINISHED, FAILED or KILLED", status);
  if (!isOpen(run) && (run.status !== status || (endedAt != null && endedAt !== run.endedAt))) {
    const since = run.endedAt === null ? "" : ` since ${new Date(run.endedAt).toISOString()}`;
    throw conflict(`run ${run.runId} is ${run.status}${since} already`, "runId");
  }
  if (endedAt != null && endedAt < (run.startedAt ?? endedAt)) {
    throw endsTooEarly(endedAt);
  }
  return endedAt ?? Math.max(now, run.startedAt ?? now);
}

/** What becomes of a run's course by an update. Throws INVALID for an end before its start, or of what goes on. */
export function courseOf(
  run: Run,
  { status: told, endedAt }: { status?: RunStatus | null; endedAt?: number | null },
  now: number,
): Pick<Run, "status" | "startedAt" | "endedAt"> {
  const status = told ?? run.status;
  if (isOpen({ status })) {
    if (endedAt != null) throw invalid("endedAt", "no end of a run that is under way", instant(endedAt));
    const startedAt = run.startedAt ?? (status === RunStatus.RUNNING ? now : null);
    return { status, startedAt, endedAt: null };
  }
  const startedAt = run.startedAt ?? endedAt ?? now;
  if (endedAt != null && endedAt < startedAt) throw endsTooEarly(endedAt);
  return { status, startedAt, endedAt: endedAt ?? run.endedAt ?? Math.max(now, startedAt) };
}

function endsTooEarly(endedAt: number): StemmaError {
  return invalid("endedAt", "a time not before the start of the run", instant(endedAt));
}

/** Dataset uses as events list them: `[id, role]`, or their digest where they are many. */
export function inputsBody(edges: readonly { src: number; role?: string }[]): Record<string, unknown> {
  if (edges.length === 0) return {};
  return listOrDigest(
    "inputs",
    edges.map(({ src, role }) => [formatId("DATASET_VERSION", src), role ?? ""]),
  );
}

/** An instant as events tell it. */
export function instant(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
