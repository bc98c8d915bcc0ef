import { beforeAll, describe, expect, it } from "vitest";
import type { Person } from "../support/access.ts";
import { runCli } from "../support/cli-process.ts";
import { candidateOf, type Governed, startGoverned } from "../support/governed.ts";

let governed: Governed;

beforeAll(async () => {
  governed = await startGoverned();
  return governed.world.close;
});

const stemma = ({ token }: Pick<Person, "token">, ...args: string[]) =>
  runCli(args, { server: { url: governed.world.url, token } });

async function eventHead(): Promise<string> {
  return (await governed.world.ask("{ eventHead }")).eventHead;
}

/** A model whose version 2 took Production from version 1. */
async function modelInTrouble(policy: object = {}): Promise<string> {
  const { ann, registry } = governed;
  const { model } = await candidateOf(governed, {});
  await ann.version(model);
  for (const number of [1, 2]) {
    await registry.promote(`${model}/${number}`, "Production", { archiveExisting: true });
  }
  await registry.mutate("setPolicy", { model, stage: "Production", ...policy }, "policy { id }");
  return model;
}

describe("stemma whatif", () => {
  it("says what is outstanding and who would be moved, and changes nothing; its exit code is the verdict", async () => {
    const { ann, rob, mia } = governed;
    const { model, version } = await candidateOf(governed, { approvalsNeeded: 1 });
    const before = await eventHead();
    const refused = await stemma(rob, "whatif", version, "production");
    expect(refused).toMatchObject({ code: 1, stderr: `stemma: ${version} may not go to production\n` });
    expect(refused.stdout).toContain(`${version}: None → Production\n`);
    expect(refused.stdout).toMatch(new RegExp(`^ {2}policy +revision 1: ${model} covers ${model}$`, "m"));
    expect(refused.stdout).toContain("  FAILED  approvals: 0 of 1 approvals\n");
    expect(refused.stdout).toMatch(
      new RegExp(`^ {2}outstanding +1 of 1; stemma request ${version} Production asks for them$`, "m"),
    );
    expect(refused.stdout).toMatch(new RegExp(`^ {2}effects +${version}: None → Production$`, "m"));
    expect(refused.stdout).toMatch(/^ {2}rights +somebody else must move it: you may not$/m);
    expect(await eventHead()).toBe(before);

    const { stdout } = await stemma(ann, "request", version, "production", "--json");
    const { id } = JSON.parse(stdout).transitionRequest;
    const asked = await stemma(mia, "whatif", version, "production");
    expect(asked.stdout).toMatch(new RegExp(`^ {2}outstanding +1 of 1; ${id} asks for it, PENDING$`, "m"));
    expect(asked.stdout).not.toContain("you may not");
  });

  it("exits with 0 where the move would be made", async () => {
    const { ann } = governed;
    const model = await modelInTrouble();
    const passes = await stemma(ann, "whatif", `${model}/1`, "production", "--archive-existing");
    expect(passes).toMatchObject({ code: 0, stderr: "" });
    expect(passes.stdout).toContain(`${model}/2: Production → Archived`);
    const json = await stemma(ann, "whatif", `${model}/1`, "production", "--json");
    expect(JSON.parse(json.stdout)).toMatchObject({ verdict: { allowed: true }, userErrors: [] });
    const nowhere = await stemma(ann, "whatif", `${model}/1`, "nowhere");
    expect(nowhere).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("to: expected") });
  });

  it.each<[number, string[], string]>([
    [1, ["nobody/3", "production"], "model version nobody/3 not found"],
    [2, ["nobody@latest", "production"], "version: expected"],
    [2, ["nobody/3"], "missing required argument 'stage'"],
  ])("exits with %i for %j", async (code, args, message) => {
    const ending = await stemma(governed.world, "whatif", ...args);
    expect(ending).toMatchObject({ code, stdout: "", stderr: expect.stringContaining(message) });
  });
});

describe("stemma promote", () => {
  it("lists every check where it is refused, and says whom to ask", async () => {
    const { mia } = governed;
    const { version } = await candidateOf(governed, { approvalsNeeded: 1 });
    const refused = await stemma(mia, "promote", version, "production");
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toContain("  passed  ready: the version is READY\n");
    expect(refused.stderr).toContain("  FAILED  approvals: 0 of 1 approvals\n");
    expect(refused.stderr).toMatch(
      /^stemma: refused: 0 of 1 approvals \(`stemma request` asks others for it\)$/m,
    );
    const json = await stemma(mia, "promote", version, "production", "--json");
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({ userErrors: [{ code: "APPROVAL_REQUIRED" }] });
  });
});

describe("stemma rollback", () => {
  const why = ["--reason", "false alarms doubled"];

  it("says what it would do, and gives the stage back in one act, once under one key", async () => {
    const { mia } = governed;
    const model = await modelInTrouble({ rollbackAliases: ["champion"] });
    const before = await eventHead();
    const tried = await stemma(mia, "rollback", model, "production", ...why, "--dry-run");
    expect(tried).toMatchObject({
      code: 0,
      stdout: `${model}/1 may go back to production; nothing was changed\n  ${model}/1: Archived → Production\n  ${model}/2: Production → Archived\n  champion: nowhere → ${model}/1\n`,
    });
    expect(await eventHead()).toBe(before);
    const command = ["rollback", model, "production", ...why, "--idempotency-key", `${model} incident`];
    const done = await stemma(mia, ...command);
    const said = `${model}/1 is in Production again\n@champion is on it\n${model}/2 is archived now\n`;
    expect(done).toMatchObject({ code: 0, stdout: said });
    const after = await eventHead();
    expect(await stemma(mia, ...command)).toMatchObject({ code: 0, stdout: said });
    expect(await eventHead()).toBe(after);
  });

  it("goes back to the version that is named, by number or reference", async () => {
    const { mia, ann } = governed;
    const model = await modelInTrouble();
    for (const to of ["1", `${model}/2`]) {
      const done = await stemma(mia, "rollback", model, "production", ...why, "--to", to, "--json");
      const uri = `models:/${model}/${to.split("/").pop()}`;
      expect(JSON.parse(done.stdout)).toMatchObject({
        modelVersion: { uri, stage: "Production" },
        userErrors: [],
      });
    }
    await ann.version(model);
    const never = await stemma(mia, "rollback", model, "production", ...why, "--to", "3");
    expect(never).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("has not stood in Production before"),
    });
  });

  it("takes the version that is named out, by number or reference, and only while it stands there", async () => {
    const { mia, ann, registry } = governed;
    const model = await modelInTrouble();
    await ann.version(model);
    await registry.promote(`${model}/3`, "Production");
    const unnamed = await stemma(mia, "rollback", model, "production", ...why);
    expect(unnamed).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("failed: expected the version"),
    });
    const failed = ["rollback", model, "production", ...why, "--failed"];
    expect(await stemma(mia, ...failed, "3")).toMatchObject({
      code: 0,
      stdout: `${model}/1 is in Production again\n${model}/3 is archived now\n`,
    });
    expect(await stemma(mia, ...failed, `${model}/3`)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`${model}/3 is in Archived; Production was expected`),
    });
  });

  it("lists every check where the policy wants approvals, tried out or not", async () => {
    const { mia } = governed;
    const model = await modelInTrouble({ approvalsNeeded: 1 });
    for (const more of [[], ["--dry-run"]]) {
      const refused = await stemma(mia, "rollback", model, "production", ...why, ...more);
      expect(refused).toMatchObject({ code: 1, stdout: "" });
      expect(refused.stderr).toContain("  FAILED  approvals: 0 of 1 approvals\n");
    }
  });

  it("needs the right to move versions there", async () => {
    const model = await modelInTrouble();
    const forbidden = await stemma(governed.ann, "rollback", model, "production", ...why);
    expect(forbidden).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("it needs stage:transition"),
    });
  });

  it.each<[number, string, string[], string]>([
    [2, "no reason", [], "required option '--reason <text>'"],
    [2, "an empty reason", ["--reason", " "], "reason: expected why"],
    [2, "latest", [...why, "--to", "risk.trouble@latest"], "latest is never a way into a stage"],
    [
      2,
      "a version of another model",
      [...why, "--to", "risk.elsewhere/1"],
      "expected a version of risk.trouble; got",
    ],
    [
      1,
      "a version that is not there",
      [...why, "--to", "risk.trouble/9"],
      "there is no such model or version",
    ],
    [1, "no earlier version", why, "no earlier version of risk.trouble has stood in Production"],
  ])("exits with %i for %s", async (code, _, more, message) => {
    const { registry } = governed;
    for (const name of ["risk.trouble", "risk.elsewhere"]) {
      const { model } = await governed.world.ask(`{ model(name: "${name}") { id } }`);
      if (model) continue;
      await registry.model(name);
      await registry.version(name);
    }
    const ending = await stemma(governed.mia, "rollback", "risk.trouble", "production", ...more);
    expect(ending).toMatchObject({ code, stdout: "", stderr: expect.stringContaining(message) });
  });
});
