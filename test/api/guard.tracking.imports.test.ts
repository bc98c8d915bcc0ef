import { beforeAll, describe, expect, it } from "vitest";
import { type Person, person } from "../support/access.ts";
import { type Labs, startLabs } from "../support/labs.ts";
import { registryOf } from "../support/registry.ts";
import { rowCounts } from "../support/row-counts.ts";

let labs: Labs;
/** May take over a past in `risk.*`, and read it. */
let importer: Person;
/** The same, who may also read the other lab. */
let wideReader: Person;

beforeAll(async () => {
  labs = await startLabs();
  const role = { name: "IMPORTER", permissions: ["history:import", "registry:read"] };
  await registryOf(labs.world).mutate("defineRole", role, "role { name }");
  importer = await person(labs.world, "importer", { grants: [["IMPORTER", "risk.*"]] });
  wideReader = await person(labs.world, "wide reader", {
    grants: [
      ["IMPORTER", "risk.*"],
      ["VIEWER", "other.*"],
    ],
  });
  return labs.world.close;
});

/** "done" with how many were imported, or the code that refuses the batch and where. */
async function importedBy(one: Person, batch: object): Promise<string> {
  const before = await rowCounts(labs.world.settings);
  const { data, errors } = await one.graphql(
    "mutation ($input: ImportHistoryInput!) { importHistory(input: $input) { imported userErrors { code path } } }",
    { input: { batch: { source: "test", ...batch } } },
  );
  const [refusal] = errors ? [] : data.importHistory.userErrors;
  if (!errors && !refusal) return `done ${data.importHistory.imported}`;
  expect(await rowCounts(labs.world.settings)).toEqual(before);
  return errors ? errors[0]!.extensions.code : `${refusal.code} ${refusal.path.slice(2).join(".")}`;
}

let made = 0;
const runIdOf = () => (++made).toString(16).padStart(32, "0");
const run = (more: object = {}) => ({
  runId: runIdOf(),
  experiment: "risk lab",
  status: "FINISHED",
  ...more,
});
const model = (more: object = {}) => ({
  modelId: `m-${runIdOf()}`,
  experiment: "risk lab",
  status: "READY",
  ...more,
});

describe("an experiment of history", () => {
  const tags = [{ key: "a", value: "1" }];

  it("is taken over in scopes where one may import", async () => {
    const inScope = (scope: string) => ({ experiments: [{ name: `past (${scope})`, scope }] });
    expect(await importedBy(importer, inScope("risk.past"))).toBe("done 1");
    expect(await importedBy(importer, inScope("other.past"))).toBe("FORBIDDEN");
    expect(await importedBy(importer, inScope(""))).toBe("FORBIDDEN");
    expect(await importedBy(labs.people.maintainer, inScope("risk.past"))).toBe("FORBIDDEN");
  });

  it("that is here gains tags where one may import", async () => {
    const named = (name: string, scope = "risk.x") => ({ experiments: [{ name, scope, tags }] });
    expect(await importedBy(importer, named("risk lab"))).toBe("done 1");
    expect(await importedBy(wideReader, named("other lab"))).toBe("FORBIDDEN");
  });

  it("has a name that is taken out of sight; who may not import in its scope learns nothing", async () => {
    const named = (scope: string) => ({ experiments: [{ name: "other lab", scope, tags }] });
    expect(await importedBy(importer, named("risk.x"))).toBe("ALREADY_EXISTS experiments.0.name");
    expect(await importedBy(importer, named("other.lab"))).toBe("FORBIDDEN");
  });
});

describe("a run of history", () => {
  it("is taken over into experiments where one may import", async () => {
    expect(await importedBy(importer, { runs: [run()] })).toBe("done 1");
    expect(await importedBy(labs.people.maintainer, { runs: [run()] })).toBe("FORBIDDEN");
    const elsewhere = { runs: [run({ experiment: "other lab" })] };
    expect(await importedBy(importer, elsewhere)).toBe("NOT_FOUND runs.0.experiment");
    expect(await importedBy(wideReader, elsewhere)).toBe("FORBIDDEN");
  });

  it("that is here gains what is missing where one may import", async () => {
    const more = (runId: string) => ({ runs: [run({ runId, params: [{ key: "lr", value: "1" }] })] });
    expect(await importedBy(importer, more(labs.risk.run.runId))).toBe("done 1");
    expect(await importedBy(importer, more(labs.other.run.runId))).toBe("NOT_FOUND runs.0.runId");
    expect(await importedBy(wideReader, more(labs.other.run.runId))).toBe("FORBIDDEN");
  });

  it("is nested only in a run that one may read", async () => {
    const nested = { runs: [run({ parentRunId: labs.other.run.runId })] };
    expect(await importedBy(importer, nested)).toBe("NOT_FOUND runs.0.parentRunId");
    expect(await importedBy(wideReader, nested)).toBe("done 1");
  });

  it("uses data that one may read, and makes new data known where one may import", async () => {
    const using = (name: string, digest = "other 1") => ({ runs: [run({ inputs: [{ name, digest }] })] });
    expect(await importedBy(importer, using("other data"))).toBe("ALREADY_EXISTS runs.0.inputs.0.name");
    expect(await importedBy(wideReader, using("other data"))).toBe("done 1");
    expect(await importedBy(wideReader, using("other data", "unknown"))).toBe("FORBIDDEN");
    expect(await importedBy(importer, using("past data"))).toBe("done 1");
    const question = `{ dataset(name: "past data") { scope } }`;
    expect(await importer.ask(question)).toEqual({ dataset: { scope: "risk.lab" } });
  });
});

describe("data that a run of history made", () => {
  const making = (name: string, digest = "other 1") => ({ runs: [run({ outputs: [{ name, digest }] })] });

  it("is told where one may import, not where one may only read", async () => {
    expect(await importedBy(importer, making("other data"))).toBe("ALREADY_EXISTS runs.0.outputs.0.name");
    expect(await importedBy(wideReader, making("other data"))).toBe("FORBIDDEN");
    expect(await importedBy(wideReader, making("other data", "unknown"))).toBe("FORBIDDEN");
    expect(await importedBy(importer, making("made data"))).toBe("done 1");
    const question = `{ dataset(name: "made data") { scope } }`;
    expect(await importer.ask(question)).toEqual({ dataset: { scope: "risk.lab" } });
  });
});

describe("a logged model of history", () => {
  it("is taken over into experiments where one may import", async () => {
    expect(await importedBy(importer, { loggedModels: [model()] })).toBe("done 1");
    const elsewhere = { loggedModels: [model({ experiment: "other lab" })] };
    expect(await importedBy(importer, elsewhere)).toBe("NOT_FOUND loggedModels.0.experiment");
    expect(await importedBy(wideReader, elsewhere)).toBe("FORBIDDEN");
  });

  it("that is here gains what is missing where one may import", async () => {
    const more = (modelId: string) => ({
      loggedModels: [model({ modelId, tags: [{ key: "b", value: "1" }] })],
    });
    expect(await importedBy(importer, more(labs.risk.loggedModel.modelId))).toBe("done 1");
    const hidden = more(labs.other.loggedModel.modelId);
    expect(await importedBy(importer, hidden)).toBe("NOT_FOUND loggedModels.0.modelId");
    expect(await importedBy(wideReader, hidden)).toBe("FORBIDDEN");
  });

  it("comes only of a run that one may read", async () => {
    const ofRun = { loggedModels: [model({ runId: labs.other.run.runId })] };
    expect(await importedBy(importer, ofRun)).toBe("NOT_FOUND loggedModels.0.runId");
    expect(await importedBy(wideReader, ofRun)).toBe("done 1");
  });
});

it("a commit of history is taken over by who may import anywhere", async () => {
  const batch = { commits: [{ sha: "9".repeat(40) }] };
  expect(await importedBy(labs.people.maintainer, batch)).toBe("FORBIDDEN");
  expect(await importedBy(importer, batch)).toBe("done 1");
});
