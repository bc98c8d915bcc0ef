import { invalid } from "./errors.ts";

/**
 * What may be allowed, each with the sentence that people read. A closed list: verbs ask for these and nothing else.
 * All of them are held on a scope, see scope.ts.
 */
export const permissions = {
  "registry:read": "see models, versions, experiments, runs, datasets, their lineage and their events",
  "artifact:download": "download the files of versions",
  "model:write": "create, change, rename and tag models",
  "model:delete": "delete and restore models",
  "model:transfer": "hand models over to another owner",
  "version:write": "register versions, describe, tag and measure them",
  "version:delete": "delete versions",
  "run:write": "make experiments, log runs and logged models",
  "run:delete": "delete and restore experiments and runs",
  "dataset:write": "record datasets and their versions",
  "artifact:upload": "upload files of versions",
  "transition:request": "request transitions",
  "transition:review": "approve and reject requested transitions",
  "validation:record": "record validations of versions by third parties",
  "stage:transition": "move versions into any stage; stage:transition:<stage> for one",
  "stage:define": "define the stages",
  "alias:write": "set and delete aliases",
  "alias:protect": "protect aliases; move and delete protected ones, besides alias:write",
  "policy:write": "set policies",
  "retention:write": "set how long files of versions are kept",
  "retention:hold": "put models and versions under legal hold, and end that",
  "history:import": "take over a past: versions, runs and stages as they were elsewhere",
  "access:read": "see actors, tokens, roles and grants of others, and the events about them",
  "actor:write": "create and deactivate actors, revoke their tokens",
  "role:write": "define roles",
  "role:grant": "grant and revoke roles",
} as const;

type Listed = keyof typeof permissions;

const transition = "stage:transition";

/** A listed permission, or one to move versions into one stage: `stage:transition:Staging`. */
export type Permission = Listed | `${typeof transition}:${string}`;

/** The permission to move versions into this stage. */
export function transitionTo(stage: string): Permission {
  return `${transition}:${stage}`;
}

/** A stage's name: no more than its column holds, nothing that is no text. */
const stageName = /^(?! )[^\p{C}]{1,64}(?<! )$/u;

/** Whether a stage may be called that, as far as rights to it can be told. */
export function isStageName(text: string): boolean {
  return stageName.test(text);
}

export function isPermission(text: string): text is Permission {
  if (Object.hasOwn(permissions, text)) return true;
  return text.startsWith(`${transition}:`) && isStageName(text.slice(transition.length + 1));
}

/** What a permission lets one do, in words. */
export function meaningOf(permission: Permission): string {
  if (Object.hasOwn(permissions, permission)) return permissions[permission as Listed];
  return `move versions into the stage ${permission.slice(transition.length + 1)}`;
}

/** Whether who holds this set may do that. Who may move versions anywhere may move them to each stage; stages in any case. */
export function includes(held: ReadonlySet<string>, wanted: Permission): boolean {
  if (held.has(wanted)) return true;
  if (!wanted.startsWith(`${transition}:`)) return false;
  const move = wanted.toLowerCase();
  return held.has(transition) || [...held].some((permission) => permission.toLowerCase() === move);
}

/** Throws INVALID that names the field and the list. */
export function permissionOf(field: string, text: string): Permission {
  if (isPermission(text)) return text;
  throw invalid(field, `one of ${Object.keys(permissions).join(", ")}, ${transition}:<stage>`, text);
}
