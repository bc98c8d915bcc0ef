import { beforeAll, describe, expect, it } from "vitest";
import { type Mlflow, mlflowOf } from "../support/mlflow.ts";
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
