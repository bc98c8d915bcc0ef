// Whether a JSON value is what a signature's type asks for: without conversions, as far as JSON can tell types apart.
import type { ScalarType, Tensor } from "./signature.rules.ts";

type Test = (value: unknown) => boolean;

const largestFloat = 3.4028234663852886e38;
const largestHalf = 65_504;

function whole(least: number, most: number): Test {
  // A reader of JSON makes the nearest double of a number beyond 2^53: near enough to tell the type.
  return (value) => typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;
}

function signed(bits: number): Test {
  return whole(-(2 ** (bits - 1)), bits > 53 ? 2 ** (bits - 1) : 2 ** (bits - 1) - 1);
}

function unsigned(bits: number): Test {
  return whole(0, bits > 53 ? 2 ** bits : 2 ** bits - 1);
}

function fractional(most: number): Test {
  return (value) => typeof value === "number" && Math.abs(value) <= most;
}

const isBoolean: Test = (value) => typeof value === "boolean";
const isText: Test = (value) => typeof value === "string";

/** Base64, as MLflow takes bytes in JSON. */
const isBytes: Test = (value) =>
  typeof value === "string" && value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value);

const longestInstant = 40;
const instantForm =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?$/;

const isInstant: Test = (value) => {
  if (typeof value !== "string" || value.length > longestInstant) return false;
  const parts = instantForm.exec(value);
  if (!parts) return false;
  const [year, month, day, hour, minute, second] = parts.slice(1).map((part) => Number(part ?? 0));
  const date = new Date(0);
  date.setUTCFullYear(year!, month! - 1, day!);
  const isDay = date.getUTCMonth() === month! - 1 && date.getUTCDate() === day;
  return isDay && hour! < 24 && minute! < 60 && second! < 60;
};

/** Whether a value is of this type. */
export const isOfScalar: Readonly<Record<ScalarType, Test>> = {
  boolean: isBoolean,
  integer: signed(32),
  long: signed(64),
  float: fractional(largestFloat),
  double: fractional(Number.MAX_VALUE),
  string: isText,
  binary: isBytes,
  datetime: isInstant,
};

/** What is expected, where the type's name says not enough. */
export const wordsForScalar: Readonly<Partial<Record<ScalarType, string>>> = {
  integer: "integer (a whole number of 32 bits)",
  long: "long (a whole number of 64 bits)",
  binary: "binary (base64)",
  datetime: "datetime (ISO 8601, such as 2026-03-01T09:30:00Z)",
};

const numeric: Readonly<Record<string, (bits: number) => Test>> = {
  int: signed,
  uint: unsigned,
  float: (bits) => fractional(bits === 16 ? largestHalf : bits === 32 ? largestFloat : Number.MAX_VALUE),
};

/** The test for one element of a tensor. */
export function elementTest({ dtype }: Tensor): Test {
  const [, name, bits] = /^([a-z]+)(\d*)/.exec(dtype)!;
  if (name === "bool") return isBoolean;
  if (name === "str") return isText;
  if (name === "bytes") return isBytes;
  if (name === "datetime") return isInstant;
  return numeric[name!]?.(Number(bits)) ?? (() => true);
}
