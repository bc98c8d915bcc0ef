import type { StemmaClient } from "../../client/client.ts";
import { Exit } from "../exit.ts";
import { print, printable } from "../printing.ts";
import { type Policy, type Settings, settingsOf } from "./policy.ts";
import type { WantedPolicy } from "./policy-file.ts";
import { blaming, policiesOf, setPolicy } from "./policy-server.ts";

export type ChangeKind = "ADDED" | "CHANGED" | "UNCHANGED" | "NOT_NAMED";

/** One policy of a file beside the one of the server. */
export interface PolicyChange {
  change: ChangeKind;
  model: string;
  stage: string;
  /** That the server is at; null where it has none. */
  revision: number | null;
  /** What differs; all that is asked for where it is added. */
  fields: { path: string; from: unknown; to: unknown }[];
}

/** A change that can be made. */
export interface PlannedChange extends PolicyChange {
  wanted: WantedPolicy;
  viewerCanSet: boolean;
}

const placeOf = ({ model, stage }: Pick<Policy, "model" | "stage">) => JSON.stringify([stage, model]);

/**
 * What a file would change: each of its policies is settled by the server, which refuses there what it would refuse.
 * Nothing is written. Exits with 2 for what cannot be right, and for two policies of one place.
 */
export async function planOf(
  client: StemmaClient,
  wanted: readonly WantedPolicy[],
): Promise<{ planned: PlannedChange[]; notNamed: PolicyChange[] }> {
  const there = new Map((await policiesOf(client)).map((policy) => [placeOf(policy), policy]));
  const planned = new Map<string, PlannedChange>();
  for (const one of wanted) {
    const input = { ...one.input, dryRun: true };
    const { policy: draft, viewerCanSet } = await blaming(one, () => setPolicy(client, input));
    const key = placeOf(draft);
    const twin = planned.get(key);
    if (twin) throw new Exit(2, `${one.place}: expected each policy once; got ${twin.wanted.place}, too`);
    planned.set(key, { ...changeOf(there.get(key), draft), wanted: one, viewerCanSet });
  }
  const notNamed = [...there.values()].filter((policy) => !planned.has(placeOf(policy)));
  return {
    planned: [...planned.values()],
    notNamed: notNamed.map((policy) => ({ ...changeOf(policy, policy), change: "NOT_NAMED" })),
  };
}

/** Whether the server is asked to set it: the revision tells, as it counts every change. */
function changeOf(there: Policy | undefined, draft: Policy): PolicyChange {
  const { model, stage } = draft;
  const revision = there?.revision ?? null;
  const change = revision === null ? "ADDED" : draft.revision === revision ? "UNCHANGED" : "CHANGED";
  const [from, to] = [flat(there ? settingsOf(there) : {}), flat(settingsOf(draft))];
  const paths = [...new Set([...to.keys(), ...from.keys()])];
  const fields = paths
    .map((path) => ({ path, from: from.get(path) ?? null, to: to.get(path) ?? null }))
    .filter((field) => JSON.stringify(field.from) !== JSON.stringify(field.to));
  return { change, model, stage, revision, fields };
}

/** `gates.0.compare.value`, and what stands there. Lists of names are one value. */
function flat(value: unknown, path = "", into = new Map<string, unknown>()): Map<string, unknown> {
  const isNames = Array.isArray(value) && value.every((item) => typeof item === "string");
  if (typeof value !== "object" || value === null || isNames) return into.set(path, value);
  for (const [key, part] of Object.entries(value)) flat(part, path === "" ? key : `${path}.${key}`, into);
  return into;
}

function shown(value: unknown): string {
  if (value === null) return "nothing";
  return printable(Array.isArray(value) ? value.join(", ") : String(value));
}

/** What a policy asks for, one line each. */
export function linesOf(settings: Settings): string[] {
  return [...flat(settings)].map(([path, value]) => `${path}: ${shown(value)}`);
}

const titles: Record<ChangeKind, string> = {
  ADDED: "added",
  CHANGED: "changed",
  UNCHANGED: "unchanged",
  NOT_NAMED: "not named",
};

/** Without what only the planning needs. */
export function told({ change, model, stage, revision, fields }: PolicyChange): PolicyChange {
  return { change, model, stage, revision, fields };
}

/** One line, and one for each field: server → file. */
export function printChange({ change, model, stage, revision, fields }: PolicyChange): void {
  const at = revision === null ? "" : ` (revision ${revision})`;
  print(`${titles[change].padEnd(10)}${printable(model)} ${printable(stage)}${at}`);
  for (const { path, from, to } of fields) {
    print(`  ${path}: ${change === "ADDED" ? "" : `${shown(from)} → `}${shown(to)}`);
  }
}
