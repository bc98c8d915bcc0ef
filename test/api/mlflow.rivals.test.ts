import { beforeAll, describe, expect, it } from "vitest";
import { person } from "../support/access.ts";
import { type Mlflow, mlflowOf } from "../support/mlflow.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let mlflow: Mlflow;
const source = "s3://bucket/model";
const many = Array.from({ length: 16 }, (_, index) => index);

beforeAll(async () => {
  world = await startWorld();
  mlflow = mlflowOf(world);
  return world.close;
});

describe("calls of MLflow that come at once", () => {
  it("make a model once, and tell all others that it is there", async () => {
    const answers = await Promise.all(
      many.map(() => mlflow.post("registered-models/create", { name: "contested" })),
    );
    const [made, ...refused] = answers.sort((a, b) => a.status - b.status);
    expect(made!.status).toBe(200);
    expect(refused.map(({ status, body }) => [status, body])).toEqual(
      refused.map(() => [
        400,
        {
          error_code: "RESOURCE_ALREADY_EXISTS",
          message: "Registered Model (name=contested) already exists.",
        },
      ]),
    );
  });

  it("make as many versions, each with a number of its own", async () => {
    await mlflow.post("registered-models/create", { name: "grown" });
    const answers = await Promise.all(
      many.map(() => mlflow.post("model-versions/create", { name: "grown", source })),
    );
    expect(answers.map(({ status }) => status)).toEqual(many.map(() => 200));
    const numbers = answers.map(({ body }) => Number(body.model_version.version)).sort((a, b) => a - b);
    expect(numbers).toEqual(many.map((index) => index + 1));
  });

  it("move versions one after another, so that one is left where each clears the stage", async () => {
    await mlflow.post("registered-models/create", { name: "moved" });
    for (const _ of many) await mlflow.post("model-versions/create", { name: "moved", source });
    const answers = await Promise.all(
      many.map((index) =>
        mlflow.post("model-versions/transition-stage", {
          name: "moved",
          version: String(index + 1),
          stage: "Production",
          archive_existing_versions: true,
        }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(many.map(() => 200));
    const { body } = await mlflow.get("model-versions/search", { filter: "name = 'moved'" });
    const standing = body.model_versions.map((one: { current_stage: string }) => one.current_stage);
    expect(standing.filter((stage: string) => stage === "Production")).toHaveLength(1);
  });
});

describe("a caller of MLflow", () => {
  it("who may only read changes nothing", async () => {
    await mlflow.post("registered-models/create", { name: "risk.kept" });
    await mlflow.post("model-versions/create", { name: "risk.kept", source });
    await mlflow.post("registered-models/alias", { name: "risk.kept", alias: "best", version: "1" });
    const viewer = await person(world, "viewer", { grants: [["VIEWER", "risk.*"]] });
    const theirs = mlflowOf({ url: world.url, token: viewer.token });
    const name = "risk.kept";
    const at = { name, version: "1" };
    const answers = [
      await theirs.post("registered-models/create", { name: "risk.new" }),
      await theirs.patch("registered-models/update", { name, description: "x" }),
      await theirs.post("registered-models/rename", { name, new_name: "risk.other" }),
      await theirs.delete("registered-models/delete", { name }),
      await theirs.post("registered-models/set-tag", { name, key: "k", value: "v" }),
      await theirs.delete("registered-models/delete-tag", { name, key: "k" }),
      await theirs.post("registered-models/alias", { ...at, alias: "best" }),
      await theirs.delete("registered-models/alias", { name, alias: "best" }),
      await theirs.post("model-versions/create", { name, source }),
      await theirs.patch("model-versions/update", { ...at, description: "x" }),
      await theirs.post("model-versions/set-tag", { ...at, key: "k", value: "v" }),
      await theirs.delete("model-versions/delete-tag", { ...at, key: "k" }),
      await theirs.post("model-versions/transition-stage", { ...at, stage: "Production" }),
      await theirs.delete("model-versions/delete", at),
    ];
    expect(answers.map(({ status, body }) => [status, body.error_code])).toEqual(
      answers.map(() => [403, "PERMISSION_DENIED"]),
    );
    expect(
      (await theirs.get("registered-models/alias", { name, alias: "best" })).body.model_version,
    ).toMatchObject({
      version: "1",
      current_stage: "None",
    });
  });

  it("does not learn of models that are hidden, whichever way it asks", async () => {
    await mlflow.post("registered-models/create", { name: "secret.one" });
    await mlflow.post("model-versions/create", { name: "secret.one", source });
    await mlflow.post("registered-models/create", { name: "open.one" });
    const stranger = await person(world, "stranger", { grants: [["MAINTAINER", "open.*"]] });
    const theirs = mlflowOf({ url: world.url, token: stranger.token });
    const name = "secret.one";
    const at = { name, version: "1" };
    const answers = [
      await theirs.get("registered-models/get", { name }),
      await theirs.get("registered-models/get-latest-versions", { name }),
      await theirs.get("registered-models/alias", { name, alias: "latest" }),
      await theirs.post("registered-models/set-tag", { name, key: "k" }),
      await theirs.delete("registered-models/delete", { name }),
      await theirs.get("model-versions/get", at),
      await theirs.get("model-versions/get-download-uri", at),
      await theirs.post("model-versions/transition-stage", { ...at, stage: "Production" }),
      await theirs.post("model-versions/create", { name, source }),
      await theirs.post("model-versions/create", { name: "open.one", source: "models:/secret.one/1" }),
    ];
    expect(answers.map(({ status, body }) => [status, body.error_code])).toEqual(
      answers.map(() => [404, "RESOURCE_DOES_NOT_EXIST"]),
    );
    const models = (await theirs.get("registered-models/search")).body.registered_models;
    expect(models.map((one: { name: string }) => one.name)).toEqual(["open.one"]);
    expect((await theirs.get("model-versions/search")).body).toEqual({});
  });

  it("must show who it is", async () => {
    const nobody = mlflowOf({ url: world.url, token: "stm_wrong" });
    expect(await nobody.get("registered-models/search")).toMatchObject({
      status: 401,
      body: { error_code: "UNAUTHENTICATED" },
    });
  });
});
