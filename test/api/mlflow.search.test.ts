import { beforeAll, describe, expect, it } from "vitest";
import { runIdOf } from "../support/example.ts";
import { type Mlflow, mlflowOf } from "../support/mlflow.ts";
import { registryOf } from "../support/registry.ts";
import { fewestStatements } from "../support/statements.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let mlflow: Mlflow;
let now = Date.parse("2027-01-01T00:00:00Z");
const runId = runIdOf("mlflow search");
const prompt = [{ key: "mlflow.prompt.is_prompt", value: "true" }];
const notPrompt = "tag.`mlflow.prompt.is_prompt` != 'true'";

beforeAll(async () => {
  world = await startWorld({ clock: () => (now += 1_000) });
  mlflow = mlflowOf(world);
  const tagged = (tier: string) => [
    { key: "tier", value: tier },
    { key: "a b", value: "x" },
  ];
  await mlflow.post("registered-models/create", { name: "alpha", tags: tagged("Gold") });
  await mlflow.post("registered-models/create", { name: "Alpine", tags: tagged("silver") });
  await mlflow.post("registered-models/create", { name: "beta_1" });
  await mlflow.post("registered-models/create", { name: "betaX1" });
  await mlflow.post("registered-models/create", { name: "hello", tags: prompt });
  await registryOf(world).mutate("createRun", { runId }, "run { id }");
  const version = (name: string, more: object = {}) =>
    mlflow.post("model-versions/create", { name, source: "s3://bucket/One", ...more });
  await version("alpha", { run_id: runId, tags: tagged("gold") });
  await version("alpha", { run_id: "elsewhere", source: "s3://bucket/two" });
  await version("beta_1");
  await version("alpha");
  await version("hello", { source: "prompt", tags: prompt });
  await mlflow.post("registered-models/alias", { name: "alpha", alias: "champion", version: "2" });
  return world.close;
});

async function models(filter?: string, more: Record<string, string | string[]> = {}): Promise<string[]> {
  const { status, body } = await mlflow.get("registered-models/search", {
    ...(filter ? { filter } : {}),
    ...more,
  });
  if (status !== 200) throw new Error(body.message);
  return (body.registered_models ?? []).map(({ name }: { name: string }) => name);
}

async function versions(filter?: string, more: Record<string, string | string[]> = {}): Promise<string[]> {
  const { status, body } = await mlflow.get("model-versions/search", {
    ...(filter ? { filter } : {}),
    ...more,
  });
  if (status !== 200) throw new Error(body.message);
  return (body.model_versions ?? []).map(
    (one: { name: string; version: string }) => `${one.name}/${one.version}`,
  );
}

describe("a search for models of MLflow", () => {
  it.each([
    ["nothing, which leaves prompts out", undefined, ["Alpine", "alpha", "betaX1", "beta_1"]],
    ["no prompts, as the client does", notPrompt, ["Alpine", "alpha", "betaX1", "beta_1"]],
    ["prompts", "tags.`mlflow.prompt.is_prompt` = 'true'", ["hello"]],
    ["a name", "name = 'alpha'", ["alpha"]],
    ["another name", `name != "alpha" AND ${notPrompt}`, ["Alpine", "betaX1", "beta_1"]],
    ["a form of the name, case apart", "name LIKE 'alp%'", ["alpha"]],
    ["a form of the name in any case", "name ILIKE 'ALP%'", ["Alpine", "alpha"]],
    ["one character", "name LIKE 'beta_1'", ["betaX1", "beta_1"]],
    ["a form with a backslash, which is none", "name LIKE 'beta\\_1'", []],
    ["a form with a bar", "name LIKE 'beta|_1'", []],
    ["one of several", "name IN ('alpha', 'beta_1', 'nobody')", ["alpha", "beta_1"]],
    ["none of several", "name NOT IN ('alpha', 'beta_1')", ["Alpine", "betaX1"]],
    ["a tag", "tags.tier = 'Gold'", ["alpha"]],
    ["another value of a tag, which must be there", "tag.tier != 'Gold'", ["Alpine"]],
    ["a form of a tag in any case", "tags.`tier` ILIKE 'g_ld'", ["alpha"]],
    ["a quoted key", "tags.\"a b\" = 'x' AND name LIKE '%e'", ["Alpine"]],
  ])("asks for %s", async (_, filter, expected) => {
    expect(await models(filter)).toEqual(expected);
  });

  it("sorts by name or by the last change, and pages by tokens", async () => {
    expect(await models(undefined, { order_by: "name DESC" })).toEqual([
      "beta_1",
      "betaX1",
      "alpha",
      "Alpine",
    ]);
    const changed = ["alpha", "beta_1", "betaX1", "Alpine"];
    expect(await models(undefined, { order_by: ["last_updated_timestamp DESC", "name"] })).toEqual(changed);
    const seen: string[] = [];
    let page_token = "";
    do {
      const query = { order_by: "timestamp DESC", max_results: "3", page_token };
      const { body } = await mlflow.get("registered-models/search", query);
      seen.push(...body.registered_models.map(({ name }: { name: string }) => name));
      page_token = body.next_page_token ?? "";
    } while (page_token !== "");
    expect(seen).toEqual(changed);
  });

  it("shows tags, aliases, and the latest version of each stage with its own", async () => {
    const { body } = await mlflow.get("registered-models/search", { filter: "name = 'alpha'" });
    expect(body.registered_models).toMatchObject([
      {
        tags: [{ key: "a b" }, { key: "tier", value: "Gold" }],
        aliases: [{ alias: "champion", version: "2" }],
        latest_versions: [{ name: "alpha", version: "3", current_stage: "None", status: "READY" }],
      },
    ]);
  });
});

describe("a search for versions of MLflow", () => {
  it.each([
    ["nothing: the last change first", undefined, ["alpha/3", "beta_1/1", "alpha/2", "alpha/1"]],
    ["prompts", "tags.`mlflow.prompt.is_prompt` = 'true'", ["hello/1"]],
    ["a model", "name='alpha'", ["alpha/3", "alpha/2", "alpha/1"]],
    ["a form of the model's name", "name ILIKE 'BETA%'", ["beta_1/1"]],
    ["a run that is here", `run_id = '${runId}'`, ["alpha/1"]],
    ["a run that is not", "run_id = 'elsewhere'", ["alpha/2"]],
    ["one of several runs", `run_id IN ('${runId}','elsewhere')`, ["alpha/2", "alpha/1"]],
    ["none of several runs", `run_id NOT IN ('elsewhere')`, ["alpha/3", "beta_1/1", "alpha/1"]],
    ["another run", "run_id != 'elsewhere'", ["alpha/3", "beta_1/1", "alpha/1"]],
    ["no run", "run_id = ''", ["alpha/3", "beta_1/1"]],
    ["some run", "run_id != ''", ["alpha/2", "alpha/1"]],
    ["a source", "source_path = 's3://bucket/two'", ["alpha/2"]],
    ["a form of the source", "source_path LIKE '%/one'", []],
    [
      "a form of the source in any case",
      "source_path ILIKE '%/one' AND name = 'alpha'",
      ["alpha/3", "alpha/1"],
    ],
    ["numbers", "version_number >= 2 AND version_number < 3", ["alpha/2"]],
    ["a number as a text", "version_number != '1'", ["alpha/3", "alpha/2"]],
    ["a tag", "tags.tier = 'gold' AND attribute.name = 'alpha'", ["alpha/1"]],
  ])("asks for %s", async (_, filter, expected) => {
    expect(await versions(filter)).toEqual(expected);
  });

  it("sorts by several, and pages by tokens", async () => {
    const order_by = ["name DESC", "version_number ASC"];
    const expected = ["beta_1/1", "alpha/1", "alpha/2", "alpha/3"];
    expect(await versions(undefined, { order_by })).toEqual(expected);
    expect(await versions(undefined, { order_by: "creation_timestamp" })).toEqual([
      "alpha/1",
      "alpha/2",
      "beta_1/1",
      "alpha/3",
    ]);
    const seen: string[] = [];
    let page_token = "";
    do {
      const { body } = await mlflow.get("model-versions/search", { order_by, max_results: "1", page_token });
      seen.push(
        ...body.model_versions.map((one: { name: string; version: string }) => `${one.name}/${one.version}`),
      );
      page_token = body.next_page_token ?? "";
    } while (page_token !== "");
    expect(seen).toEqual(expected);
  });

  it("fills in the aliases", async () => {
    const { body } = await mlflow.get("model-versions/search", { filter: "version_number = 2" });
    expect(body.model_versions).toMatchObject([{ name: "alpha", version: "2", aliases: ["champion"] }]);
  });
});

describe("a search that MLflow cannot understand", () => {
  it.each([
    ["registered-models", { filter: "name = alpha" }, "Parameter value is either not quoted"],
    ["registered-models", { filter: "name > 'a'" }, "Invalid comparator for attribute: >"],
    [
      "registered-models",
      { filter: "foo = 'a'" },
      "Invalid attribute key 'foo' specified. Valid keys are '{'name'}'",
    ],
    [
      "registered-models",
      { filter: "foo.x = 'a'" },
      "Invalid entity type 'foo'. Valid entity types are ('attribute', 'tag', 'tags')",
    ],
    ["registered-models", { filter: "name = 'a' OR name = 'b'" }, "Invalid clause(s) in filter string: OR"],
    ["registered-models", { filter: "tags.k > 'a'" }, "Invalid comparator for tag: >"],
    [
      "registered-models",
      { filter: "tags.k = 1" },
      "Expected a quoted string value for tag (e.g. 'my-value'). Got value 1",
    ],
    [
      "registered-models",
      { filter: "name IN ()" },
      "expected a non-empty list of string values, but got empty list",
    ],
    ["registered-models", { filter: "tags.k IS NULL" }, "Invalid comparator for tag: IS NULL"],
    ["registered-models", { order_by: "foo" }, "Invalid order by key 'foo' specified."],
    ["registered-models", { order_by: "name FOO" }, "Invalid ordering key in order_by clause 'name FOO'."],
    ["registered-models", { order_by: ["name", "name DESC"] }, "`order_by` contains duplicate fields"],
    [
      "registered-models",
      { max_results: "1001" },
      `Invalid value "1001" for parameter 'max_results' supplied:`,
    ],
    ["registered-models", { max_results: "0" }, "It must be a positive integer"],
    ["registered-models", { page_token: "zzz" }, "Invalid page token"],
    [
      "model-versions",
      { filter: "version_number = 1.5" },
      "Invalid value for numeric attribute 'version_number': 1.5",
    ],
    [
      "model-versions",
      { filter: "version_number = 'a'" },
      "Invalid value for numeric attribute 'version_number': 'a'",
    ],
    [
      "model-versions",
      { filter: "version_number LIKE 1" },
      "Invalid comparator for attribute version_number: LIKE",
    ],
    [
      "model-versions",
      { filter: "source_path IN ('a')" },
      "Only ['name', 'run_id'] attributes support comparison with a list",
    ],
    ["model-versions", { order_by: "foo" }, "Invalid attribute key 'foo' specified."],
    [
      "model-versions",
      { max_results: "200001" },
      `Invalid value "200001" for parameter 'max_results' supplied:`,
    ],
    ["model-versions", { page_token: "zzz" }, "Invalid page token"],
  ] as const)("is refused in its words: %s %j", async (path, query, message) => {
    const { status, body } = await mlflow.get(`${path}/search`, query);
    expect([status, body.error_code, body.message]).toEqual([
      400,
      "INVALID_PARAMETER_VALUE",
      expect.stringContaining(message),
    ]);
  });
});

describe("a page of a search", () => {
  it("takes as many statements for many as for few", async () => {
    const counts = async (path: string, few: Record<string, string>) => {
      const some = await fewestStatements(world, () => mlflow.get(path, few));
      const all = await fewestStatements(world, () => mlflow.get(path));
      return { some: some.fewest, all: all.fewest };
    };
    const ofModels = await counts("registered-models/search", { filter: "name = 'alpha'" });
    expect(ofModels.all).toBe(ofModels.some);
    expect(ofModels.all).toBeLessThanOrEqual(7);
    const ofVersions = await counts("model-versions/search", { filter: `run_id = '${runId}'` });
    expect(ofVersions.all).toBe(ofVersions.some);
    expect(ofVersions.all).toBeLessThanOrEqual(6);
  });
});
