import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { sharedData } from "./shared-data.ts";

const folder = join(sharedData, "dvc-gto-bank-churn");
const read = (...path: string[]) => readFileSync(join(folder, ...path), "utf8");
const jsonLines = (file: string) =>
  read(file)
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

interface Commit {
  commit: string;
  parents: string[];
  author: string;
  committed: string;
  subject: string;
}

export interface ChurnTag {
  name: string;
  commit: string;
  /** Epoch milliseconds. */
  at: number;
  subject: string;
}

/** The tags of the repository, by time. */
export function churnTags(): ChurnTag[] {
  return jsonLines("git-refs.jsonl")
    .filter(({ type }) => type === "tag")
    .map(({ ref, commit, date, subject }) => {
      return { name: ref.replace("refs/tags/", ""), commit, at: Date.parse(date), subject };
    })
    .sort((a, b) => a.at - b.at);
}

/** Which file of the dump holds what a commit put at a path; none where the commit deleted it. */
function churnChanges(): { commit: string; path: string; file: string }[] {
  const [, ...rows] = read("history.tsv").trim().split("\n");
  return rows.map((row) => {
    const [commit = "", , path = "", , file = ""] = row.split("\t");
    return { commit, path, file };
  });
}

export interface ChurnStage {
  cmd: string;
  deps?: { path: string; md5: string }[];
  outs?: { path: string; md5: string }[];
}

/** Every distinct dvc.lock: the commits that brought it, and what it says. */
export function churnLocks(): { commits: string[]; stages: Record<string, ChurnStage> }[] {
  const commits = new Map<string, string[]>();
  for (const { commit, path, file } of churnChanges()) {
    if (path === "dvc.lock") commits.set(file, [...(commits.get(file) ?? []), commit]);
  }
  return [...commits].map(([file, all]) => ({ commits: all, stages: parse(read(file)).stages }));
}

export interface ChurnRepository {
  path: string;
  /** The new sha of each commit, which differs for want of the files that were not kept. */
  shas: Map<string, string>;
  remove(): void;
}

/**
 * Makes the repository anew in a folder of its own, from what was kept of it: all commits, branches and tags, and of
 * the files those that the dump has.
 */
export function makeChurnRepository(): ChurnRepository {
  const path = mkdtempSync(join(tmpdir(), "stemma-churn-"));
  const git = (args: string[], input = "") =>
    execFileSync("git", ["-C", path, ...args], { encoding: "utf8", input, stdio: "pipe" });
  const commits = new Map<string, Commit>(jsonLines("git-commits.jsonl").map((one) => [one.commit, one]));
  const marks = new Map<string, number>();
  const stream: string[] = [];
  const changes = churnChanges();
  for (const sha of parentsFirst(commits)) {
    const { parents, author, committed, subject } = commits.get(sha)!;
    marks.set(sha, marks.size + 1);
    const [first, ...others] = parents.map((parent) => `:${marks.get(parent)}`);
    stream.push(
      `commit refs/kept/${sha}`,
      `mark :${marks.get(sha)}`,
      `committer ${author} <> ${stampOf(committed)}`,
      dataOf(subject),
      ...(first ? [`from ${first}`] : []),
      ...others.map((other) => `merge ${other}`),
      ...changes
        .filter(({ commit }) => commit === sha)
        .map(({ path, file }) =>
          file === "" ? `D ${path}` : `M 100644 inline ${path}\n${dataOf(read(file))}`,
        ),
    );
  }
  const parents = new Set([...commits.values()].flatMap((one) => one.parents));
  for (const sha of commits.keys()) {
    // Some were on branches that are no more.
    if (!parents.has(sha)) stream.push(`reset refs/heads/end-${sha}`, `from :${marks.get(sha)}`, "");
  }
  for (const { ref, type, commit, date, subject } of jsonLines("git-refs.jsonl")) {
    const from = `from :${marks.get(commit)}`;
    if (type === "commit") stream.push(`reset ${ref}`, from, "");
    else
      stream.push(
        `tag ${ref.replace("refs/tags/", "")}`,
        from,
        `tagger A <> ${stampOf(date)}`,
        dataOf(subject),
      );
  }
  git(["init", "--quiet", "--initial-branch=main"]);
  git(["fast-import", "--quiet", "--date-format=raw", "--export-marks=.git/marks"], `${stream.join("\n")}\n`);
  const lines = readFileSync(join(path, ".git", "marks"), "utf8")
    .trim()
    .split("\n");
  const shas = new Map(lines.map((line): [string, string] => line.split(" ") as [string, string]));
  return {
    path,
    shas: new Map([...marks].map(([sha, mark]) => [sha, shas.get(`:${mark}`)!])),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

function parentsFirst(commits: ReadonlyMap<string, Commit>): string[] {
  const order = new Set<string>();
  const visit = (sha: string) => {
    const waiting = [sha];
    while (waiting.length > 0) {
      const next = waiting.at(-1)!;
      const missing = commits.get(next)!.parents.filter((parent) => !order.has(parent));
      if (missing.length > 0) waiting.push(...missing);
      else order.add(waiting.pop()!);
    }
  };
  for (const sha of commits.keys()) visit(sha);
  return [...order];
}

function stampOf(date: string): string {
  const zone = /([+-]\d\d):(\d\d)$/.exec(date)!;
  return `${Date.parse(date) / 1000} ${zone[1]}${zone[2]}`;
}

function dataOf(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}`;
}
