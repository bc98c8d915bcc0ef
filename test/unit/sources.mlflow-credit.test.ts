import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { openSource } from "../../src/cli/sources/open-source.ts";
import { everything, listOf } from "../support/foreign-stores.ts";
import { sharedData } from "../support/shared-data.ts";

const store = join(sharedData, "mlflow-credit");

/** Every file of the store, counted without the reader. */
const files = walk(join(store, "mlruns")).map((path) => relative(join(store, "mlruns"), path));

function walk(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? walk(path) : [path];
  });
}

function matching(pattern: RegExp): string[] {
  return files.filter((path) => pattern.test(path));
}

function text(path: string): string {
  return readFileSync(join(store, "mlruns", path), "utf8");
}

describe("the file store mlflow-credit", () => {
  it("gives the numbers that counting its files gives", async () => {
    const source = await openSource(store);
    const runs = matching(/^0\/[0-9a-f]{32}\/meta\.yaml$/);
    const counted = {
      experiments: matching(/^\d+\/meta\.yaml$/).length,
      commits: new Set(matching(/\/tags\/mlflow\.source\.git\.commit$/).map(text)).size,
      runs: runs.length,
      deletedRuns: runs.filter((path) => text(path).includes("lifecycle_stage: deleted")).length,
      params: matching(/^0\/[0-9a-f]{32}\/params\//).length,
      metrics: matching(/^0\/[0-9a-f]{32}\/metrics\//).flatMap((path) => text(path).trim().split("\n"))
        .length,
      inputs: matching(/^0\/[0-9a-f]{32}\/inputs\/[^/]+\/meta\.yaml$/).length,
      outputs: 0,
      datasets: matching(/^0\/datasets\/[^/]+\/meta\.yaml$/).length,
      loggedModels: 0,
      models: matching(/^models\/[^/]+\/meta\.yaml$/).length,
      versions: matching(/^models\/[^/]+\/version-\d+\/meta\.yaml$/).length,
      deletedVersions: 0,
      stays: 0,
      aliases: matching(/^models\/[^/]+\/aliases\//).length,
    };
    expect(await source.counts()).toEqual(counted);
    expect(counted).toEqual({
      experiments: 1,
      commits: 2,
      runs: 21,
      deletedRuns: 10,
      params: 322,
      metrics: 120,
      inputs: 30,
      outputs: 0,
      datasets: 4,
      loggedModels: 0,
      models: 4,
      versions: 20,
      deletedVersions: 0,
      stays: 0,
      aliases: 1,
    });
    expect(source.warnings).toEqual([]);
  });

  it("holds no metric point twice", async () => {
    const { runs } = await everything(await openSource(store));
    const points = runs.flatMap((run) =>
      (run.metrics ?? []).map((point) => JSON.stringify([run.runId, point])),
    );
    expect(new Set(points).size).toBe(120);
    for (const path of matching(/\/metrics\//)) {
      const lines = text(path).trim().split("\n");
      expect(new Set(lines).size).toBe(lines.length);
    }
  });

  it("is the same store whether its folder or the one above is named", async () => {
    const [above, itself] = [await openSource(store), await openSource(join(store, "mlruns"))];
    expect(itself.name).toBe("mlflow:mlruns");
    expect(await listOf(itself.batches())).toEqual(await listOf(above.batches()));
  });

  it("counts the folders of inputs as inputs, though they are named like runs", async () => {
    const { runs } = await everything(await openSource(store));
    const inputFolders = matching(/\/inputs\/[0-9a-f]{32}\/meta\.yaml$/).map((path) =>
      path.split("/").at(-2),
    );
    expect(runs.filter((run) => inputFolders.includes(run.runId))).toEqual([]);
  });

  it("reads an alias that is stored twice once", async () => {
    expect(text("models/random_forest/meta.yaml")).toContain("challenger");
    const { aliases } = await everything(await openSource(store));
    expect(aliases).toEqual([{ model: "random_forest", alias: "challenger", version: 2 }]);
  });

  it("keeps datasets of one name apart by digest, with schema and profile as JSON and the source as text", async () => {
    const { runs } = await everything(await openSource(store));
    const inputs = runs.flatMap((run) => run.inputs ?? []);
    expect([...new Set(inputs.map((use) => `${use.name} ${use.digest}`))].sort()).toEqual([
      "dataset 1379bc49",
      "dataset 5d454908",
      "dataset 5eb2c13d",
      "dataset 849ef4cc",
    ]);
    expect(inputs.filter((use) => use.role === "train")).toHaveLength(24);
    expect(inputs.filter((use) => use.role === "eval")).toHaveLength(6);
    const tabular = inputs.find((use) => use.digest === "5eb2c13d")!;
    expect(tabular.profile).toEqual({ num_rows: 29165, num_elements: 262485 });
    expect(tabular.schema).toMatchObject({
      mlflow_colspec: [{ type: "long", name: "flag_own_realty" }, {}, {}, {}, {}, {}, {}, {}, {}],
    });
    expect(typeof tabular.source).toBe("string");
  });

  it("takes framework, format and signature from the MLmodel a version's source points to", async () => {
    const { versions } = await everything(await openSource(store));
    const version = versions.find((one) => one.externalId === "mlflow:random_forest/2");
    expect(version).toMatchObject({
      number: 2,
      framework: "sklearn",
      format: "cloudpickle",
      status: "READY",
    });
    expect(version?.signature).toMatchObject({
      inputs: { length: 9, 0: { type: "long", name: "flag_own_realty" } },
      outputs: [{ type: "tensor", "tensor-spec": { dtype: "float64", shape: [-1] } }],
    });
    const withSignature = versions.filter((one) => one.signature !== undefined).length;
    const signed = matching(/MLmodel$/).filter((path) => text(path).includes("\nsignature:"));
    const runs = new Set(signed.map((path) => path.split("/")[1]));
    expect(withSignature).toBe(versions.filter((one) => runs.has(one.runId!)).length);
  });

  it("names users only in attributedTo, and in the addresses that were recorded", async () => {
    const whole = await everything(await openSource(store));
    const user = text(matching(/\/tags\/mlflow\.user$/)[0]!);
    expect(whole.runs.every((run) => run.attributedTo === user)).toBe(true);
    const elsewhere = JSON.stringify({
      ...whole,
      runs: whole.runs.map(({ attributedTo: _, ...run }) => run),
      versions: whole.versions.map(({ source: _, ...version }) => version),
    });
    expect(elsewhere).not.toContain(user);
    expect(whole.versions.every((version) => version.source?.startsWith("file:///Users/"))).toBe(true);
  });

  it("says when a run was deleted", async () => {
    const { runs } = await everything(await openSource(store));
    for (const run of runs) {
      const meta = text(`0/${run.runId}/meta.yaml`);
      const deleted = /^deleted_time: (\d+)$/m.exec(meta)?.[1];
      expect(run.deletedAt).toBe(deleted && new Date(Number(deleted)).toISOString());
      expect(run.status).toBe(meta.includes("\nstatus: 3\n") ? "FINISHED" : "FAILED");
    }
  });
});
