import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { Person } from "../support/access.ts";
import { type Ending, runCli } from "../support/cli-process.ts";
import { temporaryFolder } from "../support/foreign-stores.ts";
import { type Governed, startGoverned } from "../support/governed.ts";

let governed: Governed;

beforeAll(async () => {
  governed = await startGoverned();
  return governed.world.close;
});

const stemma = ({ token }: Pick<Person, "token">, ...args: string[]) =>
  runCli(["policy", ...args], { server: { url: governed.world.url, token } });

function fileOf(text: string | Buffer): string {
  const path = join(temporaryFolder(), "policies.yaml");
  writeFileSync(path, text);
  return path;
}

async function eventHead(): Promise<string> {
  return (await governed.world.ask("{ eventHead }")).eventHead;
}

const changesOf = ({ stdout }: Ending) =>
  JSON.parse(stdout) as { change: string; model: string; revision: number }[];

const whole = `
model: risk.whole.*   # a document of its own
stage: production
approvalsNeeded: 2
isFourEyes: false
approverRoles: [APPROVER]
promoterRoles: [MAINTAINER, ADMIN]
breakGlassRoles: [ADMIN]
maxVersions: 1
onFull: archive-existing
rollbackNeedsApproval: false
rollbackAliases: [champion]
gates:
  - { kind: metric, metric: auc, dataset: "2026", split: test, slice: "age < 25", compare: { op: ge, value: 0.9 } }
  - { kind: METRIC, metric: f1, compare: { op: GE, alias: champion, tolerance: 0.01 } }
  - { kind: METRIC, metric: p99, compare: { op: LE, stage: Production } }
  - { kind: DISPARITY, metric: auc, compare: { op: LE, value: 0.1 } }
  - { kind: PARAM, key: "no", value: "yes" }
  - { kind: FORMAT, formats: [onnx] }
  - { kind: VALIDATION, withinDays: 90 }
  - { kind: BUNDLE, roles: [weights] }
  - { kind: COMPATIBLE_SIGNATURE, compatibility: FULL }
---
- model: risk.whole.guarded
  stage: Production
  preset: guarded
  maxVersions:        # nothing: any number
- { model: risk.whole.guarded, stage: Staging }
`;

describe("policies in a file", () => {
  it("are compared, set, unchanged the second time, and come out as they went in", async () => {
    const { world, mia, ann } = governed;
    const file = fileOf(whole);
    const before = await eventHead();
    const ahead = await stemma(ann, "diff", "-f", file);
    expect(ahead).toMatchObject({ code: 1, stderr: "stemma: 3 of 3 policies would change\n" });
    expect(ahead.stdout).toContain("added     risk.whole.* Production\n  approvalsNeeded: 2\n");
    expect(await eventHead()).toBe(before);

    const set = await stemma(mia, "set", "-f", file);
    expect(set).toMatchObject({ code: 0, stderr: "" });
    expect(set.stdout).toContain("added     risk.whole.guarded Production (revision 1)\n");
    expect(set.stdout).toContain("  gates.1.compare.tolerance: 0.01\n");
    const after = await eventHead();
    expect(after).not.toBe(before);
    const again = await stemma(mia, "set", "-f", file);
    expect(again).toMatchObject({
      code: 0,
      stdout:
        "unchanged risk.whole.* Production (revision 1)\nunchanged risk.whole.guarded Production (revision 1)\nunchanged risk.whole.guarded Staging (revision 1)\n",
    });
    const got = await stemma(ann, "get", "--yaml");
    expect(got.stdout).toContain('- kind: PARAM\n      key: "no"\n      value: "yes"\n');
    const back = await stemma(mia, "set", "-f", fileOf(got.stdout), "--json");
    expect(new Set(changesOf(back).map(({ change }) => change))).toEqual(new Set(["UNCHANGED"]));
    expect(await stemma(ann, "diff", "-f", fileOf(got.stdout))).toMatchObject({ code: 0, stderr: "" });
    expect(await eventHead()).toBe(after);
    const piped = await runCli(["policy", "diff", "-f", "-"], { server: world, input: got.stdout });
    expect(piped.code).toBe(0);
  });

  it("differ field by field, and those that only the server has are told and stay", async () => {
    const { mia, ann } = governed;
    const policy = (least: number, more = "") =>
      `{ model: risk.field, stage: Production, approvalsNeeded: 1, ${more} gates: [{ kind: METRIC, metric: auc, compare: { op: GE, value: ${least} } }] }`;
    await stemma(mia, "set", "-f", fileOf(policy(0.9)));
    await stemma(mia, "set", "-f", fileOf("{ model: risk.unnamed, stage: Production, approvalsNeeded: 3 }"));
    const changed = fileOf(
      policy(0.92, "approverRoles: [APPROVER, MAINTAINER],").replace("MAINTAINER", "ADMIN"),
    );
    const diff = await stemma(ann, "diff", "-f", changed);
    expect(diff).toMatchObject({ code: 1, stderr: "stemma: 1 of 1 policies would change\n" });
    expect(diff.stdout).toContain(
      "changed   risk.field Production (revision 1)\n  approverRoles: nothing → ADMIN, APPROVER\n  gates.0.compare.value: 0.9 → 0.92\n",
    );
    expect(diff.stdout).toContain("not named risk.unnamed Production (revision 1)\n");
    const set = await stemma(mia, "set", "-f", changed);
    expect(set.stdout).toMatch(/^changed {3}risk\.field Production \(revision 2\)$/m);
    expect(set.stdout).not.toContain("risk.unnamed");
    expect((await stemma(ann, "diff", "-f", changed)).code).toBe(0);
    const exact = await stemma(ann, "diff", "-f", changed, "--exact");
    expect(exact).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^stemma: the server has \d+ polic(y|ies) that the file does not name\n$/,
      ),
    });
    expect((await stemma(ann, "get", "risk.unnamed", "production")).stdout).toMatch(
      /^risk\.unnamed +Production +1 +3 +- /m,
    );
  });

  it("are not set at all by who may not set each of them", async () => {
    const { mia } = governed;
    const before = await eventHead();
    const file = fileOf(
      `[{ model: risk.mine, stage: Staging }, { model: "*", stage: Staging, maxVersions: 9 }]`,
    );
    const forbidden = await stemma(mia, "set", "-f", file);
    expect(forbidden).toMatchObject({ code: 1, stdout: "" });
    expect(forbidden.stderr).toMatch(/^stemma: you may not set \* Staging: .*; nothing was changed\n$/);
    expect(await eventHead()).toBe(before);
  });
});

describe("stemma policy explain", () => {
  it("says which policy holds for a model or a version, and why", async () => {
    const { registry, mia, ann } = governed;
    await registry.model("risk.why.one");
    await registry.version("risk.why.one");
    await stemma(
      mia,
      "set",
      "-f",
      fileOf(`[{ model: risk.*, stage: Archived, approvalsNeeded: 1 },
      { model: risk.why.*, stage: Archived, approvalsNeeded: 2, gates: [{ kind: CARD }] }]`),
    );
    for (const reference of ["risk.why.one", "risk.why.one/1"]) {
      const { code, stdout } = await stemma(ann, "explain", reference, "archived");
      expect(code).toBe(0);
      expect(stdout).toContain("risk.why.one Archived: the policy of risk.why.*, revision 1\n");
      expect(stdout).toMatch(
        /^ {2}why +risk\.why\.\* covers risk\.why\.one, which is nearer than risk\.\*$/m,
      );
      expect(stdout).toMatch(/^ {2}asks for +approvalsNeeded: 2$/m);
      expect(stdout).toContain("gates.0.kind: CARD\n");
    }
    const open = await stemma(ann, "explain", "risk.why.one", "staging");
    expect(open.stdout).toBe(
      "risk.why.one Staging: no policy\n  why           no policy is set for this stage: whoever may move versions moves them\n",
    );
    const json = await stemma(ann, "explain", "risk.why.one", "archived", "--json");
    expect(JSON.parse(json.stdout)).toMatchObject({ model: "risk.why.*", approvalsNeeded: 2 });
    expect(await stemma(ann, "explain", "risk.nobody", "archived")).toMatchObject({ code: 1, stdout: "" });
    expect(await stemma(ann, "explain", "risk.nobody/3", "archived")).toMatchObject({ code: 1, stdout: "" });
    expect((await stemma(ann, "explain", "risk.why.one", "nowhere")).stderr).toContain("stage: expected");
    expect(await stemma(ann, "get", "risk.nobody")).toMatchObject({
      code: 1,
      stderr: "stemma: risk.nobody: no policy is set for it\n",
    });
  });
});

describe("a file is refused as a whole, naming the place, with", () => {
  const first = "{ model: risk.first, stage: Staging, approvalsNeeded: 1 }";
  const second = (more: string) => `- ${first}\n- { model: risk.bad, stage: Staging, ${more} }`;
  const metric = (compare: string) => `gates: [{ kind: METRIC, metric: auc, compare: ${compare} }]`;
  it.each<[string, string | Buffer, string]>([
    ["an unknown key", second("approvals: 2"), "policy 2: expected only model, stage,"],
    [
      "an unknown key of a gate",
      second("gates: [{ kind: CARD, fresh: true }]"),
      "policy 2: gates.0: expected only kind",
    ],
    [
      "a key twice",
      second("maxVersions: 1, maxVersions: 2"),
      "policy 2: maxVersions: expected it once; got it twice",
    ],
    ["no stage", "model: risk.bad", "policy 1: stage: expected a text; got nothing"],
    [
      "a threshold of NaN",
      second(metric("{ op: GE, value: .nan }")),
      "gates.0.compare.value: expected a finite number; got .nan",
    ],
    [
      "an infinite threshold",
      second(metric("{ op: GE, value: 1e999 }")),
      "expected a finite number; got 1e999",
    ],
    ["a text for a number", second('maxVersions: "1"'), 'maxVersions: expected a whole number; got "1"'],
    [
      "a fraction of an approval",
      second("approvalsNeeded: 1.5"),
      "approvalsNeeded: expected a whole number; got 1.5",
    ],
    ["no for false", second("isFourEyes: no"), 'isFourEyes: expected true or false; got "no"'],
    ["an unknown gate", second("gates: [{ kind: VIBES }]"), "gates.0.kind: expected one of METRIC, "],
    [
      "a number for a text",
      second("gates: [{ kind: TAG, key: a, value: 1 }]"),
      "gates.0.value: expected a text; got 1",
    ],
    [
      "contradictory settings",
      second("onFull: ARCHIVE_EXISTING"),
      "policy 2 (risk.bad Staging): maxVersions: expected a number",
    ],
    [
      "bounds that nothing meets",
      second(
        `gates: [{ kind: METRIC, metric: a, compare: { op: GE, value: 2 } }, { kind: METRIC, metric: a, compare: { op: LE, value: 1 } }]`,
      ),
      "gates.1.compare.value: expected",
    ],
    [
      "a gate that lacks something",
      second("gates: [{ kind: METRIC, metric: auc }]"),
      "gates.0.compare: expected",
    ],
    [
      "an unknown role",
      second("approverRoles: [NOBODY]"),
      "policy 2 (risk.bad Staging): approverRoles.0: role NOBODY not found",
    ],
    [
      "a role that cannot review",
      second("approverRoles: [VIEWER]"),
      "approverRoles.0: expected a role that allows",
    ],
    [
      "a pattern that is none",
      `- ${first}\n- { model: ri*k, stage: Staging }`,
      "model: expected *, a dotted prefix",
    ],
    ["an unknown stage", `- ${first}\n- { model: risk.bad, stage: Nowhere }`, "stage: expected"],
    ["a policy twice", `- ${first}\n- ${first.replace("Staging", "STAGING")}`, "expected each policy once"],
    ["a bare *", `- ${first}\n- model: *all\n  stage: Staging`, "a text that begins with * needs quotes"],
    ["an alias bomb", `a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]`, "policy 1: expected only model"],
    [
      "aliases",
      second("approverRoles: &r [APPROVER], promoterRoles: *r"),
      "promoterRoles: expected no alias of YAML",
    ],
    ["no YAML", "model: [", "expected YAML; got a mistake at line 1"],
    ["nothing", "# nothing\n", "expected a policy, or a list of policies; got nothing"],
    ["a text", "hello", 'expected a policy, or a list of policies; got "hello"'],
    ["a list in a list", `- [${first}]`, "policy 1: expected a mapping of model, stage"],
    ["a very deep text", "[".repeat(100_000), "expected YAML of at most 20 levels"],
    ["very many tokens", "- a\n".repeat(100_000), "expected at most 200000 tokens of YAML; got more"],
    ["very many policies", "- a\n".repeat(1_001), "expected at most 1000 policies; got 1001"],
    ["deep lists in a line", `${"- ".repeat(50_000)}x`, "expected YAML of at most 20 levels"],
    [
      "5 MB",
      Buffer.alloc(5 * 1024 * 1024, "# comment\n"),
      "expected at most 1048576 bytes of YAML; got more",
    ],
    ["no UTF-8", Buffer.from([0x61, 0x3a, 0xff, 0xfe]), "expected UTF-8; got other bytes"],
  ])("%s", async (_, text, message) => {
    const before = await eventHead();
    const file = fileOf(text);
    const { code, stdout, stderr } = await stemma(governed.mia, "set", "-f", file);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(`stemma: ${file}: `);
    expect(stderr).toContain(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(await eventHead()).toBe(before);
  });

  it("no such file, and a folder", async () => {
    for (const file of ["no-such.yaml", "."]) {
      const ending = await stemma(governed.mia, "diff", "-f", file);
      expect(ending).toMatchObject({
        code: 2,
        stdout: "",
        stderr: expect.stringContaining(`stemma: ${file}: E`),
      });
    }
    expect((await stemma(governed.mia, "set")).code).toBe(2);
  });
});
