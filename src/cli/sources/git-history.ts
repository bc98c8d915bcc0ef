import { execFile, spawn } from "node:child_process";
import { basename } from "node:path";
import { promisify } from "node:util";
import type { ImportBatch, ImportedCommit } from "../../client/import-batch.ts";
import { ownText } from "./foreign-names.ts";
import { type ImportRecord, inBatches } from "./import-batches.ts";
import { instantOf } from "./mlflow-values.ts";
import { repositoryName } from "./repository-name.ts";
import { countBatches, type Source, SourceError, type SourceOptions } from "./source.ts";
import { Warnings } from "./warnings.ts";

const run = promisify(execFile);
const longestMessage = 64 * 1024;

/** A stranger's repository may configure programs to run; none of them may, and nothing goes over the network. */
const safely = [
  "--no-pager",
  ...[
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "log.showSignature=false",
    "protocol.allow=never",
  ].flatMap((setting) => ["-c", setting]),
];

/** One commit: sha, parents, the ref it was reached by, seconds, author, message; each ends in NUL. */
const fields = ["%H", "%P", "%S", "%ct", "%an", "%B"] as const;

/**
 * The history of a git repository as a source: every commit of its branches, remote branches and tags, parents before
 * children.
 */
export async function openGitHistory(path: string, options: SourceOptions = {}): Promise<Source> {
  const folder = await git(path, "rev-parse", "--show-toplevel").catch(() =>
    git(path, "rev-parse", "--absolute-git-dir"),
  );
  const url = await git(path, "config", "--get", "remote.origin.url").catch(() => "");
  const repository = options.repository ?? repositoryName(url);
  const refs = await git(path, "for-each-ref", "--count=1", "refs/heads", "refs/remotes", "refs/tags");
  const hasHead = await git(path, "rev-parse", "--verify", "--quiet", "HEAD").then(Boolean, () => false);
  if (refs === "" && !hasHead)
    throw new SourceError(`${basename(folder)} is a git repository without commits`);
  const head = await git(path, "symbolic-ref", "--quiet", "HEAD").catch(() => "");
  const name = `git:${basename(folder).replace(/\.git$/, "") || basename(folder.replace(/\/\.git$/, ""))}`;
  const warnings = new Warnings();

  async function* records(): AsyncGenerator<ImportRecord> {
    const from = [...(hasHead ? ["HEAD"] : []), "--branches", "--remotes", "--tags"];
    for await (const values of log(path, from)) {
      yield { kind: "commits", record: commitOf(values, repository, head, warnings) };
    }
  }
  const batches = (): AsyncIterable<ImportBatch> => inBatches(name, records());
  return { name, batches, counts: () => countBatches(batches()), warnings: warnings.list };
}

function commitOf(values: string[], repository: string, head: string, warnings: Warnings): ImportedCommit {
  const [sha = "", parents = "", ref = "", seconds = "", author = "", message = ""] = values;
  const commit: ImportedCommit = { repository, sha, parents: parents.split(" ").filter(Boolean) };
  const branch = /^refs\/(?:heads|remotes\/[^/]+)\/(.+)$/.exec(ref === "HEAD" ? head : ref)?.[1];
  if (branch !== undefined && branch !== "HEAD") commit.branch = branch;
  const text = ownText(message.trimEnd());
  if (text.length > longestMessage)
    warnings.add(`Commit ${sha}: its message is cut to ${longestMessage} characters`);
  if (text !== "") commit.message = text.slice(0, longestMessage);
  const committedAt = instantOf(Number(seconds) * 1000);
  if (committedAt !== undefined) commit.committedAt = committedAt;
  if (author.trim() !== "") commit.attributedTo = ownText(author.trim());
  return commit;
}

/** Commits as lists of fields, as git writes them. */
async function* log(path: string, from: string[]): AsyncGenerator<string[]> {
  const format = fields.map((field) => `${field}%x00`).join("");
  const how = [
    "--reverse",
    "--topo-order",
    "--source",
    "--no-mailmap",
    "--encoding=UTF-8",
    `--format=tformat:${format}`,
  ];
  const child = spawn("git", [...safely, "-C", path, "log", ...how, ...from, "--"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint = (complaint + text).slice(0, 1_000);
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject).on("close", resolve);
  });
  ended.catch(() => {}); // heard below; a failing start must not end the process before
  try {
    let rest = "";
    let values: string[] = [];
    for await (const chunk of child.stdout.setEncoding("utf8")) {
      const parts = (rest + chunk).split("\0");
      rest = parts.pop()!;
      for (const part of parts) {
        values.push(values.length === 0 ? part.trimStart() : part);
        if (values.length < fields.length) continue;
        yield values;
        values = [];
      }
    }
    if ((await ended) !== 0) throw new SourceError(oneLine(complaint) || "git log failed");
  } finally {
    child.kill();
  }
}

async function git(path: string, ...args: string[]): Promise<string> {
  try {
    const { stdout } = await run("git", [...safely, "-C", path, ...args], { encoding: "utf8" });
    return stdout.trim();
  } catch (cause) {
    const { code, stderr } = cause as { code?: unknown; stderr?: string };
    if (code === "ENOENT") throw new SourceError("git is not installed, or not on the PATH");
    throw new SourceError(oneLine(stderr ?? "") || `${basename(path)} cannot be read by git`);
  }
}

function oneLine(text: string): string {
  return (text.split("\n").find((line) => line.trim() !== "") ?? "").replace(/^fatal: /, "");
}
