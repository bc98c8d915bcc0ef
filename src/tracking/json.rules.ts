import { invalid } from "../kernel/errors.ts";

const largestJson = 1024 * 1024; // bytes as UTF-8
const deepestJson = 30; // MariaDB's json_valid takes 32

const loneSurrogate = /\p{Surrogate}/u;

/**
 * A JSON value as every engine keeps it: at most 1 MiB, 30 levels, well-formed texts. MySQL refuses lone surrogates,
 * MariaDB more than 32 levels. Null where there is none; throws INVALID that names the field.
 */
export function jsonOf(field: string, came: unknown): unknown {
  if (came == null) return null;
  mustBeShallow(field, came, 1);
  const text = JSON.stringify(came);
  if (Buffer.byteLength(text) > largestJson) {
    throw invalid(field, "at most 1 MiB of JSON", `${Buffer.byteLength(text)} bytes`);
  }
  return came;
}

/** A JSON column as a raw read gave it: both engines answer text. */
export function jsonOfColumn(stored: unknown): unknown {
  return typeof stored === "string" ? JSON.parse(stored) : (stored ?? null);
}

function mustBeShallow(field: string, value: unknown, depth: number): void {
  if (depth > deepestJson) throw invalid(field, `JSON of at most ${deepestJson} levels`, "a deeper one");
  if (typeof value === "string" && loneSurrogate.test(value))
    throw invalid(field, "well-formed Unicode", value);
  if (typeof value === "number" && !Number.isFinite(value))
    throw invalid(field, "finite numbers", String(value));
  if (value === null || typeof value !== "object") return;
  for (const [key, inner] of Object.entries(value)) {
    if (loneSurrogate.test(key)) throw invalid(field, "well-formed Unicode", key);
    mustBeShallow(field, inner, depth + 1);
  }
}
