import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openGitHistory } from "../../src/cli/sources/git-history.ts";
import { SourceError } from "../../src/cli/sources/source.ts";
import { everything, listOf, temporaryFolder } from "../support/foreign-stores.ts";
import { commit, repository } from "../support/small-repository.ts";

describe("the history of a git repository", () => {
  it("comes parents first, with message, author and the repository's name without credentials", async () => {
    const { path, git } = repository();
    git("remote", "add", "origin", "https://me:secret@git.example/team/models.git");
    const first = commit(git, "Start\n\nA body of\ntwo lines");
    git("checkout", "--quiet", "-b", "try/one");
    const second = commit(git, "Try");
    git("checkout", "--quiet", "main");
    const third = commit(git, "Go on");
    git("merge", "--quiet", "--no-ff", "-m", "Merge", "try/one");
    const merge = git("rev-parse", "HEAD");
    git("checkout", "--quiet", "--detach", first);
    const tagged = commit(git, "Only tagged");
    git("tag", "v1");
    git("checkout", "--quiet", "main");

    const source = await openGitHistory(path);
    const { commits } = await everything(source);
    const bySha = new Map(commits.map((one) => [one.sha, one]));
    expect([...bySha.keys()].sort()).toEqual([first, second, third, merge, tagged].sort());
    for (const [index, one] of commits.entries()) {
      for (const parent of one.parents!)
        expect(commits.slice(0, index).map((before) => before.sha)).toContain(parent);
    }
    expect(bySha.get(first)).toMatchObject({
      repository: "https://git.example/team/models.git",
      message: "Start\n\nA body of\ntwo lines",
      attributedTo: "Ada Ü",
      parents: [],
    });
    expect(bySha.get(merge)).toMatchObject({ parents: [third, second], branch: "main" });
    expect(bySha.get(tagged)).not.toHaveProperty("branch");
    expect(new Date(bySha.get(first)!.committedAt!).getTime()).toBe(
      Number(git("log", "-1", "--format=%ct", first)) * 1000,
    );
    expect(JSON.stringify(commits)).not.toMatch(/secret|example\.org/);
    expect(await source.counts()).toMatchObject({ commits: 5, runs: 0 });
    expect(await listOf(source.batches())).toEqual(await listOf(source.batches()));
  });

  it("is named by no repository where there is no remote", async () => {
    const { path, git } = repository();
    commit(git, "Start");
    expect((await everything(await openGitHistory(path))).commits[0]?.repository).toBe("");
    const named = await openGitHistory(path, { repository: "team/models" });
    expect((await everything(named)).commits[0]?.repository).toBe("team/models");
  });

  it("runs no program that the repository asks for", async () => {
    const { path, git } = repository();
    commit(git, "Start");
    const trace = join(temporaryFolder(), "trace");
    const program = join(path, "program.sh");
    writeFileSync(program, `#!/bin/sh\ntouch ${trace}\n`, { mode: 0o755 });
    for (const setting of ["core.fsmonitor", "gpg.program", "core.pager", "pager.log", "diff.external"])
      git("config", setting, program);
    git("config", "log.showSignature", "true");
    expect((await everything(await openGitHistory(path))).commits).toHaveLength(1);
    expect(() => execFileSync("test", ["-e", trace])).toThrow();
  });

  it("is refused where there is no repository, or none with commits", async () => {
    await expect(openGitHistory(temporaryFolder())).rejects.toThrow(/not a git repository/);
    const { path } = repository();
    await expect(openGitHistory(path)).rejects.toThrow(SourceError);
    await expect(openGitHistory(path)).rejects.toThrow(/without commits/);
    await expect(openGitHistory(join(path, "nowhere"))).rejects.toThrow(/No such file or directory/);
  });
});
