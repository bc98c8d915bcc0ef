import { invalid } from "./errors.ts";

/** Every kind of node with the prefix of its public ids. `mv_42` is model version with node number 42. */
export const idPrefixes = {
  MODEL: "mdl",
  MODEL_VERSION: "mv",
  EXPERIMENT: "exp",
  RUN: "run",
  LOGGED_MODEL: "lm",
  DATASET: "ds",
  DATASET_VERSION: "dsv",
  COMMIT: "cmt",
  VALIDATION: "val",
  CARD: "crd",
  ARTIFACT: "art",
  UPLOAD: "upl",
  ACTOR: "act",
  TOKEN: "tok",
  ROLE: "rol",
  GRANT: "grt",
  POLICY: "pol",
  TRANSITION_REQUEST: "trq",
  APPROVAL: "apv",
  STAGE_SET: "stg",
  ALIAS_PROTECTION: "alp",
  RETENTION: "ret",
} as const;

export type Kind = keyof typeof idPrefixes;

const kindsByPrefix = new Map<string, Kind>(
  Object.entries(idPrefixes).map(([kind, prefix]) => [prefix, kind as Kind]),
);
export const largestNode = 4_294_967_295;

/** The public id of a node: opaque to callers, stable for ever. */
export function formatId(kind: Kind, node: number): string {
  return `${idPrefixes[kind]}_${node}`;
}

/** Reads a public id; null where it is not one. */
export function readId(id: string): { kind: Kind; node: number } | null {
  const parts = /^([a-z]{1,5})_([1-9][0-9]{0,9})$/.exec(id);
  const kind = parts && kindsByPrefix.get(parts[1]!);
  const node = parts ? Number(parts[2]) : 0;
  return kind && node <= largestNode ? { kind, node } : null;
}

/** The node number of a public id of one of these kinds. Throws INVALID that names the field. */
export function nodeOf(id: string, field: string, ...kinds: Kind[]): number {
  const read = readId(id);
  if (!read || (kinds.length > 0 && !kinds.includes(read.kind))) {
    const wanted =
      kinds.length > 0 ? kinds.map((kind) => `${idPrefixes[kind]}_…`).join(" or ") : "such as mv_42";
    throw invalid(field, `an id ${wanted}`, id);
  }
  return read.node;
}
