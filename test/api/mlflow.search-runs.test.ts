import { beforeAll, describe, expect, it } from "vitest";
import { type Mlflow, mlflowOf } from "../support/mlflow.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let mlflow: Mlflow;
let experiment: string;

interface Given {
  name: string;
  start: number;
  params?: Record<string, string>;
  metrics?: Record<string, number | string>;
  tags?: Record<string, string>;
  status?: string;
}

const pairs = (given: Record<string, string> = {}) =>
  Object.entries(given).map(([key, value]) => ({ key, value }));

async function run({ name, start, params, metrics = {}, tags, status }: Given): Promise<string> {
  const { body } = await mlflow.post("runs/create", {
    experiment_id: experiment,
    run_name: name,
    start_time: start,
    tags: pairs(tags),
  });
  const { run_id } = body.run.info;
  await mlflow.post("runs/log-batch", {
    run_id,
    params: pairs(params),
    metrics: Object.entries(metrics).map(([key, value]) => ({ key, value, timestamp: 1 })),
  });
  if (status) await mlflow.post("runs/update", { run_id, status, end_time: start + 10 });
  return run_id;
}

async function search(query: object) {
  const { body } = await mlflow.post("runs/search", { experiment_ids: [experiment], ...query });
  return body;
}

async function found(query: object): Promise<string[]> {
  const { runs = [] } = await search(query);
  return runs.map(({ info }: { info: { run_name: string } }) => info.run_name);
}

let ids: Record<string, string>;

beforeAll(async () => {
  world = await startWorld();
  mlflow = mlflowOf(world);
  experiment = (await mlflow.post("experiments/create", { name: "searched" })).body.experiment_id;
  const a = await run({
    name: "a",
    start: 100,
    params: { lr: "0.1", Kind: "Big" },
    metrics: { auc: 0.5, "val loss": 3 },
    tags: { team: "Risk", "mlflow.user": "ann" },
    status: "FINISHED",
  });
  const b = await run({
    name: "b",
    start: 200,
    params: { lr: "0.2" },
    metrics: { auc: 0.75 },
    tags: { team: "risk" },
    status: "FAILED",
  });
  const c = await run({ name: "c", start: 300, metrics: { auc: "NaN" }, tags: { "a.b/c": "x" } });
  const d = await run({ name: "d", start: 400, params: { lr: "10%" } });
  const dataset = { name: "loans", digest: "abc" };
  const tags = [{ key: "mlflow.data.context", value: "training" }];
  await mlflow.post("runs/log-inputs", { run_id: a, datasets: [{ dataset, tags }] });
  ids = { a, b, c, d };
  return world.close;
});

describe("a search for runs of MLflow", () => {
  it("shows the latest started first", async () => {
    expect(await found({})).toEqual(["d", "c", "b", "a"]);
  });

  it.each<[string, string[]]>([
    ["metrics.auc > 0.5", ["b"]],
    ["metric.auc >= 0.5", ["b", "a"]],
    ["metrics.auc = 0.75", ["b"]],
    ["metrics.auc != 0.75", ["c", "a"]],
    ['metrics.`val loss` < 5 AND metrics."auc" <= 1', ["a"]],
    ["params.lr = '0.1'", ["a"]],
    ["param.lr != '0.1'", ["d", "b"]],
    ["parameters.lr LIKE '0.%'", ["b", "a"]],
    ["params.Kind LIKE 'big'", []],
    ["params.Kind ILIKE 'b_g'", ["a"]],
    ["params.lr IS NULL", ["c"]],
    ["params.lr IS NOT NULL AND tags.team IS NULL", ["d"]],
    ["params.`lr` is not null and params.nobody IS\nNULL", ["d", "b", "a"]],
    ["tags.mlflow.runName IS NOT NULL AND tags.mlflow.user IS NULL", ["d", "c", "b"]],
    ["tags.mlflow.user IS NOT NULL AND tags.mlflow.runName IS NULL", []],
    ["tags.team = 'risk'", ["b"]],
    ["tag.team ILIKE 'RISK'", ["b", "a"]],
    ["tags.`a.b/c` = 'x'", ["c"]],
    ["tags.nobody != 'x'", []],
    ["tags.mlflow.runName = 'a'", ["a"]],
    ["tags.`mlflow.user` = 'ann'", ["a"]],
    ["attributes.status = 'FINISHED'", ["a"]],
    ["status != 'RUNNING'", ["b", "a"]],
    ["attr.status ILIKE 'f%'", ["b", "a"]],
    ["run_name LIKE 'b'", ["b"]],
    ["attributes.`run name` = 'c'", ["c"]],
    ["user_id = 'ann'", ["a"]],
    ["start_time >= 300", ["d", "c"]],
    ["created < 200 and end_time = 110", ["a"]],
    ["dataset.name = 'loans'", ["a"]],
    ["datasets.digest LIKE 'ab%' AND dataset.context = 'training'", ["a"]],
    ["dataset.name IN ('x', 'loans')", ["a"]],
    ["dataset.context = 'eval'", []],
  ])("finds by %s", async (filter, names) => {
    expect(await found({ filter })).toEqual(names);
  });

  it("finds by a list of run ids, and by what is not in one", async () => {
    const { a, b } = ids;
    expect(await found({ filter: `run_id IN ('${a}', '${b}')` })).toEqual(["b", "a"]);
    expect(await found({ filter: `attributes.run_id NOT IN ('${a}', "${b}")` })).toEqual(["d", "c"]);
    expect(
      await found({ filter: `artifact_uri = 'mlflow-artifacts:/${experiment}/${a}/artifacts'` }),
    ).toEqual(["a"]);
  });

  it.each<[string[], string[]]>([
    [["metrics.auc DESC"], ["b", "a", "d", "c"]],
    [["metrics.auc ASC"], ["a", "b", "d", "c"]],
    [["metrics.`val loss`"], ["a", "d", "c", "b"]],
    [["params.lr DESC"], ["d", "b", "a", "c"]],
    [
      ["tags.team asc", "start_time DESC"],
      ["a", "b", "d", "c"],
    ],
    [
      ["attributes.status", "run_name DESC"],
      ["b", "a", "d", "c"],
    ],
    [["end_time"], ["a", "b", "d", "c"]],
    [
      ["user_id DESC", "Created"],
      ["a", "b", "c", "d"],
    ],
  ])("sorts by %s, what has none last", async (order_by, names) => {
    expect(await found({ order_by })).toEqual(names);
  });

  it.each([[["metrics.auc DESC"]], [["params.lr"]], [[]], [["status", "metrics.auc"]]])(
    "turns pages by %s without losing a run or showing one twice",
    async (order_by) => {
      const whole = await found({ order_by });
      const paged: string[] = [];
      let page_token: string | undefined;
      do {
        const page = await search({ order_by, max_results: 1, page_token });
        paged.push(...page.runs.map(({ info }: { info: { run_name: string } }) => info.run_name));
        page_token = page.next_page_token;
      } while (page_token);
      expect(paged).toEqual(whole);
    },
  );

  it("shows deleted runs, and those of a deleted experiment, to who asks for them", async () => {
    const { body } = await mlflow.post("experiments/create", { name: "half deleted" });
    const experiment_ids = [body.experiment_id];
    const named = async (run_name: string) =>
      (await mlflow.post("runs/create", { experiment_id: experiment_ids[0], run_name })).body.run.info.run_id;
    await named("kept");
    await mlflow.post("runs/delete", { run_id: await named("gone") });
    const views = ["ACTIVE_ONLY", "DELETED_ONLY", "ALL"];
    const shown = () => Promise.all(views.map((run_view_type) => found({ experiment_ids, run_view_type })));
    expect((await shown()).map((names) => names.sort())).toEqual([["kept"], ["gone"], ["gone", "kept"]]);
    await mlflow.post("experiments/delete", { experiment_id: experiment_ids[0] });
    expect((await shown()).map((names) => names.sort())).toEqual([[], ["gone", "kept"], ["gone", "kept"]]);
  });

  it("finds nothing in no experiment, and in one that is not there", async () => {
    expect(await search({ experiment_ids: [] })).toEqual({});
    expect(await search({ experiment_ids: ["424242"] })).toEqual({});
  });

  it("sends the same number of statements however many runs a page holds", async () => {
    const order_by = ["start_time"];
    const asking = (max_results: number) => world.statementsOf(() => search({ max_results, order_by }));
    await asking(1);
    const few = await asking(2);
    const many = await asking(4);
    expect(many.length).toBe(few.length);
    expect(many.length).toBeLessThanOrEqual(10);
  });

  it.each<[object, RegExp]>([
    [
      { filter: "params.p = 1" },
      /^Expected a quoted string value for parameter \(e.g. 'my-value'\)\. Got value 1$/,
    ],
    [{ filter: "foo.p = 1" }, /^Invalid entity type 'foo'\. Valid values are \['metric', 'parameter'/],
    [{ filter: "metrics.p = '1'" }, /^Expected numeric value type for metric\. Found '1'$/],
    [{ filter: "metrics.p LIKE '1'" }, /^Invalid comparator 'LIKE' not one of/],
    [{ filter: "params.p > '1'" }, /^Invalid comparator '>' not one of/],
    [{ filter: "params.p = '1' OR params.q = '1'" }, /^Invalid clause\(s\) in filter string: /],
    [{ filter: "(params.p = '1')" }, /^Invalid clause\(s\) in filter string: /],
    [{ filter: "status IN ('FINISHED')" }, /^Only \['run_id'\] attributes support comparison/],
    [{ filter: "size = '1'" }, /^Invalid attribute key 'size' specified\./],
    [{ filter: "dataset.size = '1'" }, /^Invalid dataset key 'size' specified\./],
    [{ filter: "params.p > '1'" }, /'LIKE', 'ILIKE', 'IS NULL', 'IS NOT NULL'\}'$/],
    ...[
      ["status IS NULL", "'attribute' 'status'"],
      ["metrics.m IS NOT NULL", "'metric' 'm'"],
      ["datasets.name IS NULL", "'dataset' 'name'"],
    ].map(([filter, told]): [object, RegExp] => [
      { filter },
      new RegExp(`^IS NULL / IS NOT NULL is only supported for tags and params, not for ${told}$`),
    ]),
    [{ filter: "size IS NULL" }, /^Invalid attribute key 'size' specified\./],
    [{ filter: "dataset.size IS NULL" }, /^Invalid dataset key 'size' specified\./],
    [{ filter: `params.p LIKE '${"%".repeat(1_001)}'` }, /pattern/],
    [{ order_by: ["foo"] }, /^Invalid attribute key 'foo' specified\./],
    [{ order_by: ["metrics.a foo"] }, /^Invalid ordering key in order_by clause 'metrics.a foo'\.$/],
    [
      { order_by: ["metrics.a asc b"] },
      /^Invalid order_by clause 'metrics.a asc b'\. Could not be parsed\.$/,
    ],
    [{ order_by: ["metrics.a", "metrics.a DESC"] }, /^`order_by` contains duplicate fields/],
    [{ order_by: Array.from({ length: 20 }, (_, at) => `metrics.a${at}`) }, /more than 10/],
    [{ max_results: 50_001 }, /^Invalid value 50001 for parameter 'max_results' supplied:/],
    [
      { max_results: 0 },
      /^Invalid value 0 for parameter 'max_results' supplied\. It must be a positive integer$/,
    ],
    [{ page_token: "zz" }, /./],
    [{ experiment_ids: ["x"] }, /^Invalid experiment ID 'x'/],
  ])("refuses %o in MLflow's words", async (query, message) => {
    const { status, body } = await mlflow.post("runs/search", { experiment_ids: [experiment], ...query });
    expect([status, body.error_code, body.message]).toEqual([
      400,
      "INVALID_PARAMETER_VALUE",
      expect.stringMatching(message),
    ]);
  });
});
