import { beforeAll, describe, expect, it } from "vitest";
import { canonical } from "../../src/kernel/canonical.ts";
import { artifactsOf, proxyOf } from "../support/logged-files.ts";
import { type Tracker, trackerOf } from "../support/tracker.ts";
import { sha256Of } from "../support/uploads.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let tracker: Tracker;
let proxy: ReturnType<typeof proxyOf>;

beforeAll(async () => {
  world = await startWorld();
  tracker = trackerOf(world);
  proxy = proxyOf(world);
  return world.close;
});

const filesOf = async (runId: string, page = "") =>
  (
    await world.ask(
      `query ($runId: String!) { run(runId: $runId) { loggedFiles${page} {
        path sizeBytes sha256 contentType purgedAt loggedBy { name } downloadUrl } } }`,
      { runId },
    )
  ).run.loggedFiles;

const eventsOf = async (id: string) =>
  (
    await world.ask(
      `query ($id: ID!) { registryEvents(after: "start", first: 100, filter: { subject: $id }) { nodes { type body } } }`,
      { id },
    )
  ).registryEvents.nodes.map(({ type, body }: { type: string; body: string }) => ({
    type,
    body: JSON.parse(body),
  }));

describe("files of a run", () => {
  it("are listed by path with what they hold, and are got from where the registry says", async () => {
    const run = await tracker.run();
    await proxy.log(run, "plots/b.txt", "second");
    await proxy.log(run, "a.json", "{}", "application/json");
    const files = await filesOf(run.runId);
    expect(files).toMatchObject([
      {
        path: "a.json",
        sizeBytes: 2,
        sha256: sha256Of("{}"),
        contentType: "application/json",
        purgedAt: null,
      },
      { path: "plots/b.txt", sizeBytes: 6, sha256: sha256Of("second"), contentType: "text/plain" },
    ]);
    expect(files[0].loggedBy.name).toBe("administrator");
    expect(await (await fetch(files[1].downloadUrl)).text()).toBe("second");
  });

  it("come in pages", async () => {
    const run = await tracker.run();
    for (const name of ["c", "a", "b"]) await proxy.log(run, name, name);
    const paths = async (page: string) =>
      (await filesOf(run.runId, page)).map(({ path }: { path: string }) => path);
    expect(await paths("(first: 2)")).toEqual(["a", "b"]);
    expect(await paths(`(first: 2, after: "b")`)).toEqual(["c"]);
    expect(await filesOf((await tracker.run()).runId)).toEqual([]);
  });

  it("give way to later ones of the same path", async () => {
    const run = await tracker.run();
    await proxy.log(run, "model.bin", "first");
    await proxy.log(run, "model.bin", "second");
    expect(await filesOf(run.runId)).toMatchObject([{ path: "model.bin", sha256: sha256Of("second") }]);
    const got = await proxy.send("GET", `artifacts/${artifactsOf(run)}/model.bin`);
    expect(got.body.toString()).toBe("second");
  });

  it("cannot be a folder, too", async () => {
    const run = await tracker.run();
    await proxy.log(run, "a/b", "file");
    for (const path of ["a", "a/b/c"]) {
      const { status, body } = await proxy.send(
        "PUT",
        `artifacts/${artifactsOf(run)}/${path}`,
        Buffer.from("x"),
      );
      expect([status, JSON.parse(body.toString()).message]).toEqual([
        400,
        expect.stringContaining("would be a file, and a folder"),
      ]);
    }
    expect(await filesOf(run.runId)).toHaveLength(1);
  });

  it("are telemetry while it runs; its end tells how many there are, and their digest", async () => {
    const run = await tracker.run();
    await proxy.log(run, "b.txt", "b");
    await proxy.log(run, "a.txt", "a");
    await tracker.done("finishRun", { runId: run.runId, status: "FINISHED" });
    const told = await eventsOf(run.id);
    expect(told.map(({ type }: { type: string }) => type)).toEqual(["run.created", "run.finished"]);
    const pairs = [
      ["a.txt", sha256Of("a")],
      ["b.txt", sha256Of("b")],
    ];
    expect(told[1].body).toMatchObject({ fileCount: 2, filesDigest: sha256Of(canonical(pairs)) });
  });

  it("that come or go after its end are events, and the same one again is none", async () => {
    const run = await tracker.run();
    await tracker.done("finishRun", { runId: run.runId, status: "FINISHED" });
    for (const text of ["one", "one", "two"]) await proxy.log(run, "late.txt", text);
    await tracker.done("deleteLoggedFiles", { runId: run.runId, path: "late.txt" }, "fileCount");
    const { runId } = run;
    const told = (await eventsOf(run.id)).slice(2);
    expect(told).toEqual([
      { type: "file.logged", body: { runId, path: "late.txt", sizeBytes: 3, sha256: sha256Of("one") } },
      {
        type: "file.logged",
        body: { runId, path: "late.txt", sizeBytes: 3, sha256: sha256Of("two"), replaces: sha256Of("one") },
      },
      { type: "file.deleted", body: { runId, path: "late.txt", fileCount: 1 } },
    ]);
  });

  it("are deleted one by one, and by the folder", async () => {
    const run = await tracker.run();
    for (const path of ["plots/a", "plots/deep/b", "plots.txt", "plots0"]) await proxy.log(run, path, path);
    const input = { runId: run.runId, path: "plots" };
    expect(await tracker.done("deleteLoggedFiles", input, "fileCount")).toBe(2);
    expect((await filesOf(run.runId)).map(({ path }: { path: string }) => path)).toEqual([
      "plots.txt",
      "plots0",
    ]);
    expect(await tracker.refusal("deleteLoggedFiles", input)).toMatchObject({ code: "NOT_FOUND" });
    const both = { ...input, loggedModelId: "m-1" };
    expect(await tracker.refusal("deleteLoggedFiles", both)).toMatchObject({ code: "INVALID" });
  });

  it("are taken by no run that is deleted, nor by one that is not there", async () => {
    const run = await tracker.run();
    await tracker.done("deleteRun", { runId: run.runId });
    const gone = await proxy.send("PUT", `artifacts/${artifactsOf(run)}/x`, Buffer.from("x"));
    expect([gone.status, JSON.parse(gone.body.toString()).error_code]).toEqual([400, "INVALID_STATE"]);
    const none = { runId: "f".repeat(32) };
    const absent = await proxy.send("PUT", `artifacts/${artifactsOf(none)}/x`, Buffer.from("x"));
    expect([absent.status, JSON.parse(absent.body.toString()).error_code]).toEqual([
      404,
      "RESOURCE_DOES_NOT_EXIST",
    ]);
  });

  it("break off without a trace where their sender does", async () => {
    const run = await tracker.run();
    const big = Buffer.alloc(1_000_000, "x");
    const path = `artifacts/${artifactsOf(run)}/cut.bin`;
    await proxy.send("PUT", path, big, {}, 300_000).catch(() => {});
    expect(await filesOf(run.runId)).toEqual([]);
    await proxy.log(run, "cut.bin", big);
    expect(await filesOf(run.runId)).toMatchObject([{ path: "cut.bin", sizeBytes: 1_000_000 }]);
  });

  it("that are the same in several runs are stored once", async () => {
    const text = "shared by two runs";
    const [one, other] = [await tracker.run(), await tracker.run()];
    for (const run of [one, other]) await proxy.log(run, "same.txt", text);
    const urls = await Promise.all(
      [one, other].map(async ({ runId }) => (await filesOf(runId))[0].downloadUrl),
    );
    const [first, second] = urls.map((url) => new URL(url).pathname);
    expect(first).toBe(second);
    await tracker.done("deleteLoggedFiles", { runId: one.runId, path: "same.txt" }, "fileCount");
    await world.upkeep();
    expect(await (await fetch((await filesOf(other.runId))[0].downloadUrl)).text()).toBe(text);
  });
});

it("pages of many runs' files take one statement", async () => {
  await tracker.done("createExperiment", { name: "filed" });
  for (let at = 0; at < 4; at++) {
    const { runId, experimentId } = await filedRun();
    await proxy.log({ runId, experimentId }, "x.txt", `${at}`);
  }
  const ask = (first: number) =>
    world.statementsOf(() =>
      world.ask(
        `query ($first: Int!) { runs(first: $first, filter: { experiment: { eq: "filed" } }) {
        nodes { loggedFiles { path } } } }`,
        { first },
      ),
    );
  const [few, many] = [await ask(1), await ask(4)];
  expect(many.filter((statement) => statement.includes("logged_file"))).toHaveLength(1);
  expect(many.length).toBeLessThanOrEqual(few.length);
});

async function filedRun(): Promise<{ runId: string; experimentId: string }> {
  const { runId, experiment } = await tracker.run(
    { experiment: "filed" },
    "runId experiment { experimentId }",
  );
  return { runId, experimentId: experiment.experimentId };
}
