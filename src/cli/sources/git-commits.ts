import type { ImportedCommit } from "../../client/import-batch.ts";
import { ownName, ownText } from "./foreign-names.ts";
import { type GitRepository, gitPieces } from "./git-repository.ts";
import { instantOf } from "./mlflow-values.ts";
import type { Warnings } from "./warnings.ts";

const longestMessage = 16_000;

/** One commit: sha, parents, the ref it was reached by, seconds, author, message; each ends in NUL. */
const fields = ["%H", "%P", "%S", "%ct", "%an", "%B"] as const;

/** A commit, and which objects it put where of those asked about. */
export interface ReadCommit {
  commit: ImportedCommit;
  changes: { path: string; blob: string }[];
}

interface Choice {
  /** Only commits that put a file where this git pathspec says; a merge comes once for each parent it differs from. */
  changing?: string;
  /** These commits by sha, instead of all. */
  only?: readonly string[];
}

/** The commits of a repository, parents before children. */
export async function* commitsIn(
  repository: GitRepository,
  warnings: Warnings,
  { changing, only }: Choice = {},
): AsyncGenerator<ReadCommit> {
  const how = [
    "-z",
    "--topo-order",
    "--source",
    "--no-mailmap",
    "--encoding=UTF-8",
    `--format=tformat:${fields.map((field) => `${field}%x00`).join("")}`,
    ...(only ? ["--no-walk=unsorted", "--stdin"] : ["--reverse", ...repository.from]),
    ...(changing
      ? ["--full-history", "-m", "--raw", "--no-abbrev", "--no-renames", "--diff-filter=AMT"]
      : []),
  ];
  const args = ["log", ...how, "--", ...(changing ? [changing] : [])];
  let values: string[] = [];
  let read: ReadCommit | null = null;
  let blob: string | null = null;
  for await (const piece of gitPieces(repository.path, args, only)) {
    if (blob !== null) {
      read?.changes.push({ path: piece, blob });
      blob = null;
      continue;
    }
    const text = values.length === 0 ? piece.trimStart() : piece;
    if (values.length === 0 && text === "") continue; // what ends a commit
    const change = values.length === 0 ? /^:\d+ \d+ [0-9a-f]+ ([0-9a-f]+) /.exec(text) : null;
    if (change) {
      blob = change[1]!;
      continue;
    }
    values.push(text);
    if (values.length < fields.length) continue;
    if (read) yield read;
    read = { commit: commitOf(values, repository, warnings), changes: [] };
    values = [];
  }
  if (read) yield read;
}

function commitOf(values: string[], { repository, head }: GitRepository, warnings: Warnings): ImportedCommit {
  const [sha = "", parents = "", ref = "", seconds = "", author = "", message = ""] = values;
  const commit: ImportedCommit = { repository, sha, parents: parents.split(" ").filter(Boolean) };
  const branch = /^refs\/(?:heads|remotes\/[^/]+)\/(.+)$/.exec(ref === "HEAD" ? head : ref)?.[1];
  if (branch !== undefined && branch !== "HEAD") commit.branch = ownName(branch);
  const text = ownText(message.trimEnd());
  if (text.length > longestMessage)
    warnings.add(`Commit ${sha}: its message is cut to ${longestMessage} characters`);
  if (text !== "") commit.message = text.slice(0, longestMessage);
  const committedAt = instantOf(Number(seconds) * 1000);
  if (committedAt !== undefined) commit.committedAt = committedAt;
  if (author.trim() !== "") commit.attributedTo = ownName(author);
  return commit;
}
