import { nameOf, textOf } from "../kernel/names.ts";
import type { DatasetVersion } from "./dataset.entity.ts";
import type { DatasetFacts } from "./dataset.inputs.ts";
import { jsonOf } from "./json.rules.ts";

const longestSource = 16_000;
const longestRole = 64;

/** What is told of a dataset version, checked; what is not told is null. */
export interface ToldDataset
  extends Pick<DatasetVersion, "digest" | "digestAlgorithm" | "source" | "schema" | "profile"> {
  /** Where it stands in the input, such as `datasets.3`; empty at the top. */
  field: string;
  name: string;
  scope: string;
  within: number | null;
  occurredAt?: number;
}

export interface DatasetToEnsure extends DatasetFacts {
  /** Node number of the experiment in whose scope a new dataset is made where none is told. */
  within?: number | null;
  occurredAt?: number;
}

/** `field` names the input, such as `datasets.3`; empty at the top. */
export function toldDataset(field: string, came: DatasetToEnsure): ToldDataset {
  const at = (name: string) => (field ? `${field}.${name}` : name);
  return {
    field,
    name: nameOf(at("name"), came.name),
    scope: came.scope ? nameOf(at("scope"), came.scope) : "",
    within: came.within ?? null,
    digest: nameOf(at("digest"), came.digest),
    digestAlgorithm: came.digestAlgorithm ? nameOf(at("digestAlgorithm"), came.digestAlgorithm, 64) : null,
    source: came.source ? textOf(at("source"), came.source, longestSource) : null,
    schema: jsonOf(at("schema"), came.schema),
    profile: jsonOf(at("profile"), came.profile),
    ...(came.occurredAt === undefined ? {} : { occurredAt: came.occurredAt }),
  };
}

/** What a dataset was used for; empty where not told. */
export function roleOf(field: string, came: string | null | undefined): string {
  return came ? nameOf(field, came, longestRole) : "";
}

const fillable = ["digestAlgorithm", "source", "schema", "profile"] as const;

/** What is told now and was not known before; what is known stays. */
export function datasetFills(known: DatasetVersion, told: ToldDataset): Partial<DatasetVersion> {
  const fills = fillable.filter((name) => known[name] === null && told[name] !== null);
  return Object.fromEntries(fills.map((name) => [name, told[name]]));
}

/** Two tellings of the same version as one: the first to tell a fact is believed, and it was there since the earlier time. */
export function mergedDataset(first: ToldDataset, second: ToldDataset): ToldDataset {
  const times = [first, second].flatMap(({ occurredAt }) => (occurredAt === undefined ? [] : [occurredAt]));
  return {
    ...first,
    ...Object.fromEntries(fillable.map((name) => [name, first[name] ?? second[name]])),
    ...(times.length > 0 ? { occurredAt: Math.min(...times) } : {}),
  };
}

export function datasetKey({ name, digest }: { name: string; digest: string }): string {
  return JSON.stringify([name, digest]);
}
