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

/** The id of a request that ann makes. */
async function askedFor(version: string, ...more: string[]): Promise<string> {
  const { stdout } = await stemma(governed.ann, "request", version, "production", "--json", ...more);
  return JSON.parse(stdout).transitionRequest.id;
}

async function stageOf(version: string): Promise<string> {
  const { modelVersion } = await governed.world.ask(`{ modelVersion(ref: "${version}") { stage } }`);
  return modelVersion.stage;
}

const measured = (least: number) => ({
  approvalsNeeded: 1,
  gates: [{ kind: "METRIC", metric: "auc", compare: { op: "GE", value: least } }],
});

const checked = (name: string, says: string, passed = false) =>
  `  ${passed ? "passed" : "FAILED"}  ${name}: ${says}\n`;

describe("a request from the command line", () => {
  it("is made, shown to who may decide, approved, and moves the version with the last approval", async () => {
    const { ann, rob, rita } = governed;
    const { model, version } = await candidateOf(governed, { approvalsNeeded: 2 });
    const made = await stemma(ann, "request", version, "production", "--reason", "better on\u001b[31m all");
    expect(made).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(checked("approvals", "0 of 2 approvals")),
    });
    const [, id] = /^(trq_\d+) asks for risk\.m\d+\/1: None → Production\n/.exec(made.stdout)!;

    const inbox = await stemma(rob, "requests", "--awaits-me", "--model", model);
    expect(inbox.stdout).toMatch(
      new RegExp(
        `^${id} +${version} +None +Production +PENDING +ann +20\\S+ \\S+ +better on�\\[31m all$`,
        "m",
      ),
    );
    expect((await stemma(ann, "requests", "--awaits-me", "--model", model)).stdout).toBe(
      "Nothing awaits you.\n",
    );
    const shown = await stemma(rob, "review", id!);
    expect(shown).toMatchObject({ code: 0, stderr: "" });
    expect(shown.stdout).toContain(`${id} · PENDING · ${version}: None → Production\n`);
    expect(shown.stdout).toMatch(/^ {2}asked +20\S+ \S+ by ann$/m);
    expect(shown.stdout).toContain(checked("approvals", "0 of 2 approvals"));
    const [, seen] = /^ {2}evidence +([0-9a-f]{64})$/m.exec(shown.stdout)!;
    expect(shown.stdout).toContain(
      `You may decide: stemma approve ${id} --evidence ${seen}, stemma reject ${id} --comment WHY\n`,
    );
    expect((await stemma(ann, "review", id!)).stdout).toContain("You may not decide on it.\n");

    const other = await stemma(rob, "approve", id!, "--evidence", seen!.replace(/^./, "-"));
    expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining(`the evidence is ${seen} now`) });
    const first = await stemma(rob, "approve", id!, "--evidence", seen!, "--comment", "fine by me");
    expect(first).toMatchObject({
      code: 0,
      stdout: `${id} is approved by you, and PENDING; ${version} is in None still\n`,
      stderr: expect.stringContaining(checked("approvals", "1 of 2 approvals")),
    });
    expect((await stemma(rita, "review", id!)).stdout).toMatch(
      /^ {2}decisions +APPROVE by rob, .*: fine by me$/m,
    );
    const last = await stemma(rita, "approve", id!);
    expect(last).toMatchObject({
      code: 0,
      stdout: `${id} is applied: ${version} is in Production now\n  ${version}: None → Production\n`,
    });
    expect(await stageOf(version)).toBe("Production");
    const late = await stemma(rob, "approve", id!);
    expect(late).toMatchObject({ code: 1, stdout: "", stderr: `stemma: ${id} is APPLIED already\n` });
  });

  it("shows that an approval counts no more once evidence or policy has changed", async () => {
    const { ann, rob, registry } = governed;
    const { model, version } = await candidateOf(governed, { approvalsNeeded: 2 });
    const id = await askedFor(version);
    await stemma(rob, "approve", id);
    await registry.mutate("setPolicy", { model, stage: "Production", approvalsNeeded: 3 }, "policy { id }");
    const byPolicy = await stemma(ann, "review", id);
    expect(byPolicy.stdout).toContain(`${id} · STALE · `);
    expect(byPolicy.stdout).toMatch(
      /APPROVE by rob, .* · STALE: the policy has changed since, so it does not count$/m,
    );
    const metrics = [{ key: "auc", value: 0.9 }];
    await registry.mutate("logModelVersionMetrics", { version, metrics }, "modelVersion { id }");
    expect((await stemma(ann, "review", id)).stdout).toContain("STALE: the evidence has changed since");
    expect((await stemma(ann, "requests", "--model", model)).stdout).toMatch(
      new RegExp(`^${id} .* STALE `, "m"),
    );
  });

  it("waits, approved, for a check that fails, and says which", async () => {
    const { rob } = governed;
    const { version } = await candidateOf(governed, measured(0.9));
    const id = await askedFor(version);
    const approved = await stemma(rob, "approve", id);
    expect(approved.stdout).toBe(
      `${id} is approved by you, and APPROVED; ${version} is in None still\nOnce what failed above passes: stemma promote ${version} Production\n`,
    );
    expect(approved.stderr).toMatch(/^ {2}FAILED {2}metric auc: /m);
    expect(JSON.parse((await stemma(rob, "review", id, "--json")).stdout)).toMatchObject({
      status: "APPROVED",
      verdict: { allowed: false },
    });
  });

  it("is rejected with a reason, which ends it", async () => {
    const { ann, rob } = governed;
    const { model, version } = await candidateOf(governed);
    const id = await askedFor(version);
    expect((await stemma(rob, "reject", id)).code).toBe(2);
    const rejected = await stemma(rob, "reject", id, "--comment", "not on holdout");
    expect(rejected).toMatchObject({
      code: 0,
      stdout: `${id} is rejected; ${version} stays in None\n`,
      stderr: "",
    });
    expect((await stemma(ann, "requests", "--model", model)).stdout).toBe("No requests.\n");
    const all = await stemma(ann, "requests", "--model", model, "--all", "--json");
    expect(JSON.parse(all.stdout)).toMatchObject([{ id, status: "REJECTED" }]);
    const shown = await stemma(ann, "review", id);
    expect(shown.stdout).toMatch(/^ {2}decisions +REJECT by rob, .*: not on holdout$/m);
    expect(shown.stdout).not.toContain("Judged now");
    const again = await stemma(rob, "reject", id, "--comment", "not on holdout");
    expect(again).toMatchObject({ code: 1, stderr: `stemma: ${id} is REJECTED already\n` });
  });

  it("is taken back, and made anew", async () => {
    const { ann, rita } = governed;
    const { version } = await candidateOf(governed);
    const id = await askedFor(version);
    const twin = await stemma(ann, "request", version, "production");
    expect(twin).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining(`${id} asks for that already`),
    });
    expect((await stemma(rita, "withdraw", id)).code).toBe(1);
    const withdrawn = await stemma(ann, "withdraw", id);
    expect(withdrawn).toMatchObject({
      code: 0,
      stdout: `${id} is withdrawn: ${version} stays out of Production\n`,
    });
    expect((await stemma(ann, "withdraw", id)).stderr).toBe(`stemma: ${id} is WITHDRAWN already\n`);
    expect(await askedFor(version)).not.toBe(id);
  });

  it("is tried out first, with what would hold it up", async () => {
    const { world, ann } = governed;
    const { version } = await candidateOf(governed, measured(0.9));
    const { eventHead } = await world.ask("{ eventHead }");
    const tried = await stemma(ann, "request", version, "production", "--dry-run");
    expect(tried).toMatchObject({
      code: 0,
      stdout: `${version} may be asked for; what failed above would hold it up; nothing was changed\n  ${version}: None → Production\n`,
    });
    expect((await world.ask("{ eventHead }")).eventHead).toBe(eventHead);
  });

  it("acts once under one idempotency key, whatever it does", async () => {
    const { ann, rob, world } = governed;
    const { version } = await candidateOf(governed);
    const twice = async (who: Person, ...args: string[]) => {
      const command = [...args, "--idempotency-key", `${version} ${args[0]}`];
      const first = await stemma(who, ...command);
      const { eventHead } = await world.ask("{ eventHead }");
      expect((await stemma(who, ...command)).code).toBe(0);
      expect((await world.ask("{ eventHead }")).eventHead).toBe(eventHead);
      return first.stdout;
    };
    const [id] = /trq_\d+/.exec(await twice(ann, "request", version, "production"))!;
    await twice(rob, "reject", id!, "--comment", "no");
    const [next] = /trq_\d+/.exec((await stemma(ann, "request", version, "production")).stdout)!;
    await twice(ann, "withdraw", next!);
    await twice(rob, "approve", await askedFor(version));
    expect(await stageOf(version)).toBe("Production");
  });
});

describe("the command line refuses, in one line,", () => {
  it.each<[number, string, string[], string]>([
    [
      1,
      "to show a request that is not there",
      ["review", "trq_999999"],
      "trq_999999: there is no such request",
    ],
    [2, "what is no request", ["review", "fraud"], "id: expected"],
    [
      1,
      "to approve one that is not there",
      ["approve", "trq_999999"],
      "transition request trq_999999 not found",
    ],
    [2, "to approve what is no request", ["approve", "mv_1"], "request: expected"],
    [2, "to reject without a word", ["reject", "trq_1"], "required option '--comment <text>'"],
    [1, "to withdraw one that is not there", ["withdraw", "trq_999999"], "not found"],
    [1, "a request about a version that is not there", ["request", "nobody/3", "Production"], "not found"],
    [2, "a request for latest", ["request", "risk.none@latest", "Production"], "version: expected"],
    [
      1,
      "the requests of a model that is not there",
      ["requests", "--model", "nobody"],
      "model nobody not found",
    ],
  ])("with %i %s", async (code, _, args, message) => {
    const ending = await stemma(governed.world, ...args);
    expect({ code: ending.code, stdout: ending.stdout }).toEqual({ code, stdout: "" });
    expect(ending.stderr).toContain(message);
    const lines = ending.stderr.trim().split("\n");
    expect(lines.filter((line) => !line.startsWith("("))).toHaveLength(1);
  });

  it("to let who asks decide, and says which right is missing", async () => {
    const { ann, rob } = governed;
    const { version } = await candidateOf(governed);
    const id = await askedFor(version);
    const own = await stemma(ann, "approve", id);
    expect(own).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining("it needs transition:review on risk."),
    });
    expect((await stemma(rob, "request", version, "production")).stderr).toContain(
      "it needs transition:request",
    );
  });
});
