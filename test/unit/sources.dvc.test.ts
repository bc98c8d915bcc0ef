import { describe, expect, it } from "vitest";
import { type DvcOptions, openDvcHistory } from "../../src/cli/sources/dvc-history.ts";
import type { ImportedRun } from "../../src/client/import-batch.ts";
import { everything } from "../support/foreign-stores.ts";
import { commitFiles, repository } from "../support/small-repository.ts";

const stage = (name: string, more = "") => `  ${name}:\n    cmd: run ${name}\n${more}`;
const lock = (...stages: string[]) => `schema: '2.0'\nstages:\n${stages.join("")}`;
const uses = (field: string, ...pairs: [string, string][]) =>
  `    ${field}:\n${pairs.map(([path, md5]) => `    - path: ${path}\n      md5: ${md5}\n      size: 3\n`).join("")}`;

/** A commit for each of these sets of files; then the source of it. */
async function history(commits: Record<string, string>[], options: DvcOptions = {}) {
  const { path, git } = repository();
  const shas = commits.map((files) => commitFiles(git, files));
  const source = await openDvcHistory(path, { experiment: "e", ...options });
  const { runs, commits: known } = await everything(source);
  const stages = runs.filter(({ parentRunId }) => parentRunId !== undefined);
  const states = runs.filter(({ parentRunId }) => parentRunId === undefined);
  return { source, shas, runs, stages, states, known, path, git };
}

const namesOf = (runs: ImportedRun[]) => runs.map(({ name }) => name);

describe("the states of a dvc.lock", () => {
  it("share the run of a stage while its entry is the same, whatever the order of its keys", async () => {
    const first = stage("prepare", uses("outs", ["clean", "1"]));
    const turned =
      "  prepare:\n    outs:\n    - md5: '1'\n      size: 3\n      path: clean\n    cmd: run prepare\n";
    const { stages, states, shas, known } = await history([
      { "dvc.lock": lock(first) },
      { "dvc.lock": lock(turned, stage("train")) },
      { "dvc.lock": lock(first) },
    ]);
    expect(namesOf(stages)).toEqual(["prepare", "train"]);
    expect(states.map(({ commit }) => commit?.sha)).toEqual([shas[0], shas[1]]);
    expect(stages.map(({ commit }) => commit?.sha)).toEqual([shas[0], shas[1]]);
    expect(known.map(({ sha }) => sha)).toEqual([shas[0], shas[1]]);
    const [prepare, train] = stages.map(({ runId }) => runId);
    expect(states[1]?.tags).toContainEqual({ key: "dvc.stages", value: JSON.stringify({ prepare, train }) });
  });

  it("are found on every branch and in merges, and the same again", async () => {
    const { path, git } = repository();
    const base = commitFiles(git, { "dvc.lock": lock(stage("a")) });
    git("checkout", "--quiet", "-b", "side");
    commitFiles(git, { "dvc.lock": lock(stage("b")) });
    git("checkout", "--quiet", "-b", "other", base);
    commitFiles(git, { "dvc.lock": lock(stage("c")) });
    git("merge", "--quiet", "--no-commit", "--strategy=ours", "side");
    commitFiles(git, { "dvc.lock": lock(stage("d")) });
    git("checkout", "--quiet", base);
    const [once, twice] = await Promise.all(
      [1, 2].map(async () => (await everything(await openDvcHistory(path))).runs),
    );
    const names = namesOf(once!.filter(({ parentRunId }) => parentRunId)).sort();
    expect(names).toEqual(["a", "b", "c", "d"]);
    expect(once).toEqual(twice);
  });

  it("are those of every folder, with the paths of its data", async () => {
    const { stages } = await history([
      { "one/dvc.lock": lock(stage("a", uses("deps", ["../raw", "1"], ["s3://me:secret@b/x", "2"]))) },
      { "two/dvc.lock": lock(stage("a", uses("deps", ["raw", "1"]))), "my-dvc.lock": lock(stage("no")) },
    ]);
    expect(stages.map(({ inputs }) => inputs?.map(({ name }) => name))).toEqual([
      ["raw", "s3://b/x"],
      ["two/raw"],
    ]);
    expect(new Set(stages.map(({ runId }) => runId)).size).toBe(2);
  });

  it("of the older form without a schema are read as well", async () => {
    const { stages } = await history([
      { "dvc.lock": "train:\n  cmd: run\n  deps:\n  - path: a\n    etag: '\"x\"'\n" },
    ]);
    expect(stages).toMatchObject([
      { name: "train", entryPoint: "run", inputs: [{ name: "a", digest: '"x"', digestAlgorithm: "etag" }] },
    ]);
  });
});

describe("a stage of a dvc.lock", () => {
  it("brings its params by the path to them, as they are written", async () => {
    const params =
      "    params:\n      params.yaml:\n        train:\n          lr: 1e-3\n          on: yes\n        train.depth: 0o17\n        none: ~\n        bad: .nan\n      conf/x.json:\n        list: [1, a]\n";
    const { stages } = await history([{ "dvc.lock": lock(stage("train", params)) }]);
    expect(stages[0]?.params).toEqual([
      { key: "bad", value: ".nan" },
      { key: "conf/x.json:list", value: '["1","a"]' },
      { key: "train.depth", value: "0o17" },
      { key: "train.lr", value: "1e-3" },
      { key: "train.on", value: "yes" },
    ]);
  });

  it("runs several commands one after another", async () => {
    const { stages } = await history([{ "dvc.lock": lock("  a:\n    cmd:\n    - one\n    - two\n") }]);
    expect(stages[0]?.entryPoint).toBe("one\ntwo");
  });

  it("did not make what it was made from, which is said", async () => {
    const to = (from: string, made: string) =>
      lock(stage("a", uses("deps", ["x", from]) + uses("outs", ["x", made], ["y", made])));
    const { stages, source } = await history([{ "dvc.lock": to("1", "2") }, { "dvc.lock": to("2", "1") }]);
    expect(stages.map(({ outputs }) => outputs?.map(({ name, digest }) => `${name} ${digest}`))).toEqual([
      ["x 2", "y 2"],
      ["y 1"],
    ]);
    expect(source.warnings).toEqual([expect.stringMatching(/^dvc.lock of commit .*: a made x from itself/)]);
  });

  it("has at most 100 inputs and 1,000 params, which is said", async () => {
    const many = Array.from({ length: 101 }, (_, at): [string, string] => [`d${at}`, "1"]);
    const params = Array.from({ length: 1_001 }, (_, at) => `        p${at}: 1\n`).join("");
    const text = lock(stage("a", `${uses("deps", ...many)}    params:\n      params.yaml:\n${params}`));
    const { stages, source } = await history([{ "dvc.lock": text }]);
    expect([stages[0]?.inputs?.length, stages[0]?.params?.length]).toEqual([100, 1_000]);
    expect(source.warnings).toHaveLength(2);
  });
});

describe("what DVC would not write", () => {
  const bomb = `schema: '2.0'\na: &a [x, x]\n${[..."bcdefghi"]
    .map((name, at) => `${name}: &${name} [${Array(9).fill(`*${"abcdefgh"[at]}`).join(", ")}]\n`)
    .join("")}stages: {s: {cmd: x, params: {p: {k: *i}}}}\n`;
  it.each([
    ["a bomb of aliases", bomb],
    ["no YAML", "{{"],
    ["a list", "- a\n"],
    ["no stages", "schema: '2.0'\n"],
    ["stages that are no mapping", "schema: '2.0'\nstages: [a]\n"],
    ["nesting without end", `schema: '2.0'\nstages: ${"[".repeat(20_000)}`],
    ["nothing", ""],
    ["too much", `${lock(stage("a"))}# ${"x".repeat(4 * 1024 * 1024)}\n`],
  ])("is left out whole, and said: %s", async (_, text) => {
    const { source, stages } = await history([{ "dvc.lock": text }, { "dvc.lock": lock(stage("good")) }]);
    expect(namesOf(stages)).toEqual(["good"]);
    expect(source.warnings).toEqual([expect.stringMatching(/^dvc.lock of commit .*it is left out$/)]);
  });

  it("is left out in part, and said", async () => {
    const text = lock(
      "  none:\n    deps: []\n",
      "  flat: text\n",
      "  null:\n    cmd: ~\n",
      stage(
        "half",
        "    deps: x\n    outs:\n    - path: a\n    - md5: '1'\n    - path: b\n      md5: '1'\n      size: .nan\n",
      ),
    );
    const { stages, source } = await history([{ "dvc.lock": text }]);
    expect(stages).toMatchObject([
      { name: "half", outputs: [{ name: "b", digest: "1", digestAlgorithm: "md5" }] },
    ]);
    expect(stages[0]).not.toHaveProperty("inputs");
    expect(stages[0]?.outputs?.[0]).not.toHaveProperty("profile");
    expect(source.warnings).toHaveLength(6);
  });

  it("is nothing at all in a repository without a dvc.lock", async () => {
    const { source } = await history([{ "README.md": "x" }]);
    expect(await source.counts()).toMatchObject({ experiments: 0, runs: 0, commits: 0 });
  });
});
