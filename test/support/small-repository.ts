import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { temporaryFolder } from "./foreign-stores.ts";

/** Runs git in a repository. */
export type Git = (...args: string[]) => string;

/** A repository without commits, which goes when the test is over. */
export function repository(): { path: string; git: Git } {
  const path = temporaryFolder();
  const who = ["-c", "user.name=Ada Ü", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false"];
  const git = (...args: string[]) =>
    execFileSync("git", ["-C", path, ...who, ...args], { encoding: "utf8", stdio: "pipe" }).trim();
  git("init", "--quiet", "--initial-branch=main");
  return { path, git };
}

/** Commits what is staged; answers the sha. */
export function commit(git: Git, message: string): string {
  git("commit", "--quiet", "--allow-empty", "--date=2024-01-02T03:04:05+02:00", "-m", message);
  return git("rev-parse", "HEAD");
}

/** Commits files, given as path → text; answers the sha. */
export function commitFiles(git: Git, files: Record<string, string>): string {
  const root = git("rev-parse", "--show-toplevel");
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  git("add", "--all");
  return commit(git, `Change ${Object.keys(files).join(", ")}`);
}

/** Tags a commit with a message, so many seconds into 2024; answers that instant. */
export function tagAt(git: Git, second: number, name: string, target = "HEAD"): string {
  const at = Date.UTC(2024, 0, 1) + second * 1_000;
  const head = `object ${git("rev-parse", target)}\ntype commit\ntag ${name}\ntagger Bo <> ${at / 1_000} +0000`;
  const root = git("rev-parse", "--show-toplevel");
  const input = `${head}\n\nSays ${name}\n`;
  const tag = execFileSync("git", ["-C", root, "mktag"], { encoding: "utf8", input }).trim();
  git("update-ref", `refs/tags/${name}`, tag);
  return new Date(at).toISOString();
}
