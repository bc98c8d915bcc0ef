import { expect, it } from "vitest";
import { runCli } from "../support/cli-process.ts";
import { commit, commitFiles, repository, tagAt } from "../support/small-repository.ts";
import { startWorld } from "../support/world.ts";

/** What a stranger's repository may hold, good and bad, at the ends of what names and texts may be. */
function oddRepository() {
  const { path, git } = repository();
  const far = `${"d".repeat(200)}/${"e".repeat(100)}`;
  const param = `      params.yaml:\n        ${"k".repeat(300)}: 1\n        long: ${"v".repeat(7_000)}\n        bad: .nan\n`;
  const use = `    - path: "${far}\\tx"\n      md5: "${"1".repeat(300)}"\n      size: .inf\n`;
  commitFiles(git, {
    "dvc.lock": `schema: '2.0'\nstages:\n  "a\\n b":\n    cmd: ${"c".repeat(20_000)}\n    deps:\n${use}    params:\n${param}`,
  });
  commitFiles(git, { "dvc.lock": "schema: '2.0'\nstages: &a [*a, *a]\n" });
  commit(git, "m".repeat(20_000));
  git("branch", "b".repeat(200));
  tagAt(git, 0, `team/${"n".repeat(200)}@v1.0.0`);
  tagAt(git, 1, `team/${"n".repeat(200)}#prod#1`);
  tagAt(git, 2, "m@v1.0.0-rc.1+build.5");
  tagAt(git, 3, "m#prod##2");
  git("-c", `user.name=${"t".repeat(300)}`, "tag", "-m", `${"w ".repeat(4_000)}end`, "m@v1.0.0");
  return path;
}

it("The command line takes over what is good in an odd repository, says what is not, and changes nothing again", async () => {
  const world = await startWorld();
  try {
    const path = oddRepository();
    for (const kind of ["dvc", "gto", "git"]) {
      const imported = async () => {
        const ending = await runCli(["import", kind, path, "--json"], { server: world });
        expect(ending, ending.stderr).toMatchObject({ code: 0, signal: null });
        return JSON.parse(ending.stdout);
      };
      const { imported: first, warnings } = await imported();
      expect(first).toBeGreaterThan(0);
      if (kind !== "git") expect(warnings.join("\n")).toMatch(/left out/);
      const { eventHead } = await world.ask("{ eventHead }");
      expect((await imported()).imported).toBe(0);
      expect(await world.ask("{ eventHead }")).toEqual({ eventHead });
    }
    const { models, runs, datasets } = await world.ask(
      `{ models { totalCount } modelVersions { totalCount } runs { totalCount } datasets { totalCount } commits { totalCount } }`,
    );
    expect([models.totalCount, runs.totalCount, datasets.totalCount]).toEqual([2, 2, 1]);
  } finally {
    await world.close();
  }
});
