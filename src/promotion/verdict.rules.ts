import type { Check, RestsOn, Verdict } from "./verdict.entity.ts";

/** Checks that speak of the move, of rights and of counts. All others are gates, which look at evidence. */
const ofTheMove: ReadonlySet<string> = new Set([
  "allowed move",
  "ready",
  "archive existing",
  "promoter role",
  "room",
  "approvals",
  "rights",
  "break glass",
  "earlier stay",
  "aliases",
]);

const hiddenFromAll: RestsOn = { actual: null, expected: null };

function groundsOf({ name, restsOn }: Check): RestsOn | null {
  // A gate that does not tell may rest on anything.
  return restsOn ?? (ofTheMove.has(name) ? null : hiddenFromAll);
}

/** Node numbers of all that the verdict's gates tell of, and that some of its readers may not read. */
export function restingOn({ checks }: Verdict): number[] {
  const nodes = checks.map(groundsOf).flatMap((on) => [...(on?.actual ?? []), ...(on?.expected ?? [])]);
  return [...new Set(nodes)];
}

/**
 * A verdict for who may read some of what its gates tell of: which of them passed, and nothing that was found where the
 * caller may not look.
 */
export function asFarAs(mayRead: (node: number) => boolean, verdict: Verdict): Verdict {
  const isOpen = (nodes: readonly number[] | null) => nodes?.every(mayRead) ?? false;
  const checks = verdict.checks.map((check) => {
    const on = groundsOf(check);
    if (on === null || (isOpen(on.actual) && isOpen(on.expected))) return check;
    const { name, passed } = check;
    return {
      name,
      passed,
      says: `${name} ${passed ? "passes" : "fails"}; it rests on what the caller may not read`,
      expected: isOpen(on.expected) ? check.expected : null,
      actual: isOpen(on.actual) ? check.actual : null,
    };
  });
  return { ...verdict, checks };
}

/** What a refusal says: the checks that failed. */
export function refusalIn({ checks }: Verdict): string {
  const failed = checks.filter((check) => !check.passed).map((check) => check.says);
  return `refused: ${failed.join("; ")}`;
}

/** By code points, and without control characters, each of which takes six bytes in JSON. */
export function cut(text: string, longest: number): string {
  const points = [...text.slice(0, 2 * longest + 2).replace(/\p{Cc}/gu, " ")];
  return points.length > longest ? `${points.slice(0, longest).join("")}…` : points.join("");
}
