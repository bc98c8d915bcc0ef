import { parse, type SemVer } from "semver";
import { invalid } from "../kernel/errors.ts";
import { formatId, readId } from "../kernel/ids.ts";
import { nfc } from "../kernel/names.ts";

/** What a VersionRef asks for. */
export type Ref =
  | { by: "id"; node: number }
  | { by: "alias"; model: string; alias: string }
  | { by: "number"; model: string; number: number }
  | { by: "semantic"; model: string; semanticVersion: string }
  | { by: "stage"; model: string; stage: string }
  | { by: "latest"; model: string };

const expected =
  "an id (mv_42), name@alias, name/7, name/v1.1.0, name/Production or name@latest, with or without models:/";

const longestRef = 600;

/** Reads a VersionRef; the last `/` or `@` splits. Throws INVALID that says what was expected. */
export function readRef(ref: string, field = "ref"): Ref {
  const text = ref.startsWith("models:/") ? ref.slice("models:/".length) : ref;
  const id = readId(text);
  if (id?.kind === "MODEL_VERSION") return { by: "id", node: id.node };
  const cut = Math.max(text.lastIndexOf("/"), text.lastIndexOf("@"));
  const model = nfc(text.slice(0, cut));
  const rest = nfc(text.slice(cut + 1));
  // No name has a space at either end, but MySQL would find "fraud" for "fraud ".
  const isPadded = model.trim() !== model || rest.trim() !== rest;
  if (cut < 1 || rest === "" || isPadded || ref.length > longestRef) throw invalid(field, expected, ref);
  if (rest.toLowerCase() === "latest") return { by: "latest", model };
  if (text[cut] === "@") return { by: "alias", model, alias: rest };
  if (/^[0-9]{1,15}$/.test(rest)) return { by: "number", model, number: Number(rest) };
  const semantic = semanticVersionOf(rest);
  return semantic
    ? { by: "semantic", model, semanticVersion: semantic.version }
    : { by: "stage", model, stage: rest };
}

/** Whether a text after the name of a model means something else than a stage, or cannot stand there. */
export function isReadOtherwise(text: string): boolean {
  return /[/@]/.test(text) || readRef(`model/${text}`).by !== "stage";
}

/** A reference as a person would write it. */
export function nameOfRef(ref: Ref): string {
  switch (ref.by) {
    case "id":
      return formatId("MODEL_VERSION", ref.node);
    case "alias":
      return `${ref.model}@${ref.alias}`;
    case "number":
      return `${ref.model}/${ref.number}`;
    case "semantic":
      return `${ref.model}/v${ref.semanticVersion}`;
    case "stage":
      return `${ref.model}/${ref.stage}`;
    case "latest":
      return `${ref.model}@latest`;
  }
}

/** Like readRef, but refuses `latest` in both spellings: it is never a way into a stage or an alias. */
export function readFixedRef(ref: string, field: string): Ref {
  const read = readRef(ref, field);
  if (read.by === "latest") throw invalid(field, "a version that is named, not latest", ref);
  return read;
}

/** A semantic version; a leading `v` and two parts (1.4) are accepted. Null where it is none. Source: semver.org 2.0.0. */
export function semanticVersionOf(text: string): SemVer | null {
  const parts = /^v?(\d+\.\d+)(\.\d+)?([-+].*)?$/.exec(text);
  return parts && text.length <= 200 ? parse(`${parts[1]}${parts[2] ?? ".0"}${parts[3] ?? ""}`) : null;
}

const longestOrder = 512;

/**
 * A text that sorts as semantic versions do, code point by code point: numbers padded, a release above its
 * pre-releases, numeric identifiers below alphanumeric ones, fewer identifiers below more (semver.org, rule 11).
 */
export function semanticOrderOf(version: SemVer): string {
  const padded = (part: number) => String(part).padStart(16, "0");
  const core = [version.major, version.minor, version.patch].map(padded).join(".");
  if (version.prerelease.length === 0) return `${core}~`;
  const identifiers = version.prerelease.map((part) =>
    typeof part === "number" ? `0${padded(part)}` : `1${part}`,
  );
  return `${core}!${identifiers.join("!")}`.slice(0, longestOrder);
}

/** Presence of each part that `completeness` asks for. */
export interface Parts {
  code: boolean;
  dataset: boolean;
  params: boolean;
  metrics: boolean;
  owner: boolean;
  documentation: boolean;
}

/** The share of parts that are there, and the names of those that are not. */
export function completenessOf(parts: Parts): { score: number; missing: string[] } {
  const all = Object.entries(parts);
  const missing = all.filter(([, isThere]) => !isThere).map(([name]) => name);
  return { score: Math.round(((all.length - missing.length) / all.length) * 100) / 100, missing };
}
