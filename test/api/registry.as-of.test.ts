import { beforeAll, describe, expect, it } from "vitest";
import { type Registry, registryOf } from "../support/registry.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;
let now = Date.UTC(2026, 0, 1);
const iso = (instant: number) => new Date(instant).toISOString();

/** What stood where, as it was shown when it was now. */
interface Shown {
  after: string;
  /** Epoch milliseconds; nothing else happened until a second later. */
  at: number;
  /** In any stage but the first: the version, and its last change of stage. */
  standing: string[];
  /** The same versions by the stages of then. */
  byStage: Map<string, string[]>;
}

const told: Shown[] = [];
const stage = (name: string, more: object = {}) => ({ name, ...more });

/** What happens, each a second after the other. */
const deeds: [string, () => Promise<unknown>][] = [
  ["a model is made", () => registry.model("a")],
  ["it has versions", () => inTurn([1, 2, 3], () => registry.version("a"))],
  ["one is staged", () => registry.promote("a/1", "Staging")],
  ["it is promoted", () => registry.promote("a/1", "Production")],
  ["another model", () => registry.version("b", { createModel: true })],
  ["two at once", () => inTurn(["a/2", "b/1"], (version) => registry.promote(version, "Staging"))],
  ["an exclusive move", () => registry.promote("a/2", "Production", { archiveExisting: true })],
  ["one goes back", () => registry.promote("b/1", "None")],
  ["and forth", () => registry.promote("b/1", "Staging")],
  ["a version is deleted", () => registry.mutate("deleteModelVersion", { version: "a/1" })],
  ["a model is deleted", () => registry.mutate("deleteModel", { model: "b" })],
  ["another takes its name", () => registry.version("b", { createModel: true })],
  ["and is staged", () => registry.promote("b/1", "Staging")],
  ["is renamed", () => registry.mutate("renameModel", { model: "b", name: "c" })],
  ["the first comes back", async () => registry.mutate("restoreModel", { model: await deleted() })],
  ["is deleted again", () => registry.mutate("deleteModel", { model: "b" })],
  ["a stage is renamed", () => stagesAre(stage("Testing", { synonyms: ["Staging"] }))],
  ["one is tested", () => registry.promote("a/3", "Testing")],
  ["all tests are over", () => inTurn(["a/3", "c/1"], (version) => registry.promote(version, "Archived"))],
  ["the model of the last goes", () => registry.mutate("deleteModelVersion", { version: "c/1" })],
];

async function inTurn<T>(all: readonly T[], work: (one: T) => Promise<unknown>): Promise<void> {
  for (const one of all) await work(one);
}

async function deleted(): Promise<string> {
  const { models } = await world.ask(
    "{ models(filter: { includeDeleted: true }) { nodes { id deletedAt } } }",
  );
  return models.nodes.find(({ deletedAt }: { deletedAt: string | null }) => deletedAt !== null).id;
}

function stagesAre(second: object): Promise<unknown> {
  const rest = [stage("Production", { isLive: true }), stage("Archived", { isRetired: true })];
  return registry.mutate("defineStages", { stages: [stage("None"), second, ...rest] });
}

async function lookAround(after: string): Promise<Shown> {
  const { modelVersions, stages } = await world.ask(`{ stages { name } modelVersions(first: 100) {
    nodes { id stage transitions(first: 1) { nodes { cursor } } } } }`);
  const [first, ...others] = stages.map(({ name }: { name: string }) => name);
  const standing = modelVersions.nodes.filter((version: { stage: string }) => version.stage !== first);
  const inOrder = (versions: { id: string }[]) => versions.map(({ id }) => id).sort();
  return {
    after,
    at: now,
    standing: standing.map((version: never) => keyOf(version)).sort(),
    byStage: new Map(
      others.map((name: string) => [
        name,
        inOrder(standing.filter((version: { stage: string }) => version.stage === name)),
      ]),
    ),
  };
}

function keyOf({ id, transitions }: { id: string; transitions: { nodes: { cursor: string }[] } }): string {
  return `${id} by ${transitions.nodes[0]!.cursor}`;
}

const query = `query ($asOf: DateTime!, $basis: TimeBasis, $stages: [String!]) {
  registry(asOf: $asOf, basis: $basis, stages: $stages, first: 100) { totalCount nodes { cursor modelVersion { id } } } }`;

interface Found {
  cursor: string;
  modelVersion: { id: string };
}

async function standingAt(instant: number, more: object = {}): Promise<Found[]> {
  const answer = (await world.ask(query, { asOf: iso(instant), ...more })).registry;
  expect(answer.totalCount).toBe(answer.nodes.length);
  return answer.nodes;
}

beforeAll(async () => {
  world = await startWorld({ clock: () => now });
  registry = registryOf(world);
  for (const [name, work] of deeds) {
    now += 1_000;
    await work();
    told.push(await lookAround(name));
  }
  now += 1_000;
  return world.close;
});

describe.each(["RECORDED", "OCCURRED"])("registry(asOf) by the time things %s", (basis) => {
  it.each(deeds.map(([name], at) => [name, at] as const))(
    "is what was shown after this: %s",
    async (_, index) => {
      const { at, standing, byStage } = told[index]!;
      for (const instant of [at, at + 999]) {
        const found = await standingAt(instant, { basis });
        expect(found.map((one) => `${one.modelVersion.id} by ${one.cursor}`).sort()).toEqual(standing);
        for (const [name, ids] of byStage) {
          const there = await standingAt(instant, { basis, stages: [name] });
          expect(there.map(({ modelVersion }) => modelVersion.id).sort(), name).toEqual(ids);
        }
      }
    },
  );

  it("has seen every kind of standing", () => {
    const most = Math.max(...told.map(({ standing }) => standing.length));
    expect([told[0]!.standing, most, told.at(-1)!.standing.length]).toEqual([[], 3, 2]);
  });

  it("agrees with inStage of each model", async () => {
    for (const { at, byStage, after } of told) {
      const { models } = await world.ask(
        `query ($asOf: DateTime!, $basis: TimeBasis!) { models(filter: { name: { eq: "a" } }) { nodes { versions { nodes { id } }
          live: inStage(stage: "Production", asOf: $asOf, basis: $basis) { id } } } }`,
        { asOf: iso(at), basis },
      );
      const live = models.nodes.flatMap((model: { live: { id: string }[] }) =>
        model.live.map(({ id }) => id),
      );
      expect(live.sort(), after).toEqual(byStage.get("Production"));
    }
  });

  it("is empty before everything, and in the future what it is now", async () => {
    expect(await standingAt(Date.UTC(1970, 0), { basis })).toEqual([]);
    expect(await standingAt(-62_000_000_000_000, { basis })).toEqual([]);
    const keys = (await standingAt(Date.UTC(9000, 0), { basis })).map(
      ({ cursor, modelVersion }) => `${modelVersion.id} by ${cursor}`,
    );
    expect(keys.sort()).toEqual(told.at(-1)!.standing);
  });

  it("lists the last recorded first", async () => {
    const { registry: found } = await world.ask(
      `query ($asOf: DateTime!, $basis: TimeBasis) { registry(asOf: $asOf, basis: $basis) { nodes { at modelVersion { uri } } } }`,
      { asOf: iso(told[6]!.at), basis },
    );
    const times = found.nodes.map(({ at }: { at: string }) => at);
    expect(times).toEqual([...times].sort().reverse());
    expect(times).toHaveLength(3);
  });
});

describe("the stages of registry(asOf)", () => {
  it("are taken in any case, by synonyms, more than one, and once each", async () => {
    const { at, standing } = told[6]!;
    const stages = ["PRODUCTION", "archived", "Archived", "staging", "Testing"];
    expect(await standingAt(at, { stages })).toHaveLength(standing.length);
    expect(await standingAt(at, { stages: ["production"] })).toHaveLength(1);
  });

  it("may be the first one, which shows what came back to it, and not what never left it", async () => {
    const back = told.find(({ after }) => after === "one goes back")!;
    const found = await standingAt(back.at, { stages: ["None"] });
    const { modelVersion } = await world.ask(`{ modelVersion(ref: "a/3") { id } }`);
    expect(found).toHaveLength(1);
    expect(found[0]!.modelVersion.id).not.toBe(modelVersion.id);
  });

  it("may be former ones", async () => {
    await registry.mutate("restoreModel", { model: await deleted() });
    await registry.promote("b/1", "None");
    await stagesAre(stage("Canary"));
    const { at } = told[6]!;
    expect(await standingAt(at, { stages: ["testing"] })).toHaveLength(1);
    expect(await standingAt(at, { stages: ["canary"] })).toEqual([]);
  });

  it.each([
    ["one is unknown", ["Production", "Limbo"], "stages.1", "one of None, "],
    ["one is empty", [""], "stages.0", "one of None, "],
    ["there are none", [], "stages", "1–100 stages, or null; got 0"],
    ["there are too many", Array(101).fill("None"), "stages", "1–100 stages, or null; got 101"],
  ])("are refused where %s", async (_, stages, path, message) => {
    const { data, errors } = await world.graphql(query, { asOf: iso(now), stages });
    expect(data).toBeNull();
    expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT", argumentPath: path.split(".") } }]);
    expect(errors![0]!.message).toContain(`${path}: expected ${message}`);
  });
});
