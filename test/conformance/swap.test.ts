import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { runCli, startCli } from "../support/cli-process.ts";
import type { Engine } from "../support/engines.ts";
import { temporaryFolder } from "../support/foreign-stores.ts";
import { proxyOf } from "../support/logged-files.ts";
import { registryOf } from "../support/registry.ts";
import { trackerOf } from "../support/tracker.ts";
import { sha256Of } from "../support/uploads.ts";
import type { World } from "../support/world.ts";
import { type MlflowVersion, pythonOf, whyNoMlflow } from "./environments.ts";
import { flagsOf } from "./python-client.ts";
import { startRealServer } from "./real-server.ts";
import { contentsOf, runCountOf } from "./server-contents.ts";
import { startWorldOn } from "./worlds.ts";

const run = promisify(execFile);
const why = whyNoMlflow();
const filler = fileURLToPath(new URL("fill-server.py", import.meta.url));
const mostMillis = 200_000;

const counts = `{
  experiments(filter: { includeDeleted: true }) { totalCount nodes { name deletedAt tags { key value } } }
  runs(filter: { includeDeleted: true }, first: 50, orderBy: { field: NAME }) { totalCount nodes {
    runId name status startedAt endedAt deletedAt attributedTo parent { name } params { key value } tags { key value }
    metrics { key value special step at } inputs { role datasetVersion { digest dataset { name } } }
    loggedModels { modelId } loggedFiles(first: 20) { path sizeBytes sha256 } } }
  loggedModels { totalCount nodes { modelId name status run { name } loggedFiles(first: 20) { path sizeBytes sha256 } } }
  models { nodes { name description tags { key value } aliases { name modelVersion { number } } } }
  modelVersions(first: 50, orderBy: { field: MODEL, direction: ASC }) { nodes {
    uri stage description source digest framework signature tags { key value } run { name } } }
}`;

describe.each<[MlflowVersion, Engine]>([
  ["2.22.5", "sqlite"],
  ["3.17.2", "mysql"],
])(`MLflow %s and Stemma on %s${why ? ` (left out: ${why})` : ""}`, (version, engine) => {
  let server: Awaited<ReturnType<typeof startRealServer>>;
  let world: World;

  const stemma = async (...args: string[]) => {
    const ending = await runCli(args, { server: world, mostMillis });
    expect(ending, ending.stderr).toMatchObject({ code: 0, signal: null });
    return JSON.parse(ending.stdout);
  };
  const emptyServer = async () => {
    const empty = await startRealServer(version);
    onTestFinished(empty.stop);
    return empty;
  };
  const takeOver = () => stemma("import", "mlflow", server.url, "--files", "--json");

  beforeAll(async () => {
    if (why) return;
    [server, world] = await Promise.all([startRealServer(version), startWorldOn(engine)]);
    const env = { ...process.env, MLFLOW_DISABLE_TELEMETRY: "true", GIT_PYTHON_REFRESH: "quiet" };
    const cwd = await mkdtemp(join(tmpdir(), "stemma-fill-"));
    await run(pythonOf(version), [...flagsOf(pythonOf(version)), filler, server.url], { cwd, env });
    await rm(cwd, { recursive: true });
  });
  afterAll(() => Promise.all([server?.stop(), world?.close()]));

  it.skipIf(why)("what a server holds comes over, files and all; again changes nothing", async () => {
    await takeOver();
    const found = await world.ask(counts);
    expect(found.experiments).toMatchObject({ totalCount: 3 });
    expect(found.runs.totalCount).toBe(9);
    const [child] = found.runs.nodes.filter(({ name }: { name: string }) => name === "child 3");
    expect(child).toMatchObject({
      ...{ status: "FAILED", startedAt: "2023-11-14T22:13:20.023Z", parent: { name: "sweep" } },
      ...{
        attributedTo: "ada",
        params: [
          { key: "depth", value: "23" },
          { key: "empty", value: "" },
        ],
      },
    });
    expect(child.metrics).toContainEqual({
      ...{ key: "down", value: null, special: "NEGATIVE_INFINITY", step: 0, at: "2023-11-14T22:13:20.023Z" },
    });
    expect(
      found.modelVersions.nodes.map(({ uri, stage }: { uri: string; stage: string }) => [uri, stage]),
    ).toEqual(
      expect.arrayContaining([
        ["models:/elsewhere/2", "None"],
        ["models:/risk.fraud-detector/1", "Archived"],
        ["models:/risk.fraud-detector/3", "Production"],
        ["models:/risk.fraud-detector/4", "Staging"],
      ]),
    );
    const long = found.runs.nodes.find(({ name }: { name: string }) => name === "under way");
    const { run: told } = await world.ask(
      `query ($id: String!) { run(runId: $id) { metricHistory(key: "long") { totalCount } } }`,
      { id: long.runId },
    );
    expect(told.metricHistory.totalCount).toBe(1_900);
    const { eventHead } = await world.ask("{ eventHead }");
    expect(await takeOver()).toMatchObject({ imported: 0, files: { files: 0, deletedRuns: 2 } });
    expect(await world.ask("{ eventHead }")).toEqual({ eventHead });
    expect(await world.ask(counts)).toEqual(found);
  });

  it.skipIf(why)(
    "what came over goes to an empty server, which then is like the first; again writes nothing",
    async () => {
      await takeOver();
      const target = await emptyServer();
      const plan = await stemma("export", "mlflow", target.url, "--dry-run", "--json");
      expect(plan.written).toMatchObject({ runs: 9, experiments: 2 });
      expect(await runCountOf(target.url)).toBe(0);
      await stemma("export", "mlflow", target.url, "--files", "--json");
      const written = await contentsOf(target.url);
      expect(written).toEqual(await contentsOf(server.url));
      expect(await stemma("export", "mlflow", target.url, "--files", "--json")).toMatchObject({
        written: {},
      });
      expect(await stemma("export", "mlflow", target.url, "--dry-run", "--json")).toMatchObject({
        written: {},
      });
      expect(await contentsOf(target.url)).toEqual(written);
    },
  );

  // These are the same whatever the server; this one starts faster.
  if (version === "2.22.5") {
    it.skipIf(why)(
      "an export that is killed on the way, and begun again, comes to the same end",
      async () => {
        await takeOver();
        const target = await emptyServer();
        for (const wanted of [2, 6]) {
          const first = startCli(["export", "mlflow", target.url, "--files"], { server: world, mostMillis });
          let isOver = false;
          first.ended.then(() => (isOver = true));
          while (!isOver && (await runCountOf(target.url)) < wanted);
          first.kill();
          await first.ended;
        }
        await stemma("export", "mlflow", target.url, "--files", "--json");
        expect(await contentsOf(target.url)).toEqual(await contentsOf(server.url));
      },
    );

    it.skipIf(why)(
      "an import that is killed on the way, and begun again, comes to the same end",
      async () => {
        await takeOver();
        const other = await startWorldOn(engine);
        onTestFinished(other.close);
        const args = ["import", "mlflow", server.url, "--files", "--json"];
        const first = startCli(args, { server: other, mostMillis });
        let isOver = false;
        first.ended.then(() => (isOver = true));
        const runs = "{ runs(filter: { includeDeleted: true }) { totalCount } }";
        while (!isOver && (await other.ask(runs)).runs.totalCount === 0);
        first.kill();
        await first.ended;
        expect((await runCli(args, { server: other, mostMillis })).code).toBe(0);
        expect(await other.ask(counts)).toEqual(await world.ask(counts));
      },
    );

    it.skipIf(why)("what was born here goes there under its own numbers, with its files", async () => {
      const born = await startWorldOn(engine);
      onTestFinished(born.close);
      const folder = temporaryFolder();
      await writeFile(join(folder, "weights.bin"), "weights");
      const cli = (...args: string[]) => runCli([...args, "--json"], { server: born, mostMillis });
      const push = (...more: string[]) => cli("push", "born", folder, "--source", "/home/ada/model", ...more);
      for (const more of [["--create-model"], ["--description", "two"], ["--description", "three"]])
        expect(await push(...more)).toMatchObject({ code: 0 });
      for (const number of [1, 3])
        await born.ask(
          `mutation ($version: VersionRef!) { deleteModelVersion(input: { version: $version }) { userErrors { message } } }`,
          { version: `born/${number}` },
        );
      const target = await emptyServer();
      const written = await cli("export", "mlflow", target.url, "--files");
      expect(written, written.stderr).toMatchObject({ code: 0 });
      const { models } = await contentsOf(target.url);
      expect(models.born.versions).toEqual({
        2: {
          ...{ description: "two", current_stage: "None", status: "READY", tags: {} },
          ...{
            run: "<run files of born/2>",
            source: expect.stringMatching(/<run files of born\/2>.*models\/born\/2$/),
          },
          files: { "/weights.bin": sha256Of("weights") },
        },
      });
      expect(JSON.parse((await cli("export", "mlflow", target.url, "--files")).stdout)).toMatchObject({
        written: {},
      });
      await push("--description", "four");
      expect((await cli("export", "mlflow", target.url, "--files")).code).toBe(0);
      expect(Object.keys((await contentsOf(target.url)).models.born.versions)).toEqual(["2", "4"]);
    });
  }

  it.skipIf(why)("files of runs and logged models born here go there, each of them once", async () => {
    const born = await startWorldOn(engine);
    onTestFinished(born.close);
    const { run, done } = trackerOf(born);
    const { log } = proxyOf(born);
    const cli = async (...flags: string[]) => {
      const ending = await runCli(["export", "mlflow", target.url, "--json", ...flags], {
        server: born,
        mostMillis,
      });
      expect(ending, ending.stderr).toMatchObject({ code: 0 });
      return JSON.parse(ending.stdout);
    };
    const selection = "runId experiment { experimentId }";
    const [kept, gone] = [await run({ name: "kept" }, selection), await run({ name: "gone" }, selection)];
    const model = await done("createLoggedModel", { runId: kept.runId, name: "forest" });
    const { experimentId } = kept.experiment;
    for (const [of, path] of [
      [kept, "plots/größe 1 %.txt"],
      [kept, "model/MLmodel"],
      [gone, "a"],
      [model, "trees/1.bin"],
    ] as const)
      await log({ ...of, experimentId }, path, `bytes of ${path}`);
    await done("deleteRun", { runId: gone.runId });
    const source = `runs:/${kept.runId}/model`;
    const bundleFrom = { runId: kept.runId, path: "model" };
    await registryOf(born).mutate(
      "registerModelVersion",
      { model: "made", createModel: true, runId: kept.runId, source, bundleFrom },
      "modelVersion { id }",
    );
    const target = await emptyServer();
    const knowsModels = version.startsWith("3.");
    expect((await cli()).notExported).toMatchObject({ "files of runs (--files takes them along)": 2 });
    const { written, notExported } = await cli("--files");
    expect(written).toEqual({ files: knowsModels ? 4 : 3 });
    expect(notExported["files of logged models"]).toBe(knowsModels ? undefined : 1);
    const digests = (...paths: string[]) =>
      Object.fromEntries(paths.map((path) => [`/${path}`, sha256Of(`bytes of ${path}`)]));
    const { runs, loggedModels, models } = await contentsOf(target.url);
    expect(runs).toMatchObject([
      { run_name: "gone", lifecycle_stage: "deleted", files: digests("a") },
      { run_name: "kept", files: digests("plots/größe 1 %.txt", "model/MLmodel") },
    ]);
    expect(loggedModels.map(({ files }: { files: object }) => files)).toEqual(
      knowsModels ? [digests("trees/1.bin")] : [],
    );
    expect(models.made.versions[1].files).toEqual({ "/MLmodel": sha256Of("bytes of model/MLmodel") });
    expect((await cli("--files")).written).toEqual({});
    await log({ ...kept, experimentId }, "late", "bytes of late");
    expect((await cli("--files")).written).toEqual({ files: 3 });
  });
});
