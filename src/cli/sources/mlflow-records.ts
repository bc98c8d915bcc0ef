import type { CommitRef } from "../../client/import-batch.ts";
import { byCodeUnit, mapNames, ownExperimentName, ownModelName } from "./foreign-names.ts";
import { type ImportRecord, inBatches } from "./import-batches.ts";
import { type KnownIds, modelOf, versionOf } from "./mlflow-model.mapping.ts";
import { experimentOf, loggedModelOf, runOf } from "./mlflow-run.mapping.ts";
import type { MlflowStore, RawModel, RawRunHead } from "./mlflow-store.ts";
import { commitOf, pointsOf } from "./mlflow-values.ts";
import { parentsFirst } from "./run-order.ts";
import { countBatches, type Source, type SourceOptions } from "./source.ts";
import { Warnings } from "./warnings.ts";

/** An MLflow store as a source; `open` begins one reading of it. */
export function mlflowSource(
  name: string,
  open: (warnings: Warnings) => Promise<MlflowStore>,
  options: SourceOptions,
): Source {
  const warnings = new Warnings();
  async function* batches() {
    const store = await open(warnings);
    try {
      yield* inBatches(name, mlflowRecords(store, options.repository ?? "", warnings));
    } finally {
      store.close();
    }
  }
  return { name, batches, counts: () => countBatches(batches()), warnings: warnings.list };
}

/** Everything an MLflow store holds, in dependency order. */
async function* mlflowRecords(
  store: MlflowStore,
  repository: string,
  warnings: Warnings,
): AsyncGenerator<ImportRecord> {
  const experiments = await store.experiments();
  const names = mapNames(
    "Experiment",
    experiments.map((experiment) => experiment.name),
    ownExperimentName,
    warnings,
  );
  const experimentNames = new Map(experiments.map((one) => [one.experimentId, names.get(one.name)!]));
  for (const raw of experiments) {
    yield { kind: "experiments", record: experimentOf(raw, names.get(raw.name)!, warnings) };
  }

  const heads = await orderedHeads(store, experimentNames, warnings);
  yield* commitRecords(heads, repository);
  const headsById = new Map(heads.map((head) => [head.runId, head]));
  for await (const raw of store.runs(heads)) {
    const head = headsById.get(raw.runId)!;
    const record = runOf(raw, head, experimentNames.get(head.experimentId)!, repository, warnings);
    yield { kind: "runs", record, points: pointsOf(`Run ${raw.runId}`, raw.metrics, warnings) };
  }

  const known = { runs: new Set(headsById.keys()), loggedModels: new Set<string>() };
  for await (const raw of store.loggedModels()) {
    const experiment = experimentNames.get(raw.experimentId);
    if (experiment === undefined) {
      warnings.add(`Logged model ${raw.modelId} belongs to no experiment of the store; it is left out`);
      continue;
    }
    known.loggedModels.add(raw.modelId);
    const points = pointsOf(`Logged model ${raw.modelId}`, raw.metrics, warnings);
    yield { kind: "loggedModels", record: loggedModelOf(raw, experiment, known.runs, warnings), points };
  }
  yield* registryRecords(store, known, warnings);
}

/** Heads by experiment, start and id, each after its parent. */
async function orderedHeads(
  store: MlflowStore,
  experiments: ReadonlyMap<string, string>,
  warnings: Warnings,
): Promise<RawRunHead[]> {
  const place = new Map([...experiments.keys()].map((id, index) => [id, index]));
  const heads: RawRunHead[] = [];
  for await (const head of store.runHeads()) {
    if (place.has(head.experimentId)) heads.push(head);
    else warnings.add(`Run ${head.runId} belongs to no experiment of the store; it is left out`);
  }
  heads.sort(
    (a, b) =>
      place.get(a.experimentId)! - place.get(b.experimentId)! ||
      Number(a.startTime ?? 0) - Number(b.startTime ?? 0) ||
      byCodeUnit(a.runId, b.runId),
  );
  return parentsFirst(heads, warnings);
}

function* commitRecords(heads: RawRunHead[], repository: string): Generator<ImportRecord> {
  const seen = new Set<string>();
  for (const head of heads) {
    const commit: CommitRef | undefined = commitOf(head, repository);
    const identity = JSON.stringify([commit?.repository, commit?.sha]);
    if (!commit || seen.has(identity)) continue;
    seen.add(identity);
    yield { kind: "commits", record: commit };
  }
}

async function* registryRecords(
  store: MlflowStore,
  known: KnownIds,
  warnings: Warnings,
): AsyncGenerator<ImportRecord> {
  const models = await store.models();
  const names = mapNames(
    "Model",
    models.map((model) => model.name),
    ownModelName,
    warnings,
  );
  for (const raw of models) yield { kind: "models", record: modelOf(raw, names.get(raw.name)!, warnings) };
  const live = new Map<string, Set<number>>();
  for (const model of models) {
    const numbers = new Set<number>();
    live.set(model.name, numbers);
    for (const raw of await store.versions(model.name)) {
      const facts = await store.modelFacts(raw);
      const record = versionOf(raw, names.get(model.name)!, facts, known, warnings);
      if (record.deletedAt === undefined) numbers.add(record.number);
      yield { kind: "versions", record };
    }
  }
  for (const raw of models) yield* aliasRecords(raw, names.get(raw.name)!, live.get(raw.name)!, warnings);
}

function* aliasRecords(
  raw: RawModel,
  model: string,
  live: ReadonlySet<number>,
  warnings: Warnings,
): Generator<ImportRecord> {
  const versions = new Map(raw.aliases);
  const own = mapNames("Alias", [...versions.keys()].sort(byCodeUnit), ownAlias, warnings);
  for (const [foreign, alias] of own) {
    const version = Number(versions.get(foreign));
    if (live.has(version)) yield { kind: "aliases", record: { model, alias, version } };
    else
      warnings.add(
        `Alias ${raw.name}@${foreign} points to version ${versions.get(foreign)}, which is not there`,
      );
  }
}

/** `latest` is computed in Stemma and nobody's to give. */
function ownAlias(foreign: string): string {
  const alias = ownModelName(foreign);
  return alias.toLowerCase() === "latest" ? `mlflow-${alias}` : alias;
}
