import { beforeAll, describe, expect, it } from "vitest";
import { type Registry, registryOf } from "../support/registry.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;
const at = "2026-01-01T00:00:00.000Z";
const runId = "a".repeat(32);

/** m/1 tells all itself; m/2 leaves it to its run; m/3 tells nothing. */
beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  await registry.model("m");
  const commit = { repository: "https://git.example/m", sha: "abcdef0123" };
  await registry.version("m", {
    framework: "sklearn",
    commit,
    datasets: [
      { name: "credit", digest: "d2", role: "test" },
      { name: "credit", digest: "d1", role: "train" },
    ],
    params: [{ key: "depth", value: "7" }],
    metrics: [
      { key: "auc", value: 0.9, at },
      { key: "auc", value: 0.8, split: "test", at },
      { key: "loss", special: "NAN", at },
    ],
    signature: { inputs: [{ name: "a" }] },
    image: { uri: "registry.example/m:1", digest: "sha256:1" },
  });
  await registry.mutate(
    "createRun",
    {
      runId,
      entryPoint: "train.py",
      commit,
      datasets: [{ name: "credit", digest: "d1", role: "train" }],
      params: [
        { key: "depth", value: "7" },
        { key: "lr", value: "0.1" },
      ],
    },
    "run { id }",
  );
  const metrics = [
    { key: "auc", value: 0.9, at: "2026-02-01T00:00:00Z" },
    { key: "loss", special: "NAN", at },
  ];
  await registry.mutate("logRun", { runId, metrics }, "run { id }");
  await registry.version("m", {
    runId,
    framework: "sklearn",
    params: [{ key: "lr", value: "0.2" }],
    signature: { inputs: [{ name: "a" }] },
  });
  await registry.version("m");
  return world.close;
});

const comparison = `query ($refs: [VersionRef!]!) { compareVersions(refs: $refs) {
  versions { number } facts { key cells isSame } params { key cells isSame }
  metrics { key dataset split slice cells { value special } isSame } signature { cells isSame } } }`;

describe("compareVersions", () => {
  it("puts versions side by side, in the order asked for, each with its own facts before its run's", async () => {
    const { compareVersions } = await world.ask(comparison, { refs: ["m/1", "m/2", "m/3"] });
    const { versions, facts, params, metrics, signature } = compareVersions;
    expect(versions).toEqual([{ number: 1 }, { number: 2 }, { number: 3 }]);
    const cells = Object.fromEntries(
      facts.map((row: { key: string; cells: unknown[] }) => [row.key, row.cells]),
    );
    expect(cells).toEqual({
      stage: ["None", "None", "None"],
      framework: ["sklearn", "sklearn", null],
      format: [null, null, null],
      source: [null, null, null],
      run: [null, runId, null],
      commit: ["abcdef0123", "abcdef0123", null],
      image: ["sha256:1", null, null],
      data: ["credit@d1, credit@d2", "credit@d1", null],
    });
    expect(
      facts.filter((row: { isSame: boolean }) => row.isSame).map((row: { key: string }) => row.key),
    ).toEqual(["stage", "format", "source"]);
    expect(params).toEqual([
      { key: "depth", cells: ["7", "7", null], isSame: false },
      { key: "lr", cells: [null, "0.2", null], isSame: false },
    ]);
    const bare = { dataset: null, split: null, slice: null };
    const cell = (value: number | null, special: string | null = null) => ({ value, special });
    expect(metrics).toEqual([
      { key: "auc", ...bare, split: "test", cells: [cell(0.8), null, null], isSame: false },
      { key: "auc", ...bare, cells: [cell(0.9), cell(0.9), null], isSame: false },
      { key: "loss", ...bare, cells: [cell(null, "NAN"), cell(null, "NAN"), null], isSame: false },
    ]);
    expect(signature.isSame).toBe(false);
    expect(signature.cells[2]).toBeNull();
  });

  it("says what is the same", async () => {
    const { compareVersions } = await world.ask(comparison, { refs: ["m/2", "m/1"] });
    const same = (rows: { key: string; isSame: boolean; split?: string }[]) =>
      rows.filter(({ isSame }) => isSame).map(({ key }) => key);
    expect(same(compareVersions.params)).toEqual(["depth"]);
    expect(same(compareVersions.metrics)).toEqual(["auc", "loss"]);
    expect(compareVersions.signature.isSame).toBe(true);
    const twice = await world.ask(comparison, { refs: ["m/1", "m/1"] });
    expect(twice.compareVersions.facts.every((row: { isSame: boolean }) => row.isSame)).toBe(true);
  });

  it("takes versions of several models, by any reference, latest included", async () => {
    await registry.version("n", { createModel: true });
    const { compareVersions } = await world.ask(comparison, { refs: ["n@latest", "m/None"] });
    expect(compareVersions.versions).toEqual([{ number: 1 }, { number: 3 }]);
  });

  it.each([
    [[], "BAD_USER_INPUT", "refs: expected 2–20 versions; got 0"],
    [["m/1"], "BAD_USER_INPUT", "refs: expected 2–20 versions; got 1"],
    [Array(21).fill("m/1"), "BAD_USER_INPUT", "refs: expected 2–20 versions; got 21"],
    [["m/1", "m/99"], "NOT_FOUND", "model version m/99 not found"],
    [["m/1", "m"], "BAD_USER_INPUT", ": expected an id (mv_42), name@alias"],
  ])("refuses %j", async (refs, code, message) => {
    const { data, errors } = await world.graphql(comparison, { refs });
    expect(data).toBeNull();
    expect(errors).toMatchObject([{ extensions: { code } }]);
    expect(errors![0]!.message).toContain(message);
  });

  it("costs one statement more for each version more: the one that finds it", async () => {
    const cost = async (count: number) => {
      const refs = Array.from({ length: count }, (_, at) => `m/${(at % 3) + 1}`);
      return (await world.statementsOf(() => world.ask(comparison, { refs }))).length;
    };
    const [two, twenty] = [await cost(2), await cost(20)];
    expect(twenty - two).toBe(18);
  });
});

describe("reproduction", () => {
  const reproduction = `query ($ref: VersionRef!) { reproduction(ref: $ref) { repository sha entryPoint params { key value }
    datasets { role datasetVersion { digest dataset { name } } } environment { framework image { uri digest } } missing } }`;

  it("tells what it takes to make a version again", async () => {
    const { reproduction: told } = await world.ask(reproduction, { ref: "m/2" });
    expect(told).toEqual({
      repository: "https://git.example/m",
      sha: "abcdef0123",
      entryPoint: "train.py",
      params: [
        { key: "depth", value: "7" },
        { key: "lr", value: "0.2" },
      ],
      datasets: [{ role: "train", datasetVersion: { digest: "d1", dataset: { name: "credit" } } }],
      environment: { framework: "sklearn", image: null },
      missing: ["image digest"],
    });
  });

  it("names all that is missing", async () => {
    const { reproduction: told } = await world.ask(reproduction, { ref: "m/3" });
    expect(told).toEqual({
      repository: null,
      sha: null,
      entryPoint: null,
      params: [],
      datasets: [],
      environment: { framework: null, image: null },
      missing: ["run", "commit", "repository", "entry point", "params", "datasets", "image digest"],
    });
    expect((await world.ask(reproduction, { ref: "m/1" })).reproduction.missing).toEqual([
      "run",
      "entry point",
    ]);
  });

  it("of nothing is an error", async () => {
    const { data, errors } = await world.graphql(reproduction, { ref: "m/99" });
    expect(data).toBeNull();
    expect(errors).toMatchObject([
      { message: "model version m/99 not found", extensions: { code: "NOT_FOUND", argumentPath: ["ref"] } },
    ]);
  });
});
