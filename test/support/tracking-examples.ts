import { type Example, facts, hex, runIdOf, tag } from "./example.ts";
import { proxyOf } from "./logged-files.ts";
import type { Registry } from "./registry.ts";
import type { World } from "./world.ts";

async function runOf(registry: Registry, own: string, status = "RUNNING"): Promise<string> {
  const runId = runIdOf(own);
  await registry.mutate("createRun", { runId }, "run { id }");
  if (status !== "RUNNING") await registry.mutate("finishRun", { runId, status }, "run { id }");
  return runId;
}

async function experimentOf(registry: Registry, own: string): Promise<string> {
  return (await registry.mutate("createExperiment", { name: own }, "experiment { id }")).experiment.id;
}

/** A run with two files in a folder. */
async function filedRun(registry: Registry, own: string, world: World, status?: string): Promise<string> {
  const runId = await runOf(registry, own, status);
  for (const name of ["a", "b"])
    await proxyOf(world).log({ runId }, `plots/${name}.txt`, `${name} of ${own}`);
  return runId;
}

/** Mutations of experiments, runs, logged models, datasets and commits. */
export const trackingExamples: Example[] = [
  {
    mutation: "createExperiment",
    input: async (_, own) => ({ name: own, tags: [tag] }),
    events: ["experiment.created"],
    again: "ALREADY_EXISTS",
  },
  {
    mutation: "updateExperiment",
    input: async (registry, own) => ({
      experiment: await experimentOf(registry, own),
      name: `${own} renamed`,
      setTags: [tag],
    }),
    events: ["experiment.updated"],
    again: "nothing",
  },
  {
    mutation: "deleteExperiment",
    input: async (registry, own) => ({ experiment: await experimentOf(registry, own) }),
    events: ["experiment.deleted"],
    again: "NOT_FOUND",
  },
  {
    mutation: "restoreExperiment",
    input: async (registry, own) => {
      const experiment = await experimentOf(registry, own);
      await registry.mutate("deleteExperiment", { experiment }, "experiment { id }");
      return { experiment };
    },
    events: ["experiment.restored"],
    again: "nothing",
  },
  {
    mutation: "createRun",
    input: async (_, own) => ({ runId: runIdOf(own), name: own, tags: [tag], params: facts.params }),
    events: ["run.created"],
    again: "ALREADY_EXISTS",
  },
  {
    mutation: "logRun",
    when: "of a running run: telemetry",
    input: async (registry, own) => ({ runId: await runOf(registry, own), tags: [tag], ...facts }),
    events: [],
    again: "nothing",
  },
  {
    mutation: "logRun",
    when: "of a finished run",
    input: async (registry, own) => ({
      runId: await runOf(registry, own, "FINISHED"),
      tags: [tag],
      ...facts,
    }),
    events: ["run.edited"],
    again: "nothing",
  },
  {
    mutation: "deleteLoggedFiles",
    when: "of a running run: telemetry",
    input: async (registry, own, world) => ({
      runId: await filedRun(registry, own, world),
      path: "plots",
    }),
    events: [],
    again: "NOT_FOUND",
  },
  {
    mutation: "deleteLoggedFiles",
    when: "of a finished run",
    input: async (registry, own, world) => ({
      runId: await filedRun(registry, own, world, "FINISHED"),
      path: "plots/a.txt",
    }),
    events: ["file.deleted"],
    again: "NOT_FOUND",
  },
  {
    mutation: "deleteLoggedFiles",
    when: "of a logged model",
    input: async (registry, own, world) => {
      const given = { name: own, experiment: "Default" };
      const { loggedModel } = await registry.mutate("createLoggedModel", given, "loggedModel { modelId }");
      await proxyOf(world).log(loggedModel, "MLmodel", `flavors of ${own}`);
      return { loggedModelId: loggedModel.modelId, path: "MLmodel" };
    },
    events: ["file.deleted"],
    again: "NOT_FOUND",
  },
  {
    mutation: "finishRun",
    input: async (registry, own) => ({ runId: await runOf(registry, own), status: "FAILED" }),
    events: ["run.finished"],
    again: "nothing",
  },
  {
    mutation: "updateRun",
    input: async (registry, own) => ({ runId: await runOf(registry, own, "FINISHED"), status: "RUNNING" }),
    events: ["run.reopened"],
    again: "nothing",
  },
  {
    mutation: "updateRun",
    when: "by another name and author",
    input: async (registry, own) => ({ runId: await runOf(registry, own), name: own, attributedTo: own }),
    events: ["run.updated"],
    again: "nothing",
  },
  {
    mutation: "setRunTags",
    when: "of a running run: telemetry",
    input: async (registry, own) => ({ runId: await runOf(registry, own), set: [tag] }),
    events: [],
    again: "nothing",
  },
  {
    mutation: "setRunTags",
    when: "of a finished run",
    input: async (registry, own) => ({ runId: await runOf(registry, own, "KILLED"), set: [tag] }),
    events: ["run.edited"],
    again: "nothing",
  },
  {
    mutation: "deleteRun",
    input: async (registry, own) => ({ runId: await runOf(registry, own) }),
    events: ["run.deleted"],
    again: "nothing",
  },
  {
    mutation: "restoreRun",
    input: async (registry, own) => {
      const runId = await runOf(registry, own);
      await registry.mutate("deleteRun", { runId }, "run { id }");
      return { runId };
    },
    events: ["run.restored"],
    again: "nothing",
  },
  {
    mutation: "createLoggedModel",
    input: async (registry, own) => ({
      runId: await runOf(registry, own),
      modelId: `m-${runIdOf(own)}`,
      ...facts,
    }),
    events: ["logged_model.created"],
    again: "ALREADY_EXISTS",
  },
  {
    mutation: "updateLoggedModel",
    input: async (registry, own) => {
      const modelId = `m-${runIdOf(own)}`;
      await registry.mutate("createLoggedModel", { modelId, status: "PENDING" }, "loggedModel { id }");
      return { modelId, status: "READY", step: 7, setTags: [tag], ...facts };
    },
    events: ["logged_model.updated"],
    again: "nothing",
  },
  {
    mutation: "deleteLoggedModel",
    input: async (registry, own) => {
      const modelId = `m-${runIdOf(own)}`;
      await registry.mutate("createLoggedModel", { modelId }, "loggedModel { id }");
      return { modelId };
    },
    events: ["logged_model.deleted"],
    again: "nothing",
  },
  {
    mutation: "recordDataset",
    input: async (_, own) => ({ name: own, digest: "2", derivedFrom: [{ name: own, digest: "1" }] }),
    events: [
      "dataset.created",
      "dataset_version.recorded",
      "dataset_version.recorded",
      "dataset_version.derived",
    ],
    again: "nothing",
  },
  {
    mutation: "recordCommit",
    input: async (_, own) => ({
      repository: own,
      sha: hex(own),
      parents: [hex(`${own} parent`)],
      message: "m",
    }),
    events: ["commit.recorded", "commit.recorded"],
    again: "nothing",
  },
];
