import type { FileGroup } from "../registry/artifact.query.ts";
import { type Finding, missing } from "./finding.rules.ts";
import { type Gate, GateKind } from "./policy.entity.ts";

const dayMillis = 24 * 3600 * 1_000;

/** Judges a gate that asks for something of a version's files. */
export function bundleFinding(gate: Gate, bundle: readonly FileGroup[] | null, now: number): Finding {
  if (bundle === null) return missing("no artifacts recorded");
  const purged = countOf(bundle.filter(({ isPurged }) => isPurged));
  if (purged > 0) return missing(`retention has let go of ${files(purged)}`);
  switch (gate.kind) {
    case GateKind.BUNDLE:
      return rolesFinding(gate.roles!, bundle);
    case GateKind.DIGEST_VERIFIED:
      return digestFinding(gate.withinDays!, bundle, now);
    default:
      return codeFinding(gate.value === "UNSCANNED", bundle);
  }
}

function rolesFinding(wanted: readonly string[], bundle: readonly FileGroup[]): Finding {
  const roles = [...new Set(bundle.map(({ role }) => role as string))].sort();
  const lacking = wanted.filter((role) => !roles.includes(role));
  const passed = lacking.length === 0;
  const says = passed ? `the bundle has ${wanted.join(", ")}` : `the bundle lacks ${lacking.join(", ")}`;
  return { passed, says, expected: wanted, actual: roles };
}

function digestFinding(withinDays: number, bundle: readonly FileGroup[], now: number): Finding {
  const expected = { withinDays };
  const corrupt = countOf(bundle.filter(({ isCorrupt }) => isCorrupt));
  if (corrupt > 0)
    return { ...missing(`stored bytes of ${files(corrupt)} are not what they were`), expected };
  const elsewhere = countOf(bundle.filter(({ verifiedAt }) => verifiedAt === null));
  if (elsewhere > 0) {
    return { ...missing(`the registry never hashed ${files(elsewhere)}, which it does not store`), expected };
  }
  const oldest = Math.min(...bundle.map(({ verifiedAt }) => verifiedAt!));
  const days = Math.floor((now - oldest) / dayMillis);
  const passed = now - oldest <= withinDays * dayMillis;
  const span = `${withinDays} ${withinDays === 1 ? "day" : "days"}`;
  const says = passed
    ? `all stored bytes were hashed again within the last ${span}`
    : `some stored bytes were hashed more than ${span} ago`;
  return { passed, says, expected, actual: { days } };
}

/** What can run code when it is loaded: pickles and the like. None of it is ever called safe. */
function codeFinding(takesUnscanned: boolean, bundle: readonly FileGroup[]): Finding {
  const refused = takesUnscanned ? ["SUSPECT"] : ["SUSPECT", "UNSCANNED"];
  const counts = refused.map(
    (scan) => [scan, countOf(bundle.filter((group) => group.scan === scan))] as const,
  );
  const found = counts.filter(([, count]) => count > 0);
  const unread = countOf(bundle.filter(({ scan }) => scan === null));
  if (unread > 0) return missing(`the registry never looked into ${files(unread)}`);
  const passed = found.length === 0;
  const says = passed
    ? `no file is ${refused.join(" or ")}`
    : found.map(([scan, count]) => `${files(count)} ${count === 1 ? "is" : "are"} ${scan}`).join(", ");
  return { passed, says, expected: refused };
}

function countOf(groups: readonly FileGroup[]): number {
  return groups.reduce((sum, { fileCount }) => sum + fileCount, 0);
}

function files(count: number): string {
  return `${count} ${count === 1 ? "file" : "files"}`;
}
