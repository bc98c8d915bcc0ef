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

async function made(name: string, tags: object[] = []): Promise<string> {
  const { body } = await mlflow.post("experiments/create", { name, tags });
  return body.experiment_id;
}

async function namesFound(query: object): Promise<string[]> {
  const { body } = await mlflow.post("experiments/search", { max_results: 100, ...query });
  return (body.experiments ?? []).map(({ name }: { name: string }) => name);
}

describe("an experiment of MLflow", () => {
  it("of number 0 is there from the start, by the name Default", async () => {
    const { status, body } = await mlflow.get("experiments/get", { experiment_id: "0" });
    expect(status).toBe(200);
    expect(body.experiment).toMatchObject({
      experiment_id: "0",
      name: "Default",
      artifact_location: "mlflow-artifacts:/0",
      lifecycle_stage: "active",
    });
  });

  it("is made with tags, shown by number and by name, and is an experiment of the graph", async () => {
    const tags = [{ key: "team", value: "risk" }];
    const id = await made("shown", tags);
    expect(id).toMatch(/^[0-9]+$/);
    const byId = await mlflow.get("experiments/get", { experiment_id: id });
    const byName = await mlflow.get("experiments/get-by-name", { experiment_name: "shown" });
    expect(byId.body.experiment).toMatchObject({ experiment_id: id, name: "shown", tags });
    expect(byName.body).toEqual(byId.body);
    expect(await world.ask(`{ experiment(name: "shown") { experimentId tags { key value } } }`)).toEqual({
      experiment: { experimentId: id, tags },
    });
  });

  it("is renamed, tagged and untagged", async () => {
    const experiment_id = await made("before");
    await mlflow.post("experiments/update", { experiment_id, new_name: "after" });
    await mlflow.post("experiments/set-experiment-tag", { experiment_id, key: "a", value: "1" });
    await mlflow.post("experiments/set-experiment-tag", { experiment_id, key: "b" });
    await mlflow.post("experiments/delete-experiment-tag", { experiment_id, key: "a" });
    const { body } = await mlflow.get("experiments/get", { experiment_id });
    expect(body.experiment).toMatchObject({ name: "after", tags: [{ key: "b", value: "" }] });
  });

  it("is shown as deleted until it is restored, and takes no run in between", async () => {
    const experiment_id = await made("comes and goes");
    await mlflow.post("experiments/delete", { experiment_id });
    const gone = await mlflow.get("experiments/get-by-name", { experiment_name: "comes and goes" });
    const again = await mlflow.post("experiments/delete", { experiment_id });
    const run = await mlflow.post("runs/create", { experiment_id });
    await mlflow.post("experiments/restore", { experiment_id });
    const back = await mlflow.get("experiments/get", { experiment_id });
    const twice = await mlflow.post("experiments/restore", { experiment_id });
    expect(gone.body.experiment).toMatchObject({ experiment_id, lifecycle_stage: "deleted" });
    expect(again).toMatchObject({
      status: 404,
      body: { message: `No Experiment with id=${experiment_id} exists` },
    });
    expect(run.body.message).toBe(
      `The experiment ${experiment_id} must be in the 'active' state. Current state is deleted.`,
    );
    expect(back.body.experiment.lifecycle_stage).toBe("active");
    expect(twice.status).toBe(404);
  });
});

describe("a search for experiments", () => {
  it("finds by name, by tag and by view, and joins conditions by AND", async () => {
    const tag = [{ key: "search", value: "Yes" }];
    const first = await made("alpha one", tag);
    await made("alpha two");
    const third = await made("beta one", tag);
    await mlflow.post("experiments/delete", { experiment_id: third });
    const found = await Promise.all(
      [
        { filter: "name LIKE 'alpha%'" },
        { filter: "name LIKE 'ALPHA%'" },
        { filter: "name ILIKE 'ALPHA _NE'" },
        { filter: "tags.search = 'Yes' AND attribute.name != 'x'" },
        { filter: "tags.search = 'yes'" },
        { filter: "tags.search = 'Yes'", view_type: "ALL" },
        { filter: "tags.search = 'Yes'", view_type: "DELETED_ONLY" },
        { filter: "tags.search IS NULL AND name ILIKE '%alpha%'" },
        { filter: "tags.search IS NOT NULL AND tags.nobody IS NULL" },
        { filter: `experiment_id IN ('${first}', '${third}')`, view_type: 3 },
        { filter: "name = 'alpha one' AND creation_time > 0 AND last_update_time < 1" },
      ].map(namesFound),
    );
    expect(found).toEqual([
      ["alpha two", "alpha one"],
      [],
      ["alpha one"],
      ["alpha one"],
      [],
      ["beta one", "alpha one"],
      ["beta one"],
      ["alpha two"],
      ["alpha one"],
      ["beta one", "alpha one"],
      [],
    ]);
  });

  it("sorts by several keys and turns pages by an opaque token, over GET, too", async () => {
    for (const name of ["page a", "page b", "page c"]) await made(name);
    const query = { filter: "name LIKE 'page%'", order_by: ["name DESC"], max_results: "2" };
    const first = await mlflow.get("experiments/search", query);
    const second = await mlflow.get("experiments/search", {
      ...query,
      page_token: first.body.next_page_token,
    });
    const names = [first, second].map(({ body }) =>
      body.experiments.map((one: { name: string }) => one.name),
    );
    expect(names).toEqual([["page c", "page b"], ["page a"]]);
    expect(second.body).not.toHaveProperty("next_page_token");
    expect(
      await namesFound({ filter: "name LIKE 'page%'", order_by: ["creation_time ASC", "experiment_id"] }),
    ).toEqual(["page a", "page b", "page c"]);
  });

  it("sends the same number of statements however many experiments a page holds", async () => {
    for (let at = 0; at < 6; at++) await made(`counted ${at}`, [{ key: "k", value: String(at) }]);
    const asking = (max_results: number) =>
      world.statementsOf(() => namesFound({ filter: "name LIKE 'counted%'", max_results }));
    await asking(1);
    expect((await asking(6)).length).toBe((await asking(2)).length);
  });
});

describe("what cannot be done with an experiment", () => {
  it("is refused in MLflow's words", async () => {
    await made("taken");
    const refusals = await Promise.all([
      mlflow.post("experiments/create", { name: "taken" }),
      mlflow.post("experiments/create", { name: "" }),
      mlflow.post("experiments/create", { name: "far", artifact_location: "s3://elsewhere/x" }),
      mlflow.get("experiments/get", { experiment_id: "999999" }),
      mlflow.get("experiments/get", { experiment_id: "abc" }),
      mlflow.get("experiments/get-by-name", { experiment_name: "nobody" }),
      mlflow.post("experiments/search", {}),
      mlflow.post("experiments/search", { max_results: 50_001 }),
      mlflow.post("experiments/search", { max_results: 1, order_by: ["size"] }),
      mlflow.post("experiments/search", { max_results: 1, filter: "name > 'a'" }),
      mlflow.post("experiments/search", { max_results: 1, filter: "name IS NULL" }),
      mlflow.post("experiments/search", { max_results: 1, filter: "params.a = 'a'" }),
      mlflow.post("experiments/search", { max_results: 1, page_token: "zz" }),
      mlflow.post("experiments/delete", { experiment_id: "0" }),
      mlflow.post("experiments/set-experiment-tag", { experiment_id: "0", key: "../up", value: "" }),
    ]);
    expect(refusals.map(({ status, body }) => [status, body.error_code, body.message])).toEqual([
      [400, "RESOURCE_ALREADY_EXISTS", "Experiment(name=taken) already exists."],
      [
        400,
        "INVALID_PARAMETER_VALUE",
        expect.stringContaining("Missing value for required parameter 'name'."),
      ],
      [400, "INVALID_PARAMETER_VALUE", expect.stringContaining("artifact_location")],
      [404, "RESOURCE_DOES_NOT_EXIST", "No Experiment with id=999999 exists"],
      [400, "INVALID_PARAMETER_VALUE", "Invalid experiment ID 'abc'. Experiment ID must be a valid integer."],
      [404, "RESOURCE_DOES_NOT_EXIST", "Could not find experiment with name 'nobody'"],
      [
        400,
        "INVALID_PARAMETER_VALUE",
        "Invalid value 0 for parameter 'max_results' supplied. It must be a positive integer",
      ],
      [
        400,
        "INVALID_PARAMETER_VALUE",
        "Invalid value 50001 for parameter 'max_results' supplied. It must be at most 50000",
      ],
      [400, "INVALID_PARAMETER_VALUE", expect.stringMatching(/^Invalid attribute key 'size' specified\./)],
      [400, "INVALID_PARAMETER_VALUE", expect.stringMatching(/^Invalid comparator '>' not one of/)],
      [
        400,
        "INVALID_PARAMETER_VALUE",
        "IS NULL / IS NOT NULL is only supported for tags, not for attribute 'name'",
      ],
      [400, "INVALID_PARAMETER_VALUE", expect.stringMatching(/^Invalid entity type 'params'\./)],
      [400, "INVALID_PARAMETER_VALUE", expect.any(String)],
      [400, "INVALID_PARAMETER_VALUE", expect.any(String)],
      [400, "INVALID_PARAMETER_VALUE", expect.stringContaining("This name would resolve to '../up'")],
    ]);
  });
});
