import { beforeAll, describe, expect, it } from "vitest";
import { type Mlflow, mlflowOf } from "../support/mlflow.ts";
import { fewestStatements } from "../support/statements.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let mlflow: Mlflow;

beforeAll(async () => {
  world = await startWorld();
  mlflow = mlflowOf(world);
  return world.close;
});

describe("a registered model of MLflow", () => {
  it("is made, shown and described, and is a model of the graph", async () => {
    const tags = [{ key: "team", value: "risk" }];
    const made = await mlflow.post("registered-models/create", {
      name: "credit",
      description: "first",
      tags,
    });
    expect(made).toMatchObject({
      status: 200,
      body: { registered_model: { name: "credit", description: "first", tags } },
    });
    await mlflow.patch("registered-models/update", { name: "credit", description: "second" });
    const { body } = await mlflow.get("registered-models/get", { name: "credit" });
    expect(body.registered_model).toMatchObject({ name: "credit", description: "second", tags });
    expect(await world.ask(`{ model(name: "credit") { description tags { key value } } }`)).toEqual({
      model: { description: "second", tags },
    });
  });

  it("is renamed with all it has, and deleted so that its name is free, from version 1", async () => {
    const source = "s3://bucket/model";
    await mlflow.post("registered-models/create", { name: "old" });
    await mlflow.post("model-versions/create", { name: "old", source });
    await mlflow.post("registered-models/alias", { name: "old", alias: "best", version: "1" });
    const renamed = await mlflow.post("registered-models/rename", { name: "old", new_name: "new" });
    expect(renamed.body.registered_model).toMatchObject({
      name: "new",
      aliases: [{ alias: "best", version: "1" }],
      latest_versions: [{ name: "new", version: "1", aliases: ["best"] }],
    });
    expect((await mlflow.get("registered-models/get", { name: "old" })).status).toBe(404);
    expect(await mlflow.delete("registered-models/delete", { name: "new" })).toEqual({
      status: 200,
      body: {},
    });
    expect((await mlflow.get("model-versions/get", { name: "new", version: "1" })).status).toBe(404);
    await mlflow.post("registered-models/create", { name: "new" });
    const { body } = await mlflow.post("model-versions/create", { name: "new", source });
    expect(body.model_version).toMatchObject({ version: "1" });
    expect(body.model_version.aliases).toBeUndefined();
  });

  it("has tags, of which the last word counts", async () => {
    const name = "tagged";
    const twice = [
      { key: "k", value: "1" },
      { key: "k", value: "2" },
    ];
    await mlflow.post("registered-models/create", { name, tags: twice });
    await mlflow.post("registered-models/set-tag", { name, key: "empty" });
    await mlflow.post("registered-models/set-tag", { name, key: "gone", value: "v" });
    expect(await mlflow.delete("registered-models/delete-tag", { name, key: "gone" })).toMatchObject({
      status: 200,
    });
    expect(await mlflow.delete("registered-models/delete-tag", { name, key: "gone" })).toMatchObject({
      status: 200,
    });
    const { body } = await mlflow.get("registered-models/get", { name });
    expect(body.registered_model.tags).toEqual([
      { key: "empty", value: "" },
      { key: "k", value: "2" },
    ]);
  });

  it("has aliases that move, and may be deleted twice", async () => {
    const name = "pointed";
    await mlflow.post("registered-models/create", { name });
    for (const source of ["s3://b/1", "s3://b/2"])
      await mlflow.post("model-versions/create", { name, source });
    const at = { name, alias: "champion" };
    for (const version of ["1", "2"]) {
      expect(await mlflow.post("registered-models/alias", { ...at, version })).toEqual({
        status: 200,
        body: {},
      });
      const { body } = await mlflow.get("registered-models/alias", at);
      expect(body.model_version).toMatchObject({ version, aliases: ["champion"] });
    }
    const latest = await mlflow.get("registered-models/alias", { name, alias: "Latest" });
    expect(latest.body.model_version).toMatchObject({ version: "2" });
    for (const _ of [1, 2])
      expect(await mlflow.delete("registered-models/alias", at)).toEqual({ status: 200, body: {} });
    expect(await mlflow.get("registered-models/alias", at)).toEqual({
      status: 400,
      body: { error_code: "INVALID_PARAMETER_VALUE", message: "Registered model alias champion not found." },
    });
  });

  it("is found by an alias in no more statements than by a number", async () => {
    const name = "looked up";
    await mlflow.post("registered-models/create", { name });
    await mlflow.post("model-versions/create", { name, source: "s3://b/1" });
    await mlflow.post("registered-models/alias", { name, alias: "best", version: "1" });
    const byAlias = await fewestStatements(world, () =>
      mlflow.get("registered-models/alias", { name, alias: "best" }),
    );
    const byNumber = await fewestStatements(world, () =>
      mlflow.get("model-versions/get", { name, version: "1" }),
    );
    expect(byAlias.fewest).toBe(byNumber.fewest);
    expect(await mlflow.get("registered-models/alias", { name: `${name} `, alias: "best" })).toMatchObject({
      status: 404,
      body: { error_code: "RESOURCE_DOES_NOT_EXIST" },
    });
  });

  it.each([
    ["latest", "'latest' alias name (case insensitive) is reserved."],
    ["LATEST", "'latest' alias name (case insensitive) is reserved."],
    ["v1", "Version alias name 'v1' is reserved."],
    ["V22", "Version alias name 'V22' is reserved."],
    [
      "a b",
      "Invalid alias name: 'a b'. Names may only contain alphanumerics, underscores (_), and dashes (-).",
    ],
    ["a".repeat(256), "'Registered model alias name' exceeds the maximum length of 255 characters"],
  ])("takes no alias such as %s", async (alias, message) => {
    await mlflow.post("registered-models/create", { name: "unpointed" });
    await mlflow.post("model-versions/create", { name: "unpointed", source: "s3://b/1" });
    const { status, body } = await mlflow.post("registered-models/alias", {
      name: "unpointed",
      alias,
      version: "1",
    });
    expect([status, body.message]).toEqual([400, message]);
  });

  it("keeps a name that is taken, or that MLflow cannot take", async () => {
    for (const name of ["here", "there"]) await mlflow.post("registered-models/create", { name });
    const rename = (new_name?: string) => mlflow.post("registered-models/rename", { name: "here", new_name });
    const refusals = [
      await rename("there"),
      await rename("a/b"),
      await rename("a:b"),
      await rename(".."),
      await rename(),
      await mlflow.post("registered-models/rename", { name: "nobody", new_name: "somebody" }),
      await mlflow.post("registered-models/alias", { name: "here", alias: "a", version: "1" }),
      await mlflow.delete("registered-models/alias", { name: "nobody", alias: "a" }),
    ];
    expect(refusals.map(({ status, body }) => [status, body.message])).toEqual([
      [400, "Registered Model (name=there) already exists."],
      [400, "Invalid model name 'a/b'. Names cannot contain '/' or ':'."],
      [400, "Invalid model name 'a:b'. Names cannot contain '/' or ':'."],
      [400, expect.stringContaining("This name would resolve to '..'")],
      [400, expect.stringContaining("Missing value for required parameter 'new_name'.")],
      [404, "Registered Model with name=nobody not found"],
      [404, "Model Version (name=here, version=1) not found"],
      [404, "Registered Model with name=nobody not found"],
    ]);
    expect((await mlflow.get("registered-models/get", { name: "here" })).status).toBe(200);
  });

  it("is refused in MLflow's words where it is there, is not there, or has no name", async () => {
    await mlflow.post("registered-models/create", { name: "once" });
    const refusals = [
      await mlflow.post("registered-models/create", { name: "once" }),
      await mlflow.get("registered-models/get", { name: "nobody" }),
      await mlflow.get("registered-models/get", {}),
      await mlflow.post("registered-models/create", { name: 123 }),
    ];
    expect(refusals.map(({ status, body }) => [status, body.error_code])).toEqual([
      [400, "RESOURCE_ALREADY_EXISTS"],
      [404, "RESOURCE_DOES_NOT_EXIST"],
      [400, "INVALID_PARAMETER_VALUE"],
      [400, "INVALID_PARAMETER_VALUE"],
    ]);
    expect(refusals.map(({ body }) => body.message)).toEqual([
      "Registered Model (name=once) already exists.",
      "Registered Model with name=nobody not found",
      expect.stringContaining("Missing value for required parameter 'name'."),
      expect.stringContaining(
        "Invalid value 123 for parameter 'name' supplied:  Hint: Value was of type 'int'.",
      ),
    ]);
  });
});
