import { expect, it } from "vitest";
import { artifactsOf, type FilesOf, proxyOf } from "../support/logged-files.ts";
import { eventsOf, type RetentionWorld, retentionWorld } from "../support/retention-world.ts";
import { type Tracker, trackerOf } from "../support/tracker.ts";

interface Ground extends RetentionWorld {
  tracker: Tracker;
  proxy: ReturnType<typeof proxyOf>;
  /** A run with one file, which ended so; under way where nothing is told. */
  runThat: (status?: "FINISHED" | "FAILED" | "KILLED", more?: object) => Promise<FilesOf & { runId: string }>;
  isKept: (run: FilesOf) => Promise<boolean>;
}

async function ground(): Promise<Ground> {
  const world = await retentionWorld();
  const tracker = trackerOf(world.world);
  const proxy = proxyOf(world.world);
  return {
    ...{ ...world, tracker, proxy },
    async runThat(status, more = {}) {
      const { runId, experiment } = await tracker.run(more, "runId experiment { experimentId }");
      const run = { runId, experimentId: experiment.experimentId as string };
      await proxy.log(run, "model.bin", `model of ${runId}`);
      if (status) await tracker.done("finishRun", { runId, status });
      return run;
    },
    isKept: async (run) =>
      (await proxy.send("GET", `artifacts/${artifactsOf(run)}/model.bin`)).status === 200,
  };
}

it("files of runs are kept for so many days after the run's end, and longer where it failed", async () => {
  const { registry, runThat, isKept, purgeRunFiles, wait } = await ground();
  await registry.mutate(
    "setRetention",
    { model: "*", runDays: 30, abandonedRunDays: 60, rules: [] },
    "retention { id }",
  );
  const [finished, failed, open] = [await runThat("FINISHED"), await runThat("FAILED"), await runThat()];
  const kept = async () => Promise.all([finished, failed, open].map(isKept));
  wait(29);
  expect(await purgeRunFiles()).toBe(0);
  wait(2);
  expect(await purgeRunFiles()).toBe(1);
  expect(await kept()).toEqual([false, true, true]);
  wait(30);
  expect(await purgeRunFiles()).toBe(1);
  expect(await kept()).toEqual([false, false, true]);
  wait(1_000);
  expect(await purgeRunFiles()).toBe(0);
});

it("what was let go is still listed, and an event tells by which policy", async () => {
  const { world, registry, runThat, purgeRunFiles, collect, wait, ...rest } = await ground();
  await registry.mutate("setRetention", { model: "*", runDays: 1, rules: [] }, "retention { id }");
  const { runId } = await runThat("FINISHED");
  wait(2);
  await purgeRunFiles();
  expect(await collect()).toBe(1);
  const { run } = await world.ask(
    `query ($runId: String!) { run(runId: $runId) { loggedFiles { path sizeBytes purgedAt downloadUrl } } }`,
    { runId },
  );
  expect(run.loggedFiles).toEqual([
    { path: "model.bin", sizeBytes: 41, purgedAt: expect.any(String), downloadUrl: null },
  ]);
  expect(
    await eventsOf(
      { world, registry, runThat, purgeRunFiles, collect, wait, ...rest } as RetentionWorld,
      "files.purged",
    ),
  ).toMatchObject([{ runId, fileCount: 1, sizeBytes: 41, retention: { model: "*", revision: 1 } }]);
});

it("the nearest policy by the scope of the experiment holds; none lets nothing go", async () => {
  const { registry, tracker, runThat, isKept, purgeRunFiles, wait } = await ground();
  for (const [name, scope] of [
    ["risky", "risk.credit"],
    ["other", "other"],
  ]) {
    await tracker.done("createExperiment", { name, scope });
  }
  await registry.mutate("setRetention", { model: "risk.*", runDays: 90, rules: [] }, "retention { id }");
  await registry.mutate("setRetention", { model: "other", runDays: 1, rules: [] }, "retention { id }");
  const risky = await runThat("FINISHED", { experiment: "risky" });
  const other = await runThat("FINISHED", { experiment: "other" });
  const unscoped = await runThat("FINISHED");
  wait(10);
  expect(await purgeRunFiles()).toBe(1);
  expect([await isKept(risky), await isKept(other), await isKept(unscoped)]).toEqual([true, false, true]);
});

it("a version that was registered from a run keeps its files; a legal hold on it keeps the run's, too", async () => {
  const { world, registry, runThat, isKept, purgeRunFiles, collect, wait } = await ground();
  await registry.mutate("setRetention", { model: "*", runDays: 1, rules: [] }, "retention { id }");
  const register = async (model: string, runId: string) =>
    registry.mutate("registerModelVersion", { model, createModel: true, runId, bundleFrom: { runId } });
  const [plain, held] = [await runThat("FINISHED"), await runThat("FINISHED")];
  await register("plain", plain.runId);
  await register("held", held.runId);
  await registry.mutate("setLegalHold", { model: "held", isHeld: true, reason: "a case" });
  wait(2);
  expect(await purgeRunFiles()).toBe(1);
  expect([await isKept(plain), await isKept(held)]).toEqual([false, true]);
  expect(await collect()).toBe(0);
  const { modelVersion } = await world.ask(`{ modelVersion(ref: "plain/1") { artifacts { downloadUrl } } }`);
  expect((await fetch(modelVersion.artifacts[0].downloadUrl)).status).toBe(200);
});
