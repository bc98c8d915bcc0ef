import type { CardGroupValue, CardMeasure } from "./card-content.entity.ts";
import { measure } from "./card-content.rules.ts";

type Mapping = Record<string, unknown>;

const nameKeys = ["name", "metric", "key"];
const valueKeys = ["value", "score", "result"];
const groupsKeys = ["per_group", "perGroup", "groups", "by_group", "per_slice"];

export function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Measures as people write them: a list of { name, value, per_group }, or a mapping of names to values or to such; with
 * `per_group` as groups to values, as groups to measures, or as a list. Empty where the value is none of these.
 */
export function measuresOf(value: unknown): CardMeasure[] {
  if (Array.isArray(value)) return value.flatMap((item) => (isMapping(item) ? oneOf(item) : []));
  if (!isMapping(value)) return [];
  const groups = firstOf(value, groupsKeys);
  const own = Object.entries(value).filter(([key]) => !groupsKeys.includes(key));
  if (firstOf(value, nameKeys) !== undefined && firstOf(value, valueKeys) !== undefined) return oneOf(value);
  const named = own.flatMap(([name, inner]) =>
    isMapping(inner) ? oneOf(inner, name) : [valued(name, inner)],
  );
  return groups === undefined ? named : withGroups(named, groups);
}

/** The same as YAML, so that it reads the same. */
export function yamlOfMeasures(measures: readonly CardMeasure[]): Mapping[] {
  return measures.map(({ name, value, text, dataset, split, perGroup }) => ({
    name,
    value: value ?? text,
    ...(dataset === null ? {} : { dataset }),
    ...(split === null ? {} : { split }),
    ...(perGroup.length === 0
      ? {}
      : { per_group: perGroup.map((group) => ({ group: group.group, value: group.value ?? group.text })) }),
  }));
}

function firstOf(mapping: Mapping, keys: readonly string[]): unknown {
  const key = keys.find((one) => Object.hasOwn(mapping, one));
  return key === undefined ? undefined : mapping[key];
}

function oneOf(mapping: Mapping, known?: string): CardMeasure[] {
  const name = known ?? textOfScalar(firstOf(mapping, nameKeys));
  if (name === null) return [];
  const { value, text } = valued(name, firstOf(mapping, valueKeys) ?? firstOf(mapping, ["overall"]));
  const dataset = textOfScalar(mapping.dataset);
  const split = textOfScalar(mapping.split);
  return [{ name, value, text, dataset, split, perGroup: groupsOf(firstOf(mapping, groupsKeys), name) }];
}

/** Groups of one measure. */
function groupsOf(groups: unknown, name: string): CardGroupValue[] {
  const group = (key: string, inner: unknown): CardGroupValue => {
    const own = isMapping(inner) ? (firstOf(inner, [name, ...valueKeys]) ?? null) : inner;
    const { value, text } = valued(name, own);
    return { group: key, value, text };
  };
  if (isMapping(groups)) return Object.entries(groups).map(([key, inner]) => group(key, inner));
  if (!Array.isArray(groups)) return [];
  return groups.filter(isMapping).map((item) => group(groupNameOf(item), item));
}

const groupKeys = ["group", "slice", "name"];

function groupNameOf(mapping: Mapping): string {
  return textOfScalar(firstOf(mapping, groupKeys)) ?? "";
}

/** Measures whose groups stand beside them, each with values of several measures. */
function withGroups(measures: readonly CardMeasure[], groups: unknown): CardMeasure[] {
  const byName = new Map(measures.map((one) => [one.name, { ...one, perGroup: [...one.perGroup] }]));
  const listed: [string, unknown][] = isMapping(groups)
    ? Object.entries(groups)
    : Array.isArray(groups)
      ? groups.filter(isMapping).map((item) => [groupNameOf(item), item])
      : [];
  for (const [group, inner] of listed) {
    const values = isMapping(inner)
      ? Object.entries(inner).filter(([key]) => !groupKeys.includes(key))
      : [["value", inner] as const];
    for (const [name, came] of values) {
      const { value, text } = valued(name, came);
      const known = byName.get(name) ?? measure(name, null, null);
      known.perGroup.push({ group, value, text });
      byName.set(name, known);
    }
  }
  return [...byName.values()];
}

const plainNumber = /^[-+]?\d{1,30}(?:\.\d{1,30})?$/;

function valued(name: string, came: unknown): CardMeasure {
  if (typeof came === "number") return measure(name, came, null);
  if (typeof came === "string" && plainNumber.test(came)) return measure(name, Number(came), null);
  if (came === null || came === undefined) return measure(name, null, null);
  return measure(name, null, typeof came === "string" ? came : JSON.stringify(came));
}

export function textOfScalar(value: unknown): string | null {
  return value === null || value === undefined || typeof value === "object" ? null : String(value);
}
