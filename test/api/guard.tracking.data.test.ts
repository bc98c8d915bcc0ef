import { beforeAll, describe, expect, it } from "vitest";
import { type Person, person } from "../support/access.ts";
import { type Labs, outcomeOf, startLabs } from "../support/labs.ts";
import { registryOf } from "../support/registry.ts";
import { trackerOf } from "../support/tracker.ts";

let labs: Labs;
/** May log in the risk lab and read its data; may write data that is in `risk.own`. */
let analyst: Person;
/** May log in the risk lab, and write no data. */
let logger: Person;

beforeAll(async () => {
  labs = await startLabs();
  const registry = registryOf(labs.world);
  const roles = { LOGGER: ["run:write", "registry:read"], CURATOR: ["dataset:write", "registry:read"] };
  for (const [name, permissions] of Object.entries(roles))
    await registry.mutate("defineRole", { name, permissions }, "role { name }");
  analyst = await person(labs.world, "analyst", {
    grants: [
      ["LOGGER", "risk.*"],
      ["CURATOR", "risk.own"],
    ],
  });
  logger = await person(labs.world, "logger", { grants: [["LOGGER", "risk.*"]] });
  return labs.world.close;
});

const known = { name: "risk data", digest: "risk 1" };
const hidden = { name: "other data", digest: "other 1" };
const scopeOf = async (name: string): Promise<string | undefined> =>
  (await labs.world.ask("query ($name: String!) { dataset(name: $name) { scope } }", { name })).dataset
    ?.scope;

describe("recording a dataset", () => {
  it("takes the right to write in its scope, even where nothing is new", async () => {
    const { contributor, viewer, outsider, nobody } = labs.people;
    expect(await outcomeOf(contributor, "recordDataset", { ...known, digest: "risk 2" })).toBe("done");
    for (const one of [viewer, analyst, nobody]) {
      expect(await outcomeOf(one, "recordDataset", known)).toBe("FORBIDDEN");
      expect(await outcomeOf(one, "recordDataset", { ...known, digest: "risk 3" })).toBe("FORBIDDEN");
      expect(await outcomeOf(one, "recordDataset", { ...known, source: "s3://b" })).toBe("FORBIDDEN");
    }
    expect(await outcomeOf(outsider, "recordDataset", known)).toBe("FORBIDDEN");
  });

  it("makes a new one in the scope that is told, where one may write there", async () => {
    const { contributor } = labs.people;
    const input = (scope: string | null) => ({ name: `new in ${scope}`, digest: "1", scope });
    expect(await outcomeOf(contributor, "recordDataset", input("risk.new"))).toBe("done");
    expect(await outcomeOf(contributor, "recordDataset", input("other.new"))).toBe("FORBIDDEN");
    expect(await outcomeOf(contributor, "recordDataset", input(null))).toBe("FORBIDDEN");
  });

  it("tells that a name is taken out of sight to those only who may make one", async () => {
    const { contributor } = labs.people;
    for (const digest of ["other 1", "any"]) {
      const input = { name: "other data", digest };
      expect(await trackerOf(contributor).refusal("recordDataset", { ...input, scope: "risk.x" })).toEqual({
        code: "ALREADY_EXISTS",
        message: "the name other data is taken by another dataset",
        path: ["input", "name"],
      });
      expect(await outcomeOf(contributor, "recordDataset", input)).toBe("FORBIDDEN");
      expect(await outcomeOf(labs.people.nobody, "recordDataset", { ...input, scope: "risk.x" })).toBe(
        "FORBIDDEN",
      );
    }
  });

  it("may rest on data that one may only read, makes the unknown in its own scope, and finds nothing hidden", async () => {
    const own = { name: "own", digest: "1", scope: "risk.own" };
    const from = (...derivedFrom: object[]) => ({ ...own, derivedFrom });
    expect(await outcomeOf(analyst, "recordDataset", from(known, { name: "raw", digest: "1" }))).toBe("done");
    expect(await scopeOf("raw")).toBe("risk.own");
    expect(await outcomeOf(analyst, "recordDataset", from({ ...known, digest: "new" }))).toBe("FORBIDDEN");
    expect(await trackerOf(analyst).refusal("recordDataset", from(known, hidden))).toMatchObject({
      code: "ALREADY_EXISTS",
      path: ["input", "derivedFrom", "1", "name"],
    });
  });
});

describe("a run", () => {
  const uses = (...datasets: object[]) => ({ runId: labs.risk.run.runId, datasets });

  it("may use data that one may only read, and adds nothing to it", async () => {
    const use = { ...known, role: "only read", digestAlgorithm: "sha256" };
    expect(await outcomeOf(logger, "logRun", uses(use))).toBe("done");
    const { run } = await labs.people.viewer.ask(
      `{ run(runId: "${labs.risk.run.runId}") { inputs { role datasetVersion { digestAlgorithm } } } }`,
    );
    expect(run.inputs).toContainEqual({ role: "only read", datasetVersion: { digestAlgorithm: null } });
    const told = { ...use, digest: "told more" };
    expect(await outcomeOf(labs.people.contributor, "logRun", uses({ ...told, digestAlgorithm: null }))).toBe(
      "done",
    );
    expect(await outcomeOf(labs.people.contributor, "logRun", uses(told))).toBe("done");
    const { dataset } = await labs.world.ask(
      `{ dataset(name: "risk data") { versions { nodes { digest digestAlgorithm } } } }`,
    );
    expect(dataset.versions.nodes).toContainEqual({ digest: "told more", digestAlgorithm: "sha256" });
  });

  it("makes no version known of data that one may only read", async () => {
    expect(await outcomeOf(logger, "logRun", uses({ ...known, digest: "unknown" }))).toBe("FORBIDDEN");
    expect(await outcomeOf(analyst, "logRun", uses({ ...known, digest: "unknown" }))).toBe("FORBIDDEN");
  });

  it("makes new data known in the scope of its experiment, where one may write data there", async () => {
    const fresh = { name: "implied", digest: "1" };
    expect(await outcomeOf(logger, "logRun", uses(fresh))).toBe("FORBIDDEN");
    expect(await outcomeOf(labs.people.contributor, "logRun", uses(fresh))).toBe("done");
    expect(await scopeOf("implied")).toBe("risk.lab");
    const created = { experiment: "risk lab", datasets: [{ name: "implied at once", digest: "1" }] };
    expect(await outcomeOf(labs.people.contributor, "createRun", created)).toBe("done");
    expect(await scopeOf("implied at once")).toBe("risk.lab");
    expect(
      await outcomeOf(labs.world, "createRun", { datasets: [{ name: "of default", digest: "1" }] }),
    ).toBe("done");
    expect(await scopeOf("of default")).toBe("");
  });

  it("is told that the name of hidden data is taken, whether or not it has such a version", async () => {
    const { contributor } = labs.people;
    for (const digest of ["other 1", "any"]) {
      expect(await trackerOf(contributor).refusal("logRun", uses(known, { ...hidden, digest }))).toEqual({
        code: "ALREADY_EXISTS",
        message: "the name other data is taken by another dataset",
        path: ["input", "datasets", "1", "name"],
      });
      expect(await outcomeOf(logger, "logRun", uses({ ...hidden, digest }))).toBe("FORBIDDEN");
    }
  });
});

describe("a model version", () => {
  it("makes new data known in the scope of its run's experiment; without a run, in the empty one", async () => {
    const registry = registryOf(labs.world);
    const { contributor } = labs.people;
    await registry.model("risk.scorer");
    const version = (name: string, runId?: string) => ({
      model: "risk.scorer",
      runId,
      datasets: [{ name, digest: "1" }],
    });
    const { runId } = labs.risk.run;
    expect(await outcomeOf(contributor, "registerModelVersion", version("with a run", runId))).toBe("done");
    expect(await scopeOf("with a run")).toBe("risk.lab");
    expect(await outcomeOf(contributor, "registerModelVersion", version("without"))).toBe("FORBIDDEN");
    expect(await outcomeOf(labs.world, "registerModelVersion", version("without"))).toBe("done");
    expect(await scopeOf("without")).toBe("");
  });

  it("finds no run and no logged model that is hidden", async () => {
    const { contributor } = labs.people;
    await registryOf(labs.world).model("risk.finder");
    const { run, loggedModel } = labs.other;
    const withoutRun = await trackerOf(labs.world).done("createLoggedModel", { experiment: "other lab" });
    const models = [loggedModel.modelId, loggedModel.id, withoutRun.modelId];
    const origins = [
      { runId: run.runId },
      { runId: run.id },
      ...models.map((loggedModelId) => ({ loggedModelId })),
    ];
    for (const origin of origins) {
      const input = { model: "risk.finder", ...origin };
      expect(await outcomeOf(contributor, "registerModelVersion", input)).toBe("NOT_FOUND");
    }
  });
});
