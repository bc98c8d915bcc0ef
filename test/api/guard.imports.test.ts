import { beforeAll, describe, expect, it } from "vitest";
import { type Person, person } from "../support/access.ts";
import { endingOf } from "../support/endings.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { rowCounts } from "../support/row-counts.ts";
import { trackerOf } from "../support/tracker.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;
/** Reads and imports what is under risk.*, and may do nothing else. */
let importer: Person;

const runId = (digit: string) => digit.repeat(32);

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  const tracker = trackerOf(world);
  for (const scope of ["risk.lab", "other.lab"]) {
    await tracker.done("createExperiment", { name: `here in ${scope}`, scope });
    await tracker.done("recordDataset", { name: `data in ${scope}`, digest: "1", scope });
  }
  await tracker.run({ runId: runId("a"), experiment: "here in risk.lab" });
  await tracker.run({ runId: runId("b"), experiment: "here in other.lab" });
  for (const name of ["risk.there", "other.there"]) {
    await registry.model(name);
    await registry.version(name, { externalId: "here" });
  }
  await registry.mutate("defineRole", { name: "IMPORTER", permissions: ["registry:read", "history:import"] });
  importer = await person(world, "importer", { grants: [["IMPORTER", "risk.*"]] });
  return world.close;
});

const use = (scope: string, digest = "1") => ({ name: `data in ${scope}`, digest, role: "train" });

/** A past of everything there is, under one scope. */
function pastOf(scope: string, own: string) {
  const experiment = `${scope} ${own}`;
  const model = `${scope}.${own}`;
  const run = { runId: runId(own), experiment, status: "FINISHED", inputs: [use(`${scope}.lab`, own)] };
  const version = { model, number: 2, externalId: own, runId: runId(own), stage: "Production" };
  return {
    source: own,
    experiments: [{ name: experiment, scope: `${scope}.lab` }],
    commits: [{ repository: "r", sha: own.repeat(40) }],
    runs: [run],
    loggedModels: [{ modelId: `m-${runId(own)}`, experiment, runId: runId(own), status: "READY" }],
    models: [{ name: model }],
    versions: [version],
    aliases: [{ model, alias: "champion", version: 2 }],
  };
}

const importing = (batch: object) => endingOf(importer, "importHistory", { batch });

/** The batch is refused as a whole. */
async function refused(batch: object, code: string, message: string): Promise<void> {
  const before = await rowCounts(world.settings);
  expect(await importing(batch)).toEqual({ code, message });
  expect(await rowCounts(world.settings)).toEqual(before);
}

const needs = (scope: string) => `importer may not do this: it needs history:import on ${scope}`;

describe("importHistory", () => {
  it("takes everything of a scope from whoever may import there, and may otherwise only read", async () => {
    const { imported } = await importer.mutate(
      "importHistory",
      { batch: pastOf("risk", "1") },
      "imported unchanged",
    );
    expect(imported).toBe(7);
    expect(
      await importer.mutate("importHistory", { batch: pastOf("risk", "1") }, "imported unchanged"),
    ).toMatchObject({
      imported: 0,
      unchanged: 7,
    });
    const { modelVersion } = await importer.ask(
      `{ modelVersion(ref: "risk.1@champion") { number stage run { runId } } }`,
    );
    expect(modelVersion).toEqual({ number: 2, stage: "Production", run: { runId: runId("1") } });
    const input = { model: "risk.1", alias: "champion", version: 2 };
    expect(await endingOf(importer, "setAlias", input)).toMatchObject({ code: "FORBIDDEN" });
  });

  it("is FORBIDDEN to whoever may do all else, and on no scope at all even for an empty batch", async () => {
    const maintainer = await person(world, "maintainer", { grants: [["MAINTAINER", "*"]] });
    const { code, message } = await endingOf(maintainer, "importHistory", { batch: pastOf("risk", "2") });
    expect({ code, message }).toEqual({
      code: "FORBIDDEN",
      message: "maintainer may not do this: it needs history:import on risk.2",
    });
    const empty = await endingOf(maintainer, "importHistory", { batch: { source: "nothing" } });
    expect(empty.message).toBe("maintainer may not do this: it needs history:import on any scope");
    expect(await importing({ source: "nothing" })).toMatchObject({ code: "done" });
  });

  it.each([
    ["a model", { models: [{ name: "risk.new" }, { name: "other.new" }, { name: "third" }] }, "other.new"],
    ["a model that is there", { models: [{ name: "other.there" }] }, "other.there"],
    ["a version", { versions: [{ model: "other.there", number: 9, externalId: "x" }] }, "other.there"],
    ["an alias", { aliases: [{ model: "other.there", alias: "x", version: 1 }] }, "other.there"],
    ["an experiment", { experiments: [{ name: "new", scope: "other.lab" }] }, "other.lab"],
    ["an experiment without a scope", { experiments: [{ name: "new" }] }, "the empty scope"],
  ])("names the first scope that it lacks the right for: of %s", async (_, records, scope) => {
    const own = pastOf("risk", "3");
    await refused({ ...own, ...records }, "FORBIDDEN", needs(scope));
  });

  it("adds nothing to what is hidden, and tells no more of it than that a name is taken", async () => {
    const run = { runId: runId("4"), experiment: "here in risk.lab", status: "FINISHED" };
    const batch = { source: "hidden" };
    await refused(
      {
        ...batch,
        experiments: [{ name: "here in other.lab", scope: "risk.lab", tags: [{ key: "a", value: "1" }] }],
      },
      "ALREADY_EXISTS",
      "the name here in other.lab is taken by another experiment",
    );
    await refused(
      { ...batch, runs: [{ ...run, experiment: "here in other.lab" }] },
      "NOT_FOUND",
      "experiment here in other.lab not found",
    );
    await refused(
      { ...batch, runs: [{ ...run, inputs: [use("other.lab")] }] },
      "ALREADY_EXISTS",
      "the name data in other.lab is taken by another dataset",
    );
  });

  it("links a version to nothing that is hidden", async () => {
    const version = { model: "risk.there", number: 5, externalId: "linked" };
    const batch = { source: "links" };
    await refused(
      { ...batch, versions: [{ ...version, runId: runId("b") }] },
      "NOT_FOUND",
      `run ${runId("b")} not found`,
    );
    expect(await importing({ ...batch, versions: [{ ...version, runId: runId("a") }] })).toMatchObject({
      code: "done",
    });
  });

  it("asks for no right but that one: to promotions, aliases and deletions, too, as they were", async () => {
    const deleted = { model: "risk.past", number: 1, externalId: "gone", deletedAt: "2025-02-01T00:00:00Z" };
    const live = { model: "risk.past", number: 2, externalId: "live", stage: "Production" };
    const batch = {
      source: "past",
      models: [{ name: "risk.past" }, { name: "risk.deleted", deletedAt: "2025-01-01T00:00:00Z" }],
      versions: [deleted, live],
      aliases: [{ model: "risk.past", alias: "champion", version: 2 }],
    };
    const { imported } = await importer.mutate("importHistory", { batch }, "imported");
    expect(imported).toBe(5);
  });
});
