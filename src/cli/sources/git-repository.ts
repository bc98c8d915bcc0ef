import { execFile, spawn } from "node:child_process";
import { basename } from "node:path";
import { promisify } from "node:util";
import { repositoryName } from "./repository-name.ts";
import { SourceError, type SourceOptions } from "./source.ts";

const run = promisify(execFile);

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

/** A git repository with commits, opened for reading. */
export interface GitRepository {
  path: string;
  /** The name of its folder. */
  folder: string;
  /** What its commits call it: the URL of its remote, without credentials, or what the caller says; `""` where unknown. */
  repository: string;
  /** The ref that HEAD stands for; `""` where it is detached. */
  head: string;
  /** What all its commits are reached from: arguments for `git log`. */
  from: string[];
}

export async function openRepository(path: string, options: SourceOptions): Promise<GitRepository> {
  const root = await git(path, "rev-parse", "--show-toplevel").catch(() =>
    git(path, "rev-parse", "--absolute-git-dir"),
  );
  const url = await git(path, "config", "--get", "remote.origin.url").catch(() => "");
  const refs = await git(path, "for-each-ref", "--count=1", "refs/heads", "refs/remotes", "refs/tags");
  const hasHead = await git(path, "rev-parse", "--verify", "--quiet", "HEAD").then(Boolean, () => false);
  if (refs === "" && !hasHead) throw new SourceError(`${basename(root)} is a git repository without commits`);
  return {
    path,
    folder: basename(root).replace(/\.git$/, "") || basename(root.replace(/\/\.git$/, "")),
    repository: options.repository ?? repositoryName(url),
    head: await git(path, "symbolic-ref", "--quiet", "HEAD").catch(() => ""),
    from: [...(hasHead ? ["HEAD"] : []), "--branches", "--remotes", "--tags"],
  };
}

/** What git prints about what it is asked, in the pieces between NULs. */
export async function* gitPieces(
  path: string,
  args: readonly string[],
  asked: readonly string[] = [],
): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let rest = "";
  for await (const chunk of output(path, args, asked)) {
    const pieces = (rest + decoder.decode(chunk, { stream: true })).split("\0");
    rest = pieces.pop()!;
    yield* pieces;
  }
}

/** The sizes of objects in bytes, in the order asked for; null for one that is not there. */
export async function gitSizes(path: string, objects: readonly string[]): Promise<(number | null)[]> {
  let lines = "";
  for await (const chunk of output(path, ["cat-file", "--batch-check"], objects)) lines += chunk;
  return lines
    .trimEnd()
    .split("\n")
    .map((line) => Number(/^[0-9a-f]+ [a-z]+ (\d+)$/.exec(line)?.[1] ?? Number.NaN))
    .map((size) => (Number.isNaN(size) ? null : size));
}

/** The texts of objects that are there, in the order asked for; each is held in memory whole. */
export async function* gitTexts(path: string, objects: readonly string[]): AsyncGenerator<string> {
  let rest = Buffer.alloc(0);
  let size: number | null = null;
  for await (const chunk of output(path, ["cat-file", "--batch"], objects)) {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      if (size === null) {
        const end = rest.indexOf("\n");
        if (end < 0) break;
        size = Number(rest.toString("latin1", 0, end).split(" ").at(-1));
        rest = rest.subarray(end + 1);
      }
      if (rest.length < size + 1) break; // each ends in a newline of its own
      yield rest.toString("utf8", 0, size);
      rest = rest.subarray(size + 1);
      size = null;
    }
  }
}

/** What one git process prints about what it is asked, to its end; throws SourceError with its complaint where that is bad. */
async function* output(
  path: string,
  args: readonly string[],
  asked: readonly string[] = [],
): AsyncGenerator<Buffer> {
  const child = spawn("git", [...safely, "-C", path, ...args], { stdio: ["pipe", "pipe", "pipe"] });
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint = (complaint + text).slice(0, 1_000);
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject).on("close", resolve);
  });
  ended.catch(() => {}); // heard below; a failing start must not end the process before
  child.stdin.on("error", () => {}).end(asked.map((line) => `${line}\n`).join("")); // it may be gone before
  try {
    yield* child.stdout;
    if ((await ended) !== 0) throw new SourceError(oneLine(complaint) || `git ${args[0]} failed`);
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
