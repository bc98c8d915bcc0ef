import { beforeAll, describe, expect, it } from "vitest";
import { person } from "../support/access.ts";
import { type Labs, outcomeOf, startLabs } from "../support/labs.ts";
import { registryOf } from "../support/registry.ts";
import { rowCounts } from "../support/row-counts.ts";
import { type Tracker, trackerOf } from "../support/tracker.ts";

let labs: Labs;
let tracker: Tracker;

beforeAll(async () => {
  labs = await startLabs();
  tracker = trackerOf(labs.world);
  return labs.world.close;
});

let made = 0;
const runOf = async (status?: string) => {
  const { runId } = await tracker.run({ experiment: "risk lab", name: `made ${made++}` });
  if (status === "deleted") await tracker.done("deleteRun", { runId });
  return runId;
};
const experimentOf = async (status?: string) => {
  const name = `made ${made++}`;
  const { id } = await tracker.done("createExperiment", { name, scope: "risk.made" });
  if (status === "deleted") await tracker.done("deleteExperiment", { experiment: id });
  return id;
};

const metrics = [{ key: "auc", value: 1 }];
const tags = [{ key: "a", value: "1" }];

/** Each verb on something of the scope `risk.…`, made anew for each who tries; and what it asks for. */
const verbs: [mutation: string, needs: "write" | "delete", input: () => Promise<object>][] = [
  ["updateExperiment", "write", async () => ({ experiment: await experimentOf(), setTags: tags })],
  ["deleteExperiment", "delete", async () => ({ experiment: await experimentOf() })],
  ["restoreExperiment", "delete", async () => ({ experiment: await experimentOf("deleted") })],
  ["createRun", "write", async () => ({ experiment: await experimentOf() })],
  ["logRun", "write", async () => ({ runId: await runOf(), metrics })],
  ["finishRun", "write", async () => ({ runId: await runOf() })],
  ["setRunTags", "write", async () => ({ runId: await runOf(), set: tags })],
  ["deleteRun", "delete", async () => ({ runId: await runOf() })],
  ["restoreRun", "delete", async () => ({ runId: await runOf("deleted") })],
  ["createLoggedModel", "write", async () => ({ runId: await runOf() })],
  ["createLoggedModel", "write", async () => ({ experiment: await experimentOf() })],
  ["updateLoggedModel", "write", async () => ({ modelId: labs.risk.loggedModel.modelId, setTags: tags })],
];

describe.each(verbs)("%s, which takes the right to %s,", (mutation, needs, input) => {
  it("is done for who holds it, forbidden to who may read, and finds nothing for others", async () => {
    const { viewer, contributor, maintainer, admin, limited, outsider, nobody } = labs.people;
    for (const one of [maintainer, admin]) expect(await outcomeOf(one, mutation, await input())).toBe("done");
    expect(await outcomeOf(contributor, mutation, await input())).toBe(
      needs === "write" ? "done" : "FORBIDDEN",
    );
    for (const one of [viewer, limited])
      expect(await outcomeOf(one, mutation, await input())).toBe("FORBIDDEN");
    for (const one of [outsider, nobody])
      expect(await outcomeOf(one, mutation, await input())).toBe("NOT_FOUND");
  });
});

describe("what refuses", () => {
  it("says who lacks which right, and where", async () => {
    const { errors } = await labs.people.viewer.graphql(
      `mutation { finishRun(input: { runId: "${labs.risk.run.runId}" }) { userErrors { code } } }`,
    );
    expect(errors).toMatchObject([
      {
        message: "viewer may not do this: it needs run:write on risk.lab",
        extensions: { code: "FORBIDDEN" },
      },
    ]);
  });

  it("speaks of what is hidden as of what is not there", async () => {
    const outsider = trackerOf(labs.people.outsider);
    const hidden = await outsider.refusal("finishRun", { runId: labs.risk.run.runId });
    const runId = "0".repeat(32);
    const missing = await outsider.refusal("finishRun", { runId });
    expect({ ...hidden, message: hidden.message.replace(labs.risk.run.runId, runId) }).toEqual(missing);
  });

  it("leaves every table as it is", async () => {
    const { viewer, outsider } = labs.people;
    const before = await rowCounts(labs.world.settings);
    for (const one of [viewer, outsider]) {
      await outcomeOf(one, "logRun", { runId: labs.risk.run.runId, metrics, tags });
      await outcomeOf(one, "recordDataset", { name: "risk data", digest: "new" });
      await outcomeOf(one, "createRun", { experiment: "risk lab", commit: { sha: "a".repeat(40) } });
    }
    expect(await rowCounts(labs.world.settings)).toEqual(before);
  });
});

describe("a name that is taken out of sight", () => {
  it("of an experiment exists already for who may make one, and is not confirmed to others", async () => {
    const { contributor, viewer, nobody } = labs.people;
    const input = { name: "other lab", scope: "risk.mine" };
    const refusal = await trackerOf(contributor).refusal("createExperiment", input);
    expect(refusal).toEqual({
      code: "ALREADY_EXISTS",
      message: "experiment other lab exists already",
      path: ["input", "name"],
    });
    for (const one of [viewer, nobody]) {
      expect(await outcomeOf(one, "createExperiment", input)).toBe("FORBIDDEN");
      expect(await outcomeOf(one, "createExperiment", { ...input, name: "free" })).toBe("FORBIDDEN");
    }
  });

  it("of a run or a logged model exists already, once one may log at all", async () => {
    const { contributor, viewer } = labs.people;
    const run = { experiment: "risk lab", runId: labs.other.run.runId };
    const model = { experiment: "risk lab", modelId: labs.other.loggedModel.modelId };
    expect(await outcomeOf(contributor, "createRun", run)).toBe("ALREADY_EXISTS");
    expect(await outcomeOf(contributor, "createLoggedModel", model)).toBe("ALREADY_EXISTS");
    expect(await outcomeOf(viewer, "createRun", run)).toBe("FORBIDDEN");
    expect(await outcomeOf(viewer, "createLoggedModel", model)).toBe("FORBIDDEN");
  });

  it("is not given to an experiment that is renamed", async () => {
    const experiment = await experimentOf();
    const input = { experiment, name: "other lab" };
    expect(await outcomeOf(labs.people.contributor, "updateExperiment", input)).toBe("ALREADY_EXISTS");
  });
});

describe("what an input names and one may not read is not found", () => {
  it.each<[string, string, () => object]>([
    ["a parent run", "createRun", () => ({ experiment: "risk lab", parentRunId: labs.other.run.runId })],
    ["the run of a logged model", "createLoggedModel", () => ({ runId: labs.other.run.runId })],
    ["the experiment of a run", "createRun", () => ({ experiment: "other lab" })],
    ["the experiment of a run, by id", "createRun", () => ({ experiment: labs.other.experiment })],
    ["the experiment of a logged model", "createLoggedModel", () => ({ experiment: "other lab" })],
  ])("%s in %s", async (_, mutation, input) => {
    expect(await outcomeOf(labs.people.maintainer, mutation, input())).toBe("NOT_FOUND");
    expect(await outcomeOf(labs.world, mutation, input())).toBe("done");
  });

  it("but the default experiment is no secret: logging there without the right is forbidden", async () => {
    expect(await outcomeOf(labs.people.maintainer, "createRun", {})).toBe("FORBIDDEN");
    expect(await outcomeOf(labs.people.maintainer, "createLoggedModel", {})).toBe("FORBIDDEN");
    expect(await outcomeOf(labs.people.maintainer, "createRun", { experiment: "Default" })).toBe("NOT_FOUND");
  });
});

describe("a commit", () => {
  it("may be told by who may write runs or versions anywhere", async () => {
    const { contributor, outsider, viewer, approver, nobody, limited } = labs.people;
    await registryOf(labs.world).mutate(
      "defineRole",
      { name: "REGISTRAR", permissions: ["version:write"] },
      "role { name }",
    );
    const registrar = await person(labs.world, "registrar", { grants: [["REGISTRAR", "risk.model"]] });
    const input = { sha: "b".repeat(40), message: "told" };
    for (const one of [contributor, outsider, registrar])
      expect(await outcomeOf(one, "recordCommit", input)).toBe("done");
    for (const one of [viewer, approver, nobody, limited])
      expect(await outcomeOf(one, "recordCommit", input)).toBe("FORBIDDEN");
  });

  it("comes along with a run", async () => {
    const run = { experiment: "risk lab", commit: { sha: "d".repeat(40), message: "along" } };
    expect(await outcomeOf(labs.people.contributor, "createRun", run)).toBe("done");
    const question = `{ commit(sha: "${"d".repeat(40)}") { message } }`;
    expect(await labs.people.outsider.ask(question)).toEqual({ commit: { message: "along" } });
  });
});

it("who may write and not read is answered nothing of what came out", async () => {
  await registryOf(labs.world).mutate(
    "defineRole",
    { name: "LOGGER", permissions: ["run:write", "dataset:write"] },
    "role { name }",
  );
  const logger = await person(labs.world, "logger", { grants: [["LOGGER", "risk.*"]] });
  const runId = "e".repeat(32);
  const input = { experiment: "risk lab", runId, datasets: [{ name: "risk data", digest: "risk 1" }] };
  expect(await logger.mutate("createRun", input, "run { id }")).toMatchObject({ run: null });
  expect(await logger.mutate("finishRun", { runId }, "run { id }")).toMatchObject({ run: null });
  const seen = await labs.people.viewer.ask(`{ run(runId: "${runId}") { status inputs { role } } }`);
  expect(seen.run).toEqual({ status: "FINISHED", inputs: [{ role: "" }] });
});
