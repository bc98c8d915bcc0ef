import { beforeAll, expect, it } from "vitest";
import { runCli } from "../support/cli-process.ts";
import { startVault, type VaultStory } from "../support/vault-story.ts";

let story: VaultStory;

beforeAll(async () => {
  story = await startVault();
  return story.world.close;
});

const stemma = (token: string, ...args: string[]) =>
  runCli(args, { server: { url: story.world.url, token } });

it("says of a journal that is seen in part that nothing can be said, and never that it was rewritten", async () => {
  const { people } = story;
  for (const { token } of [people.viewer, people.admin, people.nobody]) {
    const { code, stdout, stderr } = await stemma(token, "audit", "verify");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("you see only a part of the journal");
    expect(stderr).not.toMatch(/rewritten|missing|does not fit/);
  }
});

it("draws hidden nodes between others without a name", async () => {
  const { code, stdout } = await stemma(story.people.viewer.token, "lineage", "risk.tuned/1");
  expect(code).toBe(0);
  expect(stdout).toContain("(a model version that you may not see)");
  expect(stdout).toContain("(a run that you may not see)");
  expect(stdout).toContain("data features @ features-dig");
  for (const secret of story.secrets) expect(stdout).not.toContain(secret.replaceAll('"', ""));
});
