// Everything a registry tells, written to one MLflow server, in the order in which things point to each other.
import type { StemmaClient } from "../../client/client.ts";
import { modelsOf, versionsOf } from "../../client/mlflow-lists.ts";
import type { MlflowServer } from "../../client/mlflow-server.ts";
import type { TransferOptions } from "../../client/paged-transfers.ts";
import { ExperimentWriter } from "./experiment-writer.ts";
import { FileWriter } from "./file-writer.ts";
import { LoggedFileWriter } from "./logged-file-writer.ts";
import { LoggedModelWriter } from "./logged-model-writer.ts";
import { Outcome } from "./outcome.ts";
import { experimentsIn, loggedModelsIn, runsIn } from "./records.ts";
import { modelsIn, policyCountIn, versionsIn } from "./registry-records.ts";
import { RegistryWriter } from "./registry-writer.ts";
import { RunWriter } from "./run-writer.ts";

export interface ExportOptions {
  withFiles: boolean;
  transfer: TransferOptions;
  onDone?: () => void;
}

/** Writes what is missing there; the same again writes nothing, and goes on where an export was broken off. */
export async function exportTo(
  server: MlflowServer,
  client: StemmaClient,
  { withFiles, transfer, onDone = () => {} }: ExportOptions,
): Promise<Outcome> {
  const outcome = new Outcome();
  const experiments = await ExperimentWriter.open(server, outcome);
  const runs = new RunWriter(server, client, experiments, outcome);
  const loggedModels = new LoggedModelWriter(server, client, experiments, runs, outcome);
  const options = { withFiles, transfer, outcome };
  const files = new LoggedFileWriter(server, client, runs, loggedModels, options);
  for await (const experiment of experimentsIn(client)) {
    const there = await experiments.write(experiment);
    await runs.learn(there);
    await loggedModels.learn(there);
    for await (const run of runsIn(client, experiment.id)) {
      await runs.write(run, experiment.id);
      await files.ofRun(run, experiment.id);
      onDone();
    }
  }
  for await (const model of loggedModelsIn(client)) {
    await loggedModels.write(model);
    await files.ofLoggedModel(model);
    onDone();
  }
  await runs.finish((modelId) => loggedModels.idOf(modelId));
  await experiments.finish();
  const versionFiles = new FileWriter(server, client, { runs, loggedModels, files }, options);
  const registry = new RegistryWriter(server, client, versionFiles, outcome);
  for await (const model of modelsIn(client)) {
    await registry.write(model);
    onDone();
  }
  outcome.leaves("policies", await policyCountIn(client));
  return outcome;
}

/** What an export would write, by what is not there yet; writes nothing. */
export async function exportPlan(server: MlflowServer, client: StemmaClient): Promise<Outcome> {
  const plan = new Outcome();
  const experiments = await ExperimentWriter.open(server, plan);
  const runs = new RunWriter(server, client, experiments, plan);
  const loggedModels = new LoggedModelWriter(server, client, experiments, runs, plan);
  for await (const experiment of experimentsIn(client)) {
    const there = experiments.find(experiment);
    if (there === null) plan.wrote("experiments");
    else {
      await runs.learn(there);
      await loggedModels.learn(there);
    }
    for await (const { runId } of runsIn(client, experiment.id)) if (!runs.isThere(runId)) plan.wrote("runs");
  }
  for await (const { modelId } of loggedModelsIn(client))
    if (server.knowsLoggedModels && !loggedModels.isThere(modelId)) plan.wrote("logged models");
  const known = new Set<string>();
  for await (const { name } of modelsOf(server)) known.add(name);
  for await (const model of modelsIn(client)) {
    if (!known.has(model.name)) plan.wrote("models");
    const held = new Set<string>();
    if (known.has(model.name))
      for await (const { version } of versionsOf(server, model.name)) held.add(version);
    for await (const { number, deletedAt } of versionsIn(client, model.id))
      if (deletedAt === null && !held.has(String(number))) plan.wrote("versions");
  }
  return plan;
}
