import { valid } from "semver";
import { type GitRepository, gitPieces } from "./git-repository.ts";
import { instantOf } from "./mlflow-values.ts";
import type { Warnings } from "./warnings.ts";

/**
 * What a tag of GTO says, by its name: `m@v1.0.0` registers a version, `m@v1.0.0!` takes that back, `m#prod` assigns a
 * stage to the version at the tagged commit, `m#prod!` takes that back, `m@deprecated` retires the artifact. A counter
 * may follow: `m#prod#3`.
 */
export type GtoAction =
  | { action: "REGISTER" | "DEREGISTER"; version: string }
  | { action: "ASSIGN" | "UNASSIGN"; stage: string }
  | { action: "DEPRECATE" };

export type GtoTag = GtoAction & {
  name: string;
  artifact: string;
  /** Zero where the tag carries none. */
  counter: number;
  commit: string;
  /** Epoch milliseconds. */
  at: number;
  tagger: string;
  message: string;
};

/** Name, kind, kind of what it tags, its sha, seconds, tagger, message without signature; each ends in NUL. */
const fields = [
  "%(refname:strip=2)",
  "%(objecttype)",
  "%(*objecttype)",
  "%(*objectname)",
  "%(taggerdate:unix)",
  "%(taggername)",
  "%(contents:subject)",
  "%(contents:body)",
];

/** An artifact may stand in a folder, which DVC writes as `folder=artifact`. */
const tagName =
  /^((?:[a-z0-9_./-]+=)?[a-z](?:[a-z0-9/-]*[a-z0-9])?)(?:@(deprecated)|@(v[^!#@]+)(!?)|#([a-z](?:[a-z0-9/-]*[a-z0-9])?)(!?))(?:#(\d{1,15}))?$/;

/** The tags of a repository that are GTO's, as they happened; says which look like GTO's and are none. */
export async function gtoTagsOf({ path }: GitRepository, warnings: Warnings): Promise<GtoTag[]> {
  const tags: GtoTag[] = [];
  const format = fields.map((field) => `${field}%00`).join("");
  let values: string[] = [];
  let others = 0;
  for await (const piece of gitPieces(path, ["for-each-ref", `--format=${format}`, "refs/tags"])) {
    values.push(values.length === 0 ? piece.trimStart() : piece);
    if (values.length < fields.length) continue;
    const tag = tagOf(values, warnings);
    if (tag) tags.push(tag);
    else others++;
    values = [];
  }
  if (others > 0) warnings.add(`Tags left out because they say nothing in GTO's words: ${others}`);
  return tags.sort(byTime);
}

/** What a tag's name says; null where it is none of GTO's. */
export function readGtoTag(name: string): (GtoAction & Pick<GtoTag, "name" | "artifact" | "counter">) | null {
  const parts = tagName.exec(name);
  if (!parts) return null;
  const [, artifact = "", deprecated, version, isDeregistered, stage, isUnassigned, count = "0"] = parts;
  const own = { name, artifact, counter: Number(count) };
  if (deprecated !== undefined) return { ...own, action: "DEPRECATE" };
  if (stage !== undefined) return { ...own, action: isUnassigned ? "UNASSIGN" : "ASSIGN", stage };
  if (version === undefined || valid(version) === null) return null;
  return { ...own, action: isDeregistered ? "DEREGISTER" : "REGISTER", version };
}

function tagOf(values: string[], warnings: Warnings): GtoTag | null {
  const [name = "", kind, tagged, commit = "", seconds = "", tagger = "", subject = "", body = ""] = values;
  const read = readGtoTag(name);
  if (!read) {
    if (/[#@]/.test(name))
      warnings.add(`Tag ${JSON.stringify(name)} is none that GTO writes; it is left out`);
    return null;
  }
  if (kind !== "tag") {
    warnings.add(
      `Tag ${name} is a lightweight one, without a time, which GTO does not count; it is left out`,
    );
    return null;
  }
  const at = seconds === "" ? Number.NaN : Number(seconds) * 1000;
  if (tagged !== "commit" || instantOf(at) === undefined) {
    warnings.add(`Tag ${name} names no commit or no time; it is left out`);
    return null;
  }
  return { ...read, commit, at, tagger, message: `${subject}\n\n${body}`.trim() };
}

/** A version is registered before it is assigned in the same second; else the counter tells, as GTO counts. */
function byTime(a: GtoTag, b: GtoTag): number {
  const late = ({ action }: GtoTag) => (action === "REGISTER" ? 0 : 1);
  return a.at - b.at || late(a) - late(b) || a.counter - b.counter || (a.name < b.name ? -1 : 1);
}
