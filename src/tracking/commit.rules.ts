import { invalid, overLimit } from "../kernel/errors.ts";
import { nameOf, textOf } from "../kernel/names.ts";
import type { Commit } from "./commit.entity.ts";
import type { CommitFacts } from "./commit.inputs.ts";

export const wholeSha = 40;
const shortestSha = 7;
const longestMessage = 16_000;
const mostParents = 100;

/** What is told of a commit, checked; what is not told is null. */
export type ToldCommit = Pick<
  Commit,
  "repository" | "sha" | "branch" | "message" | "committedAt" | "attributedTo"
> & { parents: string[]; occurredAt?: number };

export interface CommitToEnsure extends CommitFacts {
  attributedTo?: string | null;
  parents?: string[] | null;
  occurredAt?: number;
}

export function isSha(text: string): boolean {
  return text.length >= shortestSha && text.length <= 64 && /^[0-9a-f]+$/i.test(text);
}

function shaOf(field: string, came: string): string {
  if (!isSha(came)) throw invalid(field, "7–64 hex digits", came);
  return came.toLowerCase();
}

function fieldIn(field: string, name: string): string {
  return field ? `${field}.${name}` : name;
}

/** `field` names the input, such as `commit` or `batch.commits.3`; empty at the top. */
export function toldCommit(field: string, came: CommitToEnsure): ToldCommit {
  const at = (name: string) => fieldIn(field, name);
  const parents = came.parents ?? [];
  mustBeFew(parents, at("parents"));
  return {
    repository: came.repository ? nameOf(at("repository"), came.repository) : "",
    sha: shaOf(at("sha"), came.sha),
    branch: came.branch ? nameOf(at("branch"), came.branch) : null,
    message: came.message ? textOf(at("message"), came.message, longestMessage) : null,
    committedAt: came.committedAt ?? null,
    attributedTo: came.attributedTo ? nameOf(at("attributedTo"), came.attributedTo) : null,
    parents: parents.map((parent, index) => shaOf(at(`parents.${index}`), parent)),
    ...(came.occurredAt === undefined ? {} : { occurredAt: came.occurredAt }),
  };
}

function mustBeFew(parents: readonly string[], field: string): void {
  if (parents.length > mostParents) throw overLimit(`${field}: at most ${mostParents}`, field);
}

const fillable = ["branch", "message", "committedAt", "attributedTo"] as const;

/** What is told now and was not known before. */
export function fillsOf(known: Commit, told: ToldCommit): Partial<Commit> {
  const fills = fillable.filter((name) => known[name] === null && told[name] !== null);
  return Object.fromEntries(fills.map((name) => [name, told[name]]));
}

/** Two tellings of the same commit as one: the first to tell a fact is believed. */
function merged(first: ToldCommit, second: ToldCommit): ToldCommit {
  const facts = fillable.map((name) => [name, first[name] ?? second[name]]);
  const parents = [...new Set([...first.parents, ...second.parents])];
  return { ...first, ...Object.fromEntries(facts), parents };
}

/**
 * Each commit once, by key, with its parents, of which nothing more may be known. `fieldOf` names each telling; throws
 * LIMIT where several of one commit name too many parents together.
 */
export function withParents(
  told: readonly ToldCommit[],
  fieldOf: (index: number) => string,
): Map<string, ToldCommit> {
  const wanted = new Map<string, ToldCommit>();
  for (const [index, commit] of told.entries()) {
    const other = wanted.get(commitKey(commit));
    const whole = other ? merged(other, commit) : commit;
    mustBeFew(whole.parents, fieldIn(fieldOf(index), "parents"));
    wanted.set(commitKey(commit), whole);
  }
  for (const { repository, parents, ...child } of [...wanted.values()]) {
    const occurredAt = child.committedAt ?? child.occurredAt; // The latest that a parent can have happened.
    for (const sha of parents) {
      const key = commitKey({ repository, sha });
      if (wanted.has(key)) continue;
      const nothing = { branch: null, message: null, committedAt: null, attributedTo: null, parents: [] };
      wanted.set(key, { repository, sha, ...nothing, ...(occurredAt === undefined ? {} : { occurredAt }) });
    }
  }
  return wanted;
}

export function commitKey({ repository, sha }: { repository: string; sha: string }): string {
  return `${sha} ${repository}`;
}
