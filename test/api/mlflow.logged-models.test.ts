import { beforeAll, describe, expect, it } from "vitest";
import { type Mlflow, mlflowOf } from "../support/mlflow.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let mlflow: Mlflow;
let run_id: string;

beforeAll(async () => {
  world = await startWorld();
  mlflow = mlflowOf(world);
  run_id = (await mlflow.post("runs/create", { experiment_id: "0" })).body.run.info.run_id;
  return world.close;
});

async function made(given: object = {}): Promise<string> {
  const { body } = await mlflow.post("logged-models", { experiment_id: "0", ...given });
  return body.model.info.model_id;
}

async function shown(model_id: string) {
  return (await mlflow.get(`logged-models/${model_id}`)).body.model;
}

describe("a logged model of MLflow", () => {
  it("is made pending, of its run, and becomes ready", async () => {
    const params = [{ key: "depth", value: "3" }];
    const tags = [{ key: "team", value: "risk" }];
    const model_id = await made({ name: "tree", model_type: "clf", source_run_id: run_id, params, tags });
    const pending = await shown(model_id);
    const ready = await mlflow.patch(`logged-models/${model_id}`, { model_id, status: "LOGGED_MODEL_READY" });
    expect(pending).toEqual({
      info: {
        model_id: expect.stringMatching(/^m-[0-9a-f]{32}$/),
        experiment_id: "0",
        name: "tree",
        creation_timestamp_ms: expect.any(Number),
        last_updated_timestamp_ms: expect.any(Number),
        artifact_uri: `mlflow-artifacts:/0/models/${model_id}/artifacts`,
        status: "LOGGED_MODEL_PENDING",
        model_type: "clf",
        source_run_id: run_id,
        tags,
      },
      data: { params },
    });
    expect(ready.body.model.info.status).toBe("LOGGED_MODEL_READY");
    const run = await world.ask(`{ run(runId: "${run_id}") { loggedModels { modelId status } } }`);
    expect(run.run.loggedModels).toContainEqual({ modelId: model_id, status: "READY" });
  });

  it("is an output of its run, and is measured with it", async () => {
    const model_id = await made({ source_run_id: run_id });
    const linked = await mlflow.post("runs/outputs", { run_id, models: [{ model_id, step: 1 }] });
    const metric = { key: "acc", value: "NaN", timestamp: 1, step: 2, model_id, dataset_name: "loans" };
    await mlflow.post("runs/log-batch", { run_id, metrics: [metric] });
    const { body } = await mlflow.get("runs/get", { run_id });
    expect(linked).toEqual({ status: 200, body: {} });
    expect(body.run.outputs.model_outputs).toContainEqual({ model_id, step: 1 });
    expect(body.run.data.metrics).toContainEqual(expect.objectContaining({ key: "acc", value: "NaN" }));
    const { dataset_name, ...measured } = metric;
    // A client refuses all that is with a name that has no digest.
    expect((await shown(model_id)).data.metrics).toEqual([{ ...measured, run_id }]);
    const dataset = { name: dataset_name, digest: "d1", source_type: "s3", source: "s3://b/loans" };
    await mlflow.post("runs/log-inputs", { run_id, datasets: [{ dataset }] });
    const told = { dataset_name, dataset_digest: "d1" };
    expect((await shown(model_id)).data.metrics).toEqual([{ ...measured, ...told, run_id }]);
    const after = await mlflow.get("runs/get", { run_id });
    expect(after.body.run.data.metrics).toContainEqual(expect.objectContaining({ key: "acc", ...told }));
  });

  it("is tagged, untagged and given parameters", async () => {
    const model_id = await made();
    await mlflow.patch(`logged-models/${model_id}/tags`, {
      tags: [
        { key: "a/b", value: "1" },
        { key: "c", value: "2" },
        { key: "c", value: "3" },
      ],
    });
    const untagged = await mlflow.delete(`logged-models/${model_id}/tags/${encodeURIComponent("a/b")}`);
    const again = await mlflow.delete(`logged-models/${model_id}/tags/gone`);
    await mlflow.post(`logged-models/${model_id}/params`, { params: [{ key: "p", value: "1" }] });
    const changed = await mlflow.post(`logged-models/${model_id}/params`, {
      params: [{ key: "p", value: "2" }],
    });
    expect(untagged.status).toBe(200);
    expect(again).toMatchObject({
      status: 404,
      body: { message: `No tag with key 'gone' found for model with ID '${model_id}'.` },
    });
    expect(changed.status).toBe(400);
    expect(await shown(model_id)).toMatchObject({
      info: { tags: [{ key: "c", value: "3" }] },
      data: { params: [{ key: "p", value: "1" }] },
    });
  });

  it("is gone once it is deleted, and may be deleted again", async () => {
    const model_id = await made({ source_run_id: run_id });
    const first = await mlflow.delete(`logged-models/${model_id}`);
    const second = await mlflow.delete(`logged-models/${model_id}`);
    const gone = await mlflow.get(`logged-models/${model_id}`);
    const seen = await mlflow.get(`logged-models/${model_id}`, { allow_deleted: "true" });
    const { body } = await mlflow.get("runs/get", { run_id });
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(gone).toMatchObject({
      status: 404,
      body: { message: `Logged model with ID '${model_id}' not found.` },
    });
    expect(seen.body.model.info.model_id).toBe(model_id);
    expect(JSON.stringify(body.run.outputs)).not.toContain(model_id);
    const { registryEvents } = await world.ask(
      `{ registryEvents(first: 100, filter: { types: ["logged_model.deleted"] }) { nodes { payload } } }`,
    );
    expect(
      registryEvents.nodes.filter(
        ({ payload }: { payload: { modelId: string } }) => payload.modelId === model_id,
      ),
    ).toHaveLength(1);
  });
});

describe("a search for logged models", () => {
  let experiment_id: string;
  const found = async (query: object) => {
    const { body } = await mlflow.post("logged-models/search", { experiment_ids: [experiment_id], ...query });
    return (body.models ?? []).map(({ info }: { info: { name: string } }) => info.name);
  };

  beforeAll(async () => {
    experiment_id = (await mlflow.post("experiments/create", { name: "with models" })).body.experiment_id;
    const { body } = await mlflow.post("runs/create", { experiment_id });
    const source_run_id = body.run.info.run_id;
    const ids: string[] = [];
    for (const [name, value] of [
      ["a", 0.5],
      ["b", 0.75],
      ["c", 0.25],
    ] as const) {
      const params = [{ key: "name", value: name.toUpperCase() }];
      ids.push(await made({ experiment_id, name, model_type: `type ${name}`, source_run_id, params }));
      const metric = { key: "acc", value, timestamp: 1, model_id: ids.at(-1), dataset_name: `data ${name}` };
      await mlflow.post("runs/log-metric", { run_id: source_run_id, ...metric });
    }
    await mlflow.patch(`logged-models/${ids[0]}`, { status: 2 });
  });

  it.each<[object, string[]]>([
    [{}, ["c", "b", "a"]],
    [{ filter: "metrics.acc > 0.3" }, ["b", "a"]],
    [{ filter: "params.name = 'B'" }, ["b"]],
    [{ filter: "name IN ('a', 'c')" }, ["c", "a"]],
    [{ filter: "status = 'READY'" }, ["a"]],
    [{ filter: "model_type LIKE '%b'" }, ["b"]],
    [{ filter: "creation_timestamp > 0 AND attributes.name != 'a'" }, ["c", "b"]],
    [{ datasets: [{ dataset_name: "data b" }] }, ["b"]],
    [
      { filter: "metrics.acc > 0.3", datasets: [{ dataset_name: "data c" }, { dataset_name: "data a" }] },
      ["a"],
    ],
    [{ order_by: [{ field_name: "metrics.acc", ascending: false }] }, ["b", "a", "c"]],
    [{ order_by: [{ field_name: "metrics.acc", dataset_name: "data a" }] }, ["a", "c", "b"]],
    [{ order_by: [{ field_name: "name" }] }, ["a", "b", "c"]],
    [{ order_by: [{ field_name: "model_type", ascending: false }] }, ["c", "b", "a"]],
  ])("finds by %o", async (query, names) => {
    expect(await found(query)).toEqual(names);
  });

  it("turns pages, in a number of statements that does not grow with them", async () => {
    const order_by = [{ field_name: "name" }];
    const ask = (query: object) =>
      mlflow.post("logged-models/search", { experiment_ids: [experiment_id], order_by, ...query });
    const first = await ask({ max_results: 2 });
    const second = await ask({ max_results: 2, page_token: first.body.next_page_token });
    expect(first.body.models).toHaveLength(2);
    expect(second.body.models.map(({ info }: { info: { name: string } }) => info.name)).toEqual(["c"]);
    const one = await world.statementsOf(() => ask({ max_results: 1 }));
    const three = await world.statementsOf(() => ask({ max_results: 3 }));
    expect(three.length).toBe(one.length);
  });
});

describe("what cannot be done with a logged model", () => {
  it("is refused in MLflow's words", async () => {
    const model_id = await made();
    const answers = [
      await mlflow.get("logged-models/m-nope"),
      await mlflow.patch("logged-models/m-nope", { status: 2 }),
      await mlflow.patch(`logged-models/${model_id}`, {}),
      await mlflow.post("logged-models", { name: "x" }),
      await mlflow.post("logged-models", { experiment_id: "0", name: "a/b" }),
      await mlflow.post("logged-models", { experiment_id: "424242" }),
      await mlflow.post("logged-models/search", {}),
      await mlflow.post("logged-models/search", {
        experiment_ids: ["0"],
        order_by: [{ field_name: "size" }],
      }),
      await mlflow.post("runs/outputs", { run_id, models: [{ model_id }] }),
    ];
    expect(answers.map(({ status, body }) => [status, body.message])).toEqual([
      [404, "Logged model with ID 'm-nope' not found."],
      [404, "Logged model with ID 'm-nope' not found."],
      [400, expect.stringContaining("Missing value for required parameter 'status'.")],
      [400, expect.stringContaining("Missing value for required parameter 'experiment_id'.")],
      [400, expect.stringMatching(/^Invalid model name \('a\/b'\) provided\./)],
      [404, "No Experiment with id=424242 exists"],
      [400, expect.stringContaining("Missing value for required parameter 'experiment_ids'.")],
      [400, "Invalid order by field name: size."],
      [400, expect.stringContaining("was not made by the run")],
    ]);
  });
});
