import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { freshDatabase } from "../support/engines.ts";
import { type Mlflow, mlflowOf } from "../support/mlflow.ts";
import { pauseBeforeTheAnswer } from "../support/pauses.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let mlflow: Mlflow;

beforeAll(async () => {
  world = await startWorld();
  mlflow = mlflowOf(world);
  return world.close;
});
afterEach(() => vi.restoreAllMocks());

type Sent = [path: string, body: object];

/** Sends requests over one connection, and hangs up when they have been done and not been answered. */
async function hangUpOn(...requests: Sent[]): Promise<void> {
  const { isDone, goOn } = pauseBeforeTheAnswer(requests.length);
  const { hostname, port } = new URL(world.url);
  const socket = connect(Number(port), hostname);
  for (const [path, body] of requests) {
    const text = JSON.stringify(body);
    const head = [
      `POST /api/2.0/mlflow/${path} HTTP/1.1`,
      `Host: ${hostname}:${port}`,
      `Authorization: Bearer ${world.token}`,
      "Content-Type: application/json",
      `Content-Length: ${Buffer.byteLength(text)}`,
    ];
    socket.write(`${head.join("\r\n")}\r\n\r\n${text}`);
  }
  await isDone.given;
  socket.destroy();
  await once(socket, "close");
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
    for (let time = 0; time < 3; time++) await hangUpOn(["model-versions/create", wanted]);
    const heard = await mlflow.post("model-versions/create", wanted);
    expect(heard).toMatchObject({ status: 200, body: { model_version: { version: "1", source } } });
    expect(await versionsOf("lost.version")).toEqual(["1"]);
    expect((await mlflow.post("model-versions/create", wanted)).body.model_version.version).toBe("2");
    expect(await versionsOf("lost.version")).toEqual(["2", "1"]);
  });

  it("makes one run, and one logged model", async () => {
    const run = { experiment_id: "0", start_time: 1, tags: [{ key: "lost", value: "run" }] };
    await hangUpOn(["runs/create", run]);
    const { run_id } = (await mlflow.post("runs/create", run)).body.run.info;
    const found = await mlflow.post("runs/search", {
      experiment_ids: ["0"],
      filter: "tags.lost = 'run'",
    });
    expect(found.body.runs.map((one: { info: { run_id: string } }) => one.info.run_id)).toEqual([run_id]);

    const model = { experiment_id: "0", name: "lost" };
    await hangUpOn(["logged-models", model]);
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
    await hangUpOn(["registered-models/create", { name: "lost.model" }]);
    const made = await mlflow.post("registered-models/create", { name: "lost.model" });
    expect(made).toMatchObject({ status: 200, body: { registered_model: { name: "lost.model" } } });
    await hangUpOn(["experiments/create", { name: "lost" }]);
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

it("each of several requests on one connection that ends is done once", async () => {
  await mlflow.post("registered-models/create", { name: "lost.both" });
  const wanted: Sent[] = ["a", "b"].map((key) => [
    "model-versions/create",
    { name: "lost.both", source, tags: [{ key, value: "v" }] },
  ]);
  await hangUpOn(...wanted);
  const answers = await Promise.all(wanted.map(([path, body]) => mlflow.post(path, body)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect((await versionsOf("lost.both")).toSorted()).toEqual(["1", "2"]);
});

it("what was made and not answered is made anew where it has been deleted or renamed meanwhile", async () => {
  const name = "lost.again";
  await hangUpOn(["registered-models/create", { name }]);
  await mlflow.delete("registered-models/delete", { name });
  expect((await mlflow.post("registered-models/create", { name })).status).toBe(200);
  expect((await mlflow.get("registered-models/get", { name })).status).toBe(200);

  await hangUpOn(["model-versions/create", { name, source }]);
  await mlflow.delete("model-versions/delete", { name, version: "1" });
  const { body } = await mlflow.post("model-versions/create", { name, source });
  expect(body.model_version.version).toBe("2");
  expect(await versionsOf(name)).toEqual(["2"]);

  await hangUpOn(["registered-models/create", { name: "lost.named" }]);
  await mlflow.post("registered-models/rename", { name: "lost.named", new_name: "lost.renamed" });
  const made = await mlflow.post("registered-models/create", { name: "lost.named" });
  expect(made.body.registered_model.name).toBe("lost.named");
});

it("what was answered is done anew by a server that was started again", async () => {
  const { settings, drop } = await freshDatabase();
  onTestFinished(drop);
  const versions: string[] = [];
  for (let start = 0; start < 3; start++) {
    const server = await startWorld({ settings });
    const own = mlflowOf(server);
    await own.post("registered-models/create", { name: "restarted" });
    const { body } = await own.post("model-versions/create", { name: "restarted", source });
    versions.push(body.model_version.version);
    await server.close();
  }
  expect(versions).toEqual(["1", "2", "3"]);
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
