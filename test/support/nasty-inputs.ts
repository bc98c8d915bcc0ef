import {
  type GraphQLInputType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from "graphql";
import { engine } from "./engines.ts";

/** One wrong or strange value, and where it stands. */
export interface Nasty {
  /** Such as `input.metrics.0.step`. */
  path: string;
  value: unknown;
}

const texts = [
  "",
  "a ",
  "a\u0000b",
  "\ud800",
  "🦊",
  "e\u0301",
  "x".repeat(10_000),
  "'; DROP TABLE event; --",
  "latest",
  "none@latest",
  "mv_1",
  "mdl_4294967295",
];

/** Strange values of a kind: some are welcome, most are refused. */
export const strange: Record<string, unknown[]> = {
  String: texts,
  ID: [...texts, 7, -1],
  VersionRef: texts,
  EventCursor: texts,
  Int: [0, -1, 1, 101, 2_147_483_647, -2_147_483_648],
  Float: [0, -0, -1, 5e-324, 1.7976931348623157e308, 0.1, 2 ** 53 + 2],
  BigInt: [0, -1, 2 ** 53 - 1, 2 ** 53, 1e21, "12"],
  Boolean: [true, false],
  DateTime: [
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999Z",
    "2026-02-29T00:00:00Z",
    "2026-01-01",
    "now",
    12,
  ],
  JSON: [{}, [], "text", "\ud800", 0, false, { a: "\u0000" }, { a: "x".repeat(10_000) }],
};

/** Values that are of no kind: always refused, except where any JSON is welcome. */
const ofNoKind = [true, 1.5, 2_147_483_648, "text", [[]], { unknown: 1 }];

/** What a JSON value becomes with another value in one place; lists are made one long where they are not there. */
export function withValue(base: unknown, path: readonly string[], value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (/^\d+$/.test(key)) {
    const list = Array.isArray(base) ? [...base] : [];
    list[Number(key)] = withValue(list[Number(key)], rest, value);
    return list;
  }
  const object = typeof base === "object" && base !== null ? base : {};
  return { ...object, [key]: withValue((object as Record<string, unknown>)[key], rest, value) };
}

/** What a field must have beside the one in question. */
function filler(type: GraphQLInputType): unknown {
  const bare = getNullableType(type);
  if (isListType(bare)) return [];
  if (isEnumType(bare)) return bare.getValues()[0]!.name;
  if (isInputObjectType(bare)) return requiredOf(bare);
  const usual: Record<string, unknown> = {
    Int: 1,
    Float: 1,
    Boolean: false,
    DateTime: "2026-01-01T00:00:00Z",
  };
  return usual[String(bare)] ?? "filler";
}

function requiredOf(type: GraphQLInputType): Record<string, unknown> {
  if (!isInputObjectType(type)) return {};
  const required = Object.values(type.getFields()).filter(
    ({ type: field, defaultValue }) => isNonNullType(field) && defaultValue === undefined,
  );
  return Object.fromEntries(required.map((field) => [field.name, filler(field.type)]));
}

/** What this engine is sent of them: SQLite all; MySQL, which takes longer, every second one, another half at the next turn. */
export function shareOf(nasties: readonly Nasty[], turn: number): Nasty[] {
  const every = engine() === "sqlite" ? 1 : 2;
  return nasties.filter((_, at) => (at + turn) % every === 0);
}

/** Every place within a value of this type, with what is nasty there; a type within itself is not entered again. */
export function nastiesIn(type: GraphQLInputType, path: string, around: readonly unknown[] = []): Nasty[] {
  const bare = getNullableType(type);
  const here = (values: unknown[]) => values.map((value) => ({ path, value }));
  const wrong = String(bare) === "JSON" ? [] : here(isNonNullType(type) ? [null, ...ofNoKind] : ofNoKind);
  if (isListType(bare)) return [...here([[], null, [null]]), ...nastiesIn(bare.ofType, `${path}.0`, around)];
  if (isEnumType(bare)) return [...wrong, ...here(["NO_SUCH_VALUE", ""])];
  if (!isInputObjectType(bare)) return [...wrong, ...here(strange[String(bare)] ?? texts)];
  if (around.includes(bare)) return wrong;
  const whole = here([requiredOf(bare)]);
  const within = Object.values(bare.getFields()).flatMap((field) =>
    nastiesIn(field.type, `${path}.${field.name}`, [...around, bare]),
  );
  return [...wrong, ...whole, ...within];
}

/** The base with the nasty value in its place, and around it what its object must have. */
export function nastyInput(base: object, type: GraphQLInputType, { path, value }: Nasty): object {
  const [, ...keys] = path.split(".");
  let filled: unknown = base;
  let bare: GraphQLInputType = getNullableType(type);
  for (const [at, key] of keys.entries()) {
    const parent = keys.slice(0, at);
    const there = parent.reduce<unknown>(
      (inner, step) => (inner as Record<string, unknown> | undefined)?.[step],
      filled,
    );
    if (isInputObjectType(bare) && (typeof there !== "object" || there === null)) {
      filled = withValue(filled, parent, requiredOf(bare));
    }
    if (isInputObjectType(bare)) bare = getNullableType(bare.getFields()[key]!.type);
    else if (isListType(bare)) bare = getNullableType(bare.ofType);
  }
  return withValue(filled, keys, value) as object;
}
