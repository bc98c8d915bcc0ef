import { describe, expect, it } from "vitest";
import { openSource } from "../../src/cli/sources/open-source.ts";
import {
  everything,
  experimentMeta,
  fileStore,
  runId,
  runMeta,
  versionMeta,
} from "../support/foreign-stores.ts";

const [a, b, c] = [runId("a"), runId("b"), runId("c")];

describe("an MLflow file store", () => {
  it("keeps the numbers of versions that have gaps, and puts them in order", async () => {
    const path = fileStore({
      "0/meta.yaml": experimentMeta(),
      "models/churn/meta.yaml": "name: churn\naliases: {}\n",
      ...Object.fromEntries(
        [2, 10, 7].map((n) => [`models/churn/version-${n}/meta.yaml`, versionMeta("churn", n)]),
      ),
    });
    const { versions } = await everything(await openSource(path));
    expect(versions.map((version) => version.number)).toEqual([2, 7, 10]);
    expect(versions[1]?.externalId).toBe("mlflow:churn/7");
  });

  it("does not name a run that is absent, but keeps its id as a tag and says so", async () => {
    const path = fileStore({
      "models/churn/meta.yaml": "name: churn\n",
      "models/churn/version-1/meta.yaml": versionMeta("churn", 1, `run_id: ${a}\n`),
    });
    const source = await openSource(path);
    const { versions } = await everything(source);
    expect(versions[0]).not.toHaveProperty("runId");
    expect(versions[0]?.tags).toEqual([{ key: "mlflow.runId", value: a }]);
    expect(source.warnings).toEqual([
      expect.stringContaining(`names the run ${a}, which is not in the store`),
    ]);
  });

  it("reads a version in Deleted_Internal as deleted, and leaves out an alias that points to it", async () => {
    const path = fileStore({
      "models/churn/meta.yaml": "name: churn\naliases:\n  old: '1'\n",
      "models/churn/version-1/meta.yaml": versionMeta("churn", 1, "current_stage: Deleted_Internal\n"),
      "models/churn/version-2/meta.yaml": versionMeta("churn", 2, "current_stage: Production\n"),
    });
    const source = await openSource(path);
    const { versions, aliases } = await everything(source);
    expect(versions[0]).toMatchObject({ number: 1, deletedAt: "2023-11-14T22:13:24.000Z" });
    expect(versions[0]).not.toHaveProperty("stage");
    expect(versions[1]).toMatchObject({ number: 2, stage: "Production" });
    expect(aliases).toEqual([]);
    expect(await source.counts()).toMatchObject({ versions: 2, deletedVersions: 1 });
    expect(source.warnings).toEqual(["Alias churn@old points to version 1, which is not there"]);
  });

  it("reads aliases that stand only in their folder, and believes the folder where the copy differs", async () => {
    const path = fileStore({
      "models/churn/meta.yaml": "name: churn\naliases:\n  champion: '1'\n",
      "models/churn/aliases/champion": "2\n",
      "models/churn/aliases/challenger": "1",
      "models/churn/version-1/meta.yaml": versionMeta("churn", 1),
      "models/churn/version-2/meta.yaml": versionMeta("churn", 2),
    });
    const source = await openSource(path);
    expect((await everything(source)).aliases).toEqual([
      { model: "churn", alias: "challenger", version: 1 },
      { model: "churn", alias: "champion", version: 2 },
    ]);
    expect(source.warnings).toHaveLength(1);
  });

  it("leaves a run that never ended RUNNING, also where no status was written", async () => {
    const path = fileStore({
      "0/meta.yaml": experimentMeta(),
      [`0/${a}/meta.yaml`]: runMeta(a, "status: 1\nend_time: null\n"),
      [`0/${b}/meta.yaml`]: `run_uuid: ${b}\nexperiment_id: 0\nend_time:\n`,
    });
    const { runs } = await everything(await openSource(path));
    expect(runs.map((run) => [run.status, run.endedAt])).toEqual([
      ["RUNNING", undefined],
      ["RUNNING", undefined],
    ]);
  });

  it("takes deleted experiments from .trash, with the runs in them", async () => {
    const path = fileStore({
      "0/meta.yaml": experimentMeta(),
      ".trash/7/meta.yaml": experimentMeta("7", "old", "last_update_time: 1700000009000\n"),
      [`.trash/7/${a}/meta.yaml`]: runMeta(a, "experiment_id: '7'\nlifecycle_stage: deleted\n"),
    });
    const { experiments, runs } = await everything(await openSource(path));
    expect(experiments[1]).toMatchObject({ name: "old", deletedAt: "2023-11-14T22:13:29.000Z" });
    expect(runs[0]).toMatchObject({ experiment: "old", deletedAt: "2023-11-14T22:13:22.000Z" });
  });

  it("records addresses of every form as they stand, and finds the MLmodel each points to", async () => {
    const sources = [
      `file:///C:/Users/x/mlruns/0/${a}/artifacts/net`,
      `C:\\Users\\x\\mlruns\\0\\${a}\\artifacts\\net`,
      `mlflow-artifacts:/0/${a}/artifacts/net`,
      `runs:/${a}/net`,
      `./mlruns/0/${a}/artifacts/net/`,
      `file:///home/x/mlruns/0/${a}/artifacts/../../../secret`,
      "s3://elsewhere/net",
    ];
    const path = fileStore({
      "0/meta.yaml": experimentMeta(),
      [`0/${a}/meta.yaml`]: runMeta(a),
      [`0/${a}/artifacts/net/MLmodel`]: "flavors:\n  python_function: {}\n  onnx:\n    data: model.onnx\n",
      "models/net/meta.yaml": "name: net\n",
      ...Object.fromEntries(
        sources.map((source, index) => [
          `models/net/version-${index + 1}/meta.yaml`,
          versionMeta("net", index + 1, `run_id: ${a}\nsource: ${source}\n`),
        ]),
      ),
    });
    const { versions } = await everything(await openSource(path));
    expect(versions.map((version) => version.source)).toEqual(sources);
    const found = ["onnx", "onnx", "onnx", "onnx", "onnx", undefined, undefined];
    expect(versions.map((version) => version.framework)).toEqual(found);
  });

  it("puts parents before their children, and survives a ring of them", async () => {
    const early = "start_time: 1600000000000\n";
    const path = fileStore({
      "0/meta.yaml": experimentMeta(),
      [`0/${a}/meta.yaml`]: runMeta(a, early),
      [`0/${a}/tags/mlflow.parentRunId`]: b,
      [`0/${b}/meta.yaml`]: runMeta(b),
      [`0/${c}/meta.yaml`]: runMeta(c),
      [`0/${c}/tags/mlflow.parentRunId`]: c,
    });
    const source = await openSource(path);
    const { runs } = await everything(source);
    expect(runs.map((run) => [run.runId, run.parentRunId])).toEqual([
      [b, undefined],
      [a, b],
      [c, undefined],
    ]);
    expect(source.warnings).toEqual([`Run ${c} descends from itself: its parent is left out`]);
  });

  it("reads what PyYAML writes bare as the text it is", async () => {
    const path = fileStore({
      "0/meta.yaml": experimentMeta("0", "'yes'"),
      "0/datasets/d/meta.yaml":
        'name: 0o17\ndigest: 1234e567\nsource: \'{"uri": "x"}\'\nschema: null\nprofile:\n',
      [`0/${a}/meta.yaml`]: runMeta(a, "run_name: 2023-01-01 10:00:00\n"),
      [`0/${a}/inputs/i/meta.yaml`]: "source_type: DATASET\nsource_id: d\ntags: {}\n",
    });
    const { experiments, runs } = await everything(await openSource(path));
    expect(experiments[0]?.name).toBe("yes");
    expect(runs[0]?.name).toBe("2023-01-01 10:00:00");
    expect(runs[0]?.inputs).toEqual([{ name: "0o17", digest: "1234e567", source: '{"uri": "x"}', role: "" }]);
  });

  it("reads metric lines with and without a step or a dataset, and what JSON cannot hold", async () => {
    const path = fileStore({
      "0/meta.yaml": experimentMeta(),
      [`0/${a}/meta.yaml`]: runMeta(a),
      [`0/${a}/metrics/val/loss`]:
        "1700000001000 nan 0\n1700000001000 inf 1\n1700000001000 -inf -2\n1700000001000 1e-05\n1700000001000 0.5 3 my data abc\n",
      [`0/${a}/metrics/broken`]: "1700000001000 0.1 0\n1700000001000 0.1 0\n17000000010",
    });
    const source = await openSource(path);
    const { runs } = await everything(source);
    const at = "2023-11-14T22:13:21.000Z";
    expect(runs[0]?.metrics).toEqual([
      { key: "broken", step: 0, at, value: 0.1 },
      { key: "val/loss", step: 0, at, special: "NAN" },
      { key: "val/loss", step: 1, at, special: "POSITIVE_INFINITY" },
      { key: "val/loss", step: -2, at, special: "NEGATIVE_INFINITY" },
      { key: "val/loss", step: 0, at, value: 0.00001 },
      { key: "val/loss", step: 3, at, value: 0.5, dataset: "my data" },
    ]);
    expect(source.warnings).toEqual([
      `Run ${a}: metric "broken" holds the same point twice; it is imported once`,
      `Run ${a}: metric "broken" holds a point that cannot be read; it is left out`,
    ]);
  });

  it("reads the logged models of MLflow 3, by the run whose output they are", async () => {
    const modelId = `m-${runId("1")}`;
    const path = fileStore({
      "0/meta.yaml": experimentMeta(),
      [`0/${a}/meta.yaml`]: runMeta(a),
      // MLflow writes the run's own id where the model's should stand; only the folder names the model.
      [`0/${a}/outputs/${modelId}/meta.yaml`]: `source_type: RUN_OUTPUT\nsource_id: ${a}\ndestination_type: MODEL_OUTPUT\ndestination_id: ${a}\nstep: 0\n`,
      [`0/${b}/meta.yaml`]: runMeta(b),
      [`0/${b}/inputs/i/meta.yaml`]: `source_type: MODEL\nsource_id: ${modelId}\ndestination_type: RUN\ntags: {}\n`,
      [`0/models/${modelId}/meta.yaml`]: `model_id: ${modelId}\nname: net\nstatus: 2\ncreation_timestamp: 1700000005000\nsource_run_id: null\nlifecycle_stage: active\nmodel_type: agent\n`,
      [`0/models/${modelId}/params/depth`]: "3",
      [`0/models/${modelId}/tags/mlflow.user`]: "someone",
      [`0/models/${modelId}/metrics/f1`]: `1700000006000 0.9 4 ${a} my data abc\n`,
      [`0/models/${modelId}/artifacts/MLmodel`]:
        "flavors:\n  keras:\n    save_format: tf\n  python_function: {}\n",
      "models/net/meta.yaml": "name: net\n",
      "models/net/version-1/meta.yaml": versionMeta(
        "net",
        1,
        `model_id: ${modelId}\nsource: models:/${modelId}\n`,
      ),
    });
    const { loggedModels, versions, runs } = await everything(await openSource(path));
    expect(loggedModels).toEqual([
      {
        modelId,
        name: "net",
        runId: a,
        experiment: "Default",
        status: "READY",
        createdAt: "2023-11-14T22:13:25.000Z",
        attributedTo: "someone",
        params: [{ key: "depth", value: "3" }],
        tags: [{ key: "mlflow.modelType", value: "agent" }],
        metrics: [{ key: "f1", value: 0.9, step: 4, at: "2023-11-14T22:13:26.000Z", dataset: "my data" }],
      },
    ]);
    expect(versions[0]).toMatchObject({ loggedModelId: modelId, framework: "keras", format: "tf" });
    expect(runs[1]?.tags).toContainEqual({ key: "mlflow.inputModels", value: JSON.stringify([modelId]) });
  });

  it("falls back on the run's own list of logged models where the files are gone", async () => {
    const history = JSON.stringify([
      {
        artifact_path: "net",
        flavors: { sklearn: { serialization_format: "pickle" } },
        signature: { inputs: '[{"type": "long"}]', outputs: null },
      },
      {
        artifact_path: "other",
        flavors: { xgboost: {} },
        signature: { inputs: '[{"type": "long"}]', outputs: "none" },
      },
    ]);
    const path = fileStore({
      "0/meta.yaml": experimentMeta(),
      [`0/${a}/meta.yaml`]: runMeta(a),
      [`0/${a}/tags/mlflow.log-model.history`]: history,
      "models/net/meta.yaml": "name: net\n",
      "models/net/version-1/meta.yaml": versionMeta("net", 1, `run_id: ${a}\nsource: runs:/${a}/net\n`),
      "models/net/version-2/meta.yaml": versionMeta("net", 2, `run_id: ${a}\nsource: runs:/${a}/other\n`),
    });
    const { versions } = await everything(await openSource(path));
    expect(versions[0]).toMatchObject({
      framework: "sklearn",
      format: "pickle",
      signature: { inputs: [{ type: "long" }] },
    });
    expect(versions[1]).toMatchObject({ framework: "xgboost" });
    expect(versions[1]).not.toHaveProperty("signature");
  });
});
