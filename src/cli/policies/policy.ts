/** A gate as the server tells it: null where a part is not asked for. */
export interface Gate {
  kind: string;
  [part: string]: unknown;
}

/** A policy as the server tells it. */
export interface Policy {
  id: string;
  model: string;
  stage: string;
  revision: number;
  isSet: boolean;
  updatedAt: string | null;
  why: string;
  approvalsNeeded: number;
  isFourEyes: boolean;
  approverRoles: string[];
  promoterRoles: string[];
  breakGlassRoles: string[];
  maxVersions: number | null;
  onFull: string;
  rollbackNeedsApproval: boolean;
  rollbackAliases: string[];
  gates: Gate[];
}

/** What is set, without what asks for nothing: as a file says it. */
export type Settings = Record<string, unknown>;

function isSaid(value: unknown): boolean {
  return value !== null && value !== undefined && !(Array.isArray(value) && value.length === 0);
}

function said(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(said);
  if (typeof value !== "object" || value === null) return value;
  const parts = Object.entries(value).filter(([, part]) => isSaid(part));
  return Object.fromEntries(parts.map(([key, part]) => [key, said(part)]));
}

/** What a policy asks for, in the order of a file. `policy set` of it changes nothing. */
export function settingsOf(policy: Policy): Settings {
  const { id, model, stage, revision, isSet, updatedAt, why, ...asked } = policy;
  // What happens where a stage is full says nothing where none is ever full.
  const onFull = policy.maxVersions === null ? null : policy.onFull;
  return said({ ...asked, onFull }) as Settings;
}
