import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import type { Person } from "../support/access.ts";
import { runCli } from "../support/cli-process.ts";
import { temporaryFolder } from "../support/foreign-stores.ts";
import { startGoverned } from "../support/governed.ts";

it("A policy is taken back at the revision that somebody has looked at, and a wider one holds", async () => {
  const { world, mia, ann } = await startGoverned();
  onTestFinished(world.close);
  const stemma = (by: Person, ...args: string[]) =>
    runCli(["policy", ...args], { server: { url: world.url, token: by.token } });
  const file = join(temporaryFolder(), "policies.yaml");
  writeFileSync(
    file,
    "[{ model: risk.left.*, stage: Production, approvalsNeeded: 1 }, { model: risk.left.one, stage: Production }]",
  );
  await stemma(mia, "set", "-f", file);
  const take = (by: Person, ...more: string[]) =>
    stemma(by, "delete", "risk.left.one", "production", ...more);
  expect(await take(ann)).toMatchObject({ code: 1, stderr: expect.stringContaining("policy:write") });
  expect(await take(mia, "--revision", "7")).toMatchObject({ code: 1, stdout: "" });
  expect(await take(mia, "--revision", "one")).toMatchObject({ code: 2, stdout: "" });
  expect(await take(mia, "--revision", "1")).toMatchObject({
    stderr: "",
    code: 0,
    stdout: "risk.left.one production: no policy of its own any more\n",
  });
  expect(await take(mia)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("a policy of risk.left.one"),
  });
  expect(await stemma(ann, "diff", "-f", file)).toMatchObject({
    code: 1,
    stdout: expect.stringContaining("added     risk.left.one Production\n"),
  });
});
