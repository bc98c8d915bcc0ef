import { request } from "node:http";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { Claims } from "../../src/journal/claims.ts";
import { type Mlflow, mlflowOf } from "../support/mlflow.ts";
import { type Signal, signal } from "../support/pauses.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let mlflow: Mlflow;

beforeAll(async () => {
  world = await startWorld();
  mlflow = mlflowOf(world);
  return world.close;
});
afterEach(() => vi.restoreAllMocks());

/** Whatever is done once stops when it is done, before it is answered. */
function pauseBeforeTheAnswer(): { isDone: Signal; goOn: Signal } {
  const [isDone, goOn] = [signal(), signal()];
  const run = Claims.prototype.run;
  vi.spyOn(Claims.prototype, "run").mockImplementation(async function (this: Claims, ...given) {
    const done = await run.apply(this, given);
    isDone.give();
    await goOn.given;
    return done;
  } as Claims["run"]);
  return { isDone, goOn };
}

/** Sends a request, and hangs up when it has been done and not been answered. */
async function hangUpOn(path: string, body: object): Promise<void> {
  const { isDone, goOn } = pauseBeforeTheAnswer();
  const sent = request(`${world.url}/api/2.0/mlflow/${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${world.token}`, "content-type": "application/json" },
    agent: false,
  });
  sent.on("error", () => {});
  sent.end(JSON.stringify(body));
  await isDone.given;
  const closed = new Promise((resolve) => sent.on("close", resolve));
  sent.destroy();
  await closed;
  // What comes on a later connection is heard after the end of that one.
  for (let turn = 0; turn < 3; turn++) await mlflow.get("experiments/get", { experiment_id: "0" });
  vi.restoreAllMocks();
  goOn.give();
}

const source = "s3://bucket/model";
const versionsOf = async (name: string): Promise<string[]> => {
  const { body } = await mlflow.get("model-versions/search", { filter: `name = '${name}'` });
  return body.model_versions.map(({ version }: { version: string }) => version);
};

describe("a request of MLflow's client whose answer was lost", () => {
  it("registers one version however often it is sent, and another once it was answered", async () => {
    await mlflow.post("registered-models/create", { name: "lost.version" });
    const wanted = { name: "lost.version", source, tags: [{ key: "k", value: "v" }] };
    for (let time = 0; time < 3; time++) await hangUpOn("model-versions/create", wanted);
    const heard = await mlflow.post("model-versions/create", wanted);
    expect(heard).toMatchObject({ status: 200, body: { model_version: { version: "1", source } } });
    expect(await versionsOf("lost.version")).toEqual(["1"]);
    expect((await mlflow.post("model-versions/create", wanted)).body.model_version.version).toBe("2");
    expect(await versionsOf("lost.version")).toEqual(["2", "1"]);
  });

  it("makes one run, and one logged model", async () => {
    const run = { experiment_id: "0", start_time: 1, tags: [{ key: "lost", value: "run" }] };
    await hangUpOn("runs/create", run);
    const { run_id } = (await mlflow.post("runs/create", run)).body.run.info;
    const found = await mlflow.post("runs/search", {
      experiment_ids: ["0"],
      filter: "tags.lost = 'run'",
    });
    expect(found.body.runs.map((one: { info: { run_id: string } }) => one.info.run_id)).toEqual([run_id]);

    const model = { experiment_id: "0", name: "lost" };
    await hangUpOn("logged-models", model);
    const made = (await mlflow.post("logged-models", model)).body.model.info.model_id;
    const models = await mlflow.post("logged-models/search", {
      experiment_ids: ["0"],
      filter: "name = 'lost'",
    });
    expect(models.body.models.map((one: { info: { model_id: string } }) => one.info.model_id)).toEqual([
      made,
    ]);
  });

  it("is told what it made where a name can be given once, and all others that the name is taken", async () => {
    await hangUpOn("registered-models/create", { name: "lost.model" });
    const made = await mlflow.post("registered-models/create", { name: "lost.model" });
    expect(made).toMatchObject({ status: 200, body: { registered_model: { name: "lost.model" } } });
    await hangUpOn("experiments/create", { name: "lost" });
    const experiment = await mlflow.post("experiments/create", { name: "lost" });
    expect(experiment).toMatchObject({ status: 200, body: { experiment_id: expect.any(String) } });
    const late = [
      await mlflow.post("registered-models/create", { name: "lost.model" }),
      await mlflow.post("experiments/create", { name: "lost" }),
    ];
    expect(late.map(({ status, body }) => [status, body.error_code])).toEqual(
      late.map(() => [400, "RESOURCE_ALREADY_EXISTS"]),
    );
  });
});

it("requests that are alike are done one by one where each is answered", async () => {
  await mlflow.post("registered-models/create", { name: "alike" });
  const wanted = { name: "alike", source };
  for (let time = 0; time < 3; time++) await mlflow.post("model-versions/create", wanted);
  expect(await versionsOf("alike")).toEqual(["3", "2", "1"]);
  const runs = await Promise.all(
    Array.from({ length: 8 }, () => mlflow.post("runs/create", { experiment_id: "0", start_time: 7 })),
  );
  expect(new Set(runs.map(({ body }) => body.run.info.run_id)).size).toBe(8);
});
