import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { deadServer, runCli } from "../support/cli-process.ts";
import { temporaryFolder } from "../support/foreign-stores.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  return world.close;
});

const stemma = (...args: string[]) => runCli(args, { server: world });

/** A command that must be done: what it printed. */
async function printed(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await stemma(...args);
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}

/** A model whose version 2 is made from version 1, each by a run from data and code. */
async function modelWithAPast(name: string): Promise<void> {
  await registry.model(name, {
    owner: "risk-team",
    description: "Scores\u001b[31m applicants\nand explains",
  });
  for (const number of [1, 2]) {
    const runId = Buffer.from(`${name}-${number}`).toString("hex").padEnd(32, "0").slice(0, 32);
    await registry.mutate(
      "createRun",
      {
        experiment: "Default",
        runId,
        name: `train-${name}-${number}`,
        commit: { repository: "risk", sha: runId.padEnd(40, "1"), message: "Train\n\nlonger" },
        datasets: [{ name: `${name}-data`, digest: "d1", role: "train" }],
      },
      "run { id }",
    );
    await registry.mutate("finishRun", { runId, status: "FINISHED" }, "run { id }");
    await registry.version(name, {
      runId,
      params: [{ key: "depth", value: "7" }],
      metrics: [{ key: "auc", value: 0.9 }],
      parents: number === 2 ? [{ version: `${name}/1`, relation: "finetune" }] : [],
    });
  }
}

describe("the command line", () => {
  it("lists models, and shows one and its versions", async () => {
    await modelWithAPast("shown");
    await registry.promote("shown/1", "Production");
    await registry.mutate("setAlias", { model: "shown", alias: "champion", version: 2 });
    expect(await printed("models")).toMatch(/^shown +2 +None +1 +risk-team +20\d\d-/m);
    const model = await printed("show", "shown");
    expect(model).toMatch(/^ {2}description +Scores�\[31m applicants and explains$/m);
    expect(model).toMatch(/^ {2}aliases +champion → 2$/m);
    const version = await printed("show", "shown@champion");
    expect(version).toContain("shown/2 · None\n");
    expect(version).toMatch(/^ {2}derived from +models:\/shown\/1 \(finetune\)$/m);
    expect(version).toMatch(/^ {2}params +depth = 7$/m);
    expect(version).toMatch(/^ {2}metrics +auc = 0\.9$/m);
    const json = JSON.parse(await printed("show", "shown/2", "--json"));
    expect(json).toMatchObject({ uri: "models:/shown/2", aliases: ["champion"] });
    const models = JSON.parse(await printed("models", "--json"));
    expect(models).toContainEqual(expect.objectContaining({ name: "shown", inStage: [{ number: 1 }] }));
  });

  it("draws where a version came from, and where it went", async () => {
    await modelWithAPast("drawn");
    const up = (await printed("lineage", "drawn/2")).trimEnd().split("\n");
    expect(up[0]).toBe("drawn/2");
    expect(up.map((line) => line.replace(/^[│ ├└─]+/, ""))).toEqual([
      "drawn/2",
      expect.stringMatching(/^(run train-drawn-2 {2}← produced|drawn\/1 {2}← derived \(finetune\))$/),
      ...Array.from({ length: 6 }, () => expect.any(String)),
    ]);
    expect(up.join("\n")).toMatch(/─ data drawn-data @ d1 {2}← consumed \(train\)/);
    expect(up.join("\n")).toMatch(/─ commit [0-9a-f1]{12} "Train" in risk {2}← code of/);
    expect(await printed("lineage", "drawn/1", "--down")).toBe("drawn/1\n└─ drawn/2  → derived (finetune)\n");
    const near = await printed("lineage", "drawn/2", "--depth", "1");
    expect(near).not.toContain("drawn-data");
    expect(near).toContain("…");
    const { nodes, edges } = JSON.parse(await printed("lineage", "drawn/2", "--json"));
    expect(nodes).toHaveLength(7);
    expect(edges).toContainEqual(expect.objectContaining({ type: "DERIVED", role: "finetune" }));
  });

  it("moves a version between stages, says what it archives, and tries it out first", async () => {
    await modelWithAPast("moved");
    expect(await printed("promote", "moved/1", "production")).toContain(
      "moved/1 is in Production now; it was in None",
    );
    const tried = await printed("promote", "moved/2", "Production", "--archive-existing", "--dry-run");
    expect(tried).toContain("moved/2 may go to Production; nothing was changed");
    const done = await printed(
      "promote",
      "moved/2",
      "Production",
      "--archive-existing",
      "--comment",
      "better",
    );
    expect(done).toContain("moved/2 is in Production now");
    expect(done).toContain("moved/1 is archived now");
    expect(await printed("promote", "moved/2", "Production")).toContain("already; nothing was changed");
    const late = await stemma("promote", "moved/2", "Archived", "--expected-stage", "Staging");
    expect(late.code).toBe(1);
    expect(late.stderr).toContain("moved/2 is in Production; Staging was expected");
  });

  it("checks the journal, and says what to keep", async () => {
    await registry.model("audited");
    const said = await printed("audit", "verify");
    const { eventHead } = await world.ask("{ eventHead }");
    expect(said).toMatch(/^The journal is whole: [\d,]+ entr(?:y|ies), each fits the one before\.$/m);
    expect(said).toContain(`--expect ${eventHead}`);
    expect(JSON.parse(await printed("audit", "verify", "--json", "--expect", eventHead))).toMatchObject({
      cursor: eventHead,
      fault: null,
    });
    const foreign = Buffer.from(`1.${"0".repeat(16)}`).toString("base64url");
    const rewritten = await stemma("audit", "verify", "--expect", foreign);
    expect(rewritten.code).toBe(1);
    expect(rewritten.stderr).toContain("entry 1 does not fit: it is another entry than the one noted");
  });

  it("tells of changes as they happen, until it is asked to stop, and where to go on", async () => {
    const program = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
    const { eventHead } = await world.ask("{ eventHead }");
    const args = ["watch", "--model", "watched", "--type", "model.created", "--after", eventHead];
    await registry.model("watched");
    const env = { PATH: process.env.PATH, STEMMA_URL: world.url, STEMMA_TOKEN: world.token };
    const child = spawn(process.execPath, [program, ...args], { env });
    onTestFinished(() => void child.kill("SIGKILL"));
    const errors = createInterface(child.stderr);
    const [line] = await once(createInterface(child.stdout), "line");
    expect(line).toMatch(/^20\S+Z {2}model\.created +watched {2}name=watched {2}by administrator$/);
    const farewell = once(errors, "line");
    child.kill("SIGINT");
    const { registryEvents } = await world.ask(
      `{ registryEvents(filter: { model: "watched" }) { nodes { cursor } } }`,
    );
    expect(await farewell).toEqual([`Go on with: stemma watch --after ${registryEvents.nodes[0].cursor}`]);
    if (child.exitCode === null) await once(child, "close");
    expect(child.exitCode).toBe(0);
  });

  it("takes over the commits of a repository, and changes nothing again", async () => {
    const folder = temporaryFolder();
    const git = (...args: string[]) =>
      promisify(execFile)("git", [
        "-C",
        folder,
        "-c",
        "user.name=A",
        "-c",
        "user.email=a@b.example",
        ...args,
      ]);
    await git("init", "--quiet");
    await git("commit", "--quiet", "--allow-empty", "-m", "First");
    await git("commit", "--quiet", "--allow-empty", "-m", "Second");
    expect(await printed("import", "git", folder, "--repository", "mine")).toMatch(
      /^git:.*: 2 commits\n2 records were new\.\n$/,
    );
    expect(await printed("import", "git", folder, "--repository", "mine")).toContain("nothing was changed");
    const { commits } = await world.ask(
      `{ commits(filter: { repository: { eq: "mine" } }) { nodes { message parents { message } } } }`,
    );
    expect(commits.nodes).toContainEqual({ message: "Second", parents: [{ message: "First" }] });
  });
});

describe("the command line refuses, in one line,", () => {
  it.each([
    [2, "the reference without a name", ["show", "@champion"], "ref: expected"],
    [2, "an id of another kind", ["show", "run_7"], "run_7: expected a model"],
    [1, "a model that is not there", ["show", "nobody"], "nobody: there is no such model or version"],
    [
      1,
      "a version that is not there",
      ["lineage", "nobody/3"],
      "nobody/3: there is no such model or version",
    ],
    [
      1,
      "moving a version that is not there",
      ["promote", "nobody/3", "Production"],
      "model version nobody/3 not found",
    ],
    [
      2,
      "a path that is not there",
      ["import", "mlflow", "/nowhere/at/all"],
      "/nowhere/at/all: no such file or folder",
    ],
    [2, "a foreign file", ["import", "mlflow", fileURLToPath(import.meta.url)], "is no MLflow store"],
    [2, "a folder without a repository", ["import", "git", "/"], "not a git repository"],
    [2, "a cursor that is none", ["watch", "--after", "nonsense"], "after: expected an event cursor"],
    [2, "a cursor to expect that is none", ["audit", "verify", "--expect", "nonsense"], "is no event cursor"],
    [2, "an unknown command", ["nonsense"], "error: unknown command 'nonsense'"],
    [2, "a missing argument", ["show"], "error: missing required argument 'ref'"],
    [2, "a depth that is none", ["lineage", "a", "--depth", "x"], "expected a whole number from 1 on"],
  ])("with %i %s", async (code, _, args, message) => {
    const ending = await stemma(...args);
    expect({ code: ending.code, stdout: ending.stdout }).toEqual({ code, stdout: "" });
    expect(ending.stderr).toContain(message);
    expect(
      ending.stderr
        .trim()
        .split("\n")
        .filter((line) => !line.startsWith("(")),
    ).toHaveLength(1);
  });

  it.each([["models"], ["watch"], ["audit", "verify"], ["import", "git", "."]])(
    "where there is no server: %s",
    async (...args) => {
      const { code, stderr } = await runCli(
        args.map((arg) => (arg === "." ? process.cwd() : arg)),
        { server: await deadServer() },
      );
      expect({ code, lines: stderr.trim().split("\n").length }).toEqual({ code: 1, lines: 1 });
      expect(stderr).toMatch(
        /^stemma: no server answers at http:\/\/127\.0\.0\.1:\d+ \(ECONNREFUSED\); start one/,
      );
    },
  );

  it("a token that is missing or wrong", async () => {
    const missing = await runCli(["models"], { server: { url: world.url } });
    expect(missing).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/ wants a token \(.*\); run `stemma login`, or set STEMMA_TOKEN\n$/),
    });
    const wrong = await runCli(["watch"], { server: { url: world.url, token: "wrong" } });
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining("does not take this token") });
  });

  it("a server that is none of ours, and settings that cannot be", async () => {
    const foreign = await runCli(["models"], { server: { url: `${world.url}/health` } });
    expect(foreign.code).toBe(1);
    const settings = await runCli(["models"], { server: { url: "ftp://nowhere" } });
    expect(settings).toMatchObject({ code: 2, stderr: expect.stringContaining("STEMMA_URL: expected") });
  });
});
