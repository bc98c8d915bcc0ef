import type {
  ImportBatch,
  ImportedLoggedModel,
  ImportedRun,
  ImportedStay,
  ImportedVersion,
} from "../client/import-batch.ts";
import type { Calendar } from "./calendar.ts";
import { mailOf, models, ownerOf, versionOf } from "./company/company.ts";
import { datasets } from "./company/datasets.ts";
import { repositories } from "./company/repositories.ts";
import type { DemoDataset, DemoDatasetVersion, DemoModel, DemoVersion } from "./company/shapes.ts";
import {
  importHistoryDocument,
  recordDatasetDocument,
  recordLineageDocument,
  updateModelDocument,
} from "./documents.ts";
import { digestOf, hexOf, runIdOf, shaOf } from "./invention.ts";
import type { Step } from "./steps.ts";
import {
  commitOf,
  type DemoRun,
  failedRunsOf,
  loggedModelOf,
  measurementsOf,
  pairsOf,
  runsOf,
} from "./training.ts";

/** The tag that tells the company's models from others, with the day that its weeks count back from. */
export const demoTag = "demo";

const importStep = (chapter: string, batch: Omit<ImportBatch, "source">): Step => ({
  chapter,
  document: importHistoryDocument,
  input: { batch: { source: "demo:kestrel", ...batch } },
});

/** What everything else names: models, experiments, commits. */
export function foundationSteps(calendar: Calendar): Step[] {
  const batch = {
    experiments: models.map(({ name, team, versions }) => ({
      name,
      scope: team,
      createdAt: calendar.at(versions[0]!.week + 1, `experiment ${name}`),
    })),
    models: models.map(({ name, description, tags, versions }) => ({
      name,
      description,
      tags: pairsOf({ ...tags, [demoTag]: calendar.today }),
      createdAt: calendar.at(versions[0]!.week + 0.5, `model ${name}`),
    })),
    commits: repositories.flatMap(({ url, commits }) =>
      commits.map(({ key, week, by, message, branch, parents }, index) => ({
        repository: url,
        sha: shaOf(key),
        branch: branch ?? "main",
        message,
        committedAt: calendar.at(week, `commit ${key}`),
        attributedTo: mailOf(by),
        parents: (parents ?? [commits[index - 1]!.key]).map(shaOf),
      })),
    ),
  };
  const owners = models.map(({ name, team }) => ({
    chapter: "models",
    document: updateModelDocument,
    input: { model: name, owner: ownerOf[team] },
  }));
  return [importStep("models, commits", batch), ...owners];
}

/** Each dataset by its first version; then all versions and those that they were made from, as one graph. */
export function dataSteps(calendar: Calendar): Step[] {
  const recorded = datasets.map((dataset) => ({
    chapter: "datasets",
    document: recordDatasetDocument,
    input: { scope: dataset.scope, ...datasetVersionOf(dataset, dataset.versions[0]!, calendar) },
  }));
  const versions = datasets.flatMap((dataset) =>
    dataset.versions.map((version) => ({ ref: `${dataset.name}:${version.key}`, dataset, version })),
  );
  const derived = versions.flatMap(({ ref, version }) =>
    (version.from ?? []).map((from) => ({ from, to: ref })),
  );
  const input = {
    nodes: versions.map(({ ref, dataset, version }) => ({
      ref,
      datasetVersion: datasetVersionOf(dataset, version, calendar),
    })),
    edges: derived.map((edge) => ({ ...edge, type: "DATA_DERIVED" })),
  };
  return [...recorded, { chapter: "datasets", document: recordLineageDocument, input }];
}

function datasetVersionOf(
  { name, source, columns }: DemoDataset,
  { key, week, rows, profile }: DemoDatasetVersion,
  calendar: Calendar,
) {
  return {
    name,
    digest: digestOf(`${name}:${key}`),
    digestAlgorithm: "xxh64",
    source: `${source}/${calendar.month(week)}/${key}.parquet`,
    schema: { columns: Object.entries(columns).map(([column, type]) => ({ name: column, type })) },
    profile: { rows, ...profile },
  };
}

/** Runs, versions and aliases from before the move to Stemma, model by model. */
export function pastSteps(calendar: Calendar): Step[] {
  return models.map((model) => {
    const past = model.versions.filter(({ isNew }) => !isNew);
    const runs = past.flatMap((version) => runsOf(model, version, calendar));
    return importStep("past runs and versions", {
      runs: [...runs, ...failedRunsOf(model, calendar)].map(importedRun),
      loggedModels: past
        .filter(({ isLogged }) => isLogged)
        .map((version) => importedLoggedModel(model, version, calendar)),
      versions: past.map((version) => importedVersion(model, version, calendar)),
      aliases: Object.entries(model.aliases ?? {}).map(([alias, version]) => ({
        model: model.name,
        alias,
        version,
      })),
    });
  });
}

function importedRun({ data, ...run }: DemoRun): ImportedRun {
  return { ...run, inputs: data };
}

function importedLoggedModel(
  model: DemoModel,
  version: DemoVersion,
  calendar: Calendar,
): ImportedLoggedModel {
  const run = runsOf(model, version, calendar).at(-1)!;
  return {
    ...loggedModelOf(model, version),
    runId: run.runId,
    experiment: model.name,
    status: "READY",
    createdAt: run.endedAt,
  };
}

function importedVersion(model: DemoModel, version: DemoVersion, calendar: Calendar): ImportedVersion {
  const { semantic, week, by, says, framework, format, status } = version;
  const number = model.versions.indexOf(version) + 1;
  const title = `${model.name.split(".")[1]} ${semantic}`;
  const createdAt = calendar.at(week, title);
  const { stage, stays } = staysOf(model, version, calendar);
  return {
    model: model.name,
    number,
    externalId: `kestrel:${model.name}/${number}`,
    runId: runsOf(model, version, calendar).at(-1)!.runId,
    ...(version.isLogged ? { loggedModelId: loggedModelOf(model, version).modelId } : {}),
    source: sourceOf(model, version),
    description: says,
    semanticVersion: semantic,
    framework,
    format,
    signature: model.signature,
    ...(status ? { status: status.is, statusMessage: status.says } : {}),
    stage,
    stays,
    metrics: measurementsOf(model, version, createdAt),
    createdAt,
    attributedTo: mailOf(by),
  };
}

export function sourceOf({ name }: DemoModel, { semantic }: DemoVersion): string {
  return `s3://kestrel-models/${name}/${semantic}/`;
}

function staysOf(model: DemoModel, version: DemoVersion, calendar: Calendar) {
  const came = (version.stages ?? []).map(([stage, week]) => ({
    stage,
    from: calendar.at(week, `${model.name} ${version.semantic} ${stage}`),
  }));
  const stays: ImportedStay[] = came.map((stay, index) => {
    const next = came[index + 1];
    return next ? { ...stay, until: next.from } : stay;
  });
  return { stage: came.at(-1)?.stage ?? "None", stays };
}

/** Which of the past versions were made from which, and the evaluation that found nothing. */
export function descentSteps(calendar: Calendar): Step[] {
  const derived = models.flatMap((model) =>
    model.versions.flatMap(({ parents, isNew }, index) =>
      (isNew ? [] : (parents ?? [])).map(({ version, relation }) => ({
        from: version,
        to: `${model.name}/${index + 1}`,
        relation,
      })),
    ),
  );
  const versions = [...new Set(derived.flatMap(({ from, to }) => [from, to]))];
  const descent: Step = {
    chapter: "derivations",
    document: recordLineageDocument,
    input: {
      nodes: versions.map((version) => ({ ref: version, modelVersion: version })),
      edges: derived.map(({ from, to, relation }) => ({ from, to, type: "DERIVED", role: relation })),
    },
  };
  return [descent, evaluationStep("risk.fraud-detector/8", "risk.fraud-holdout:a", calendar)];
}

function evaluationStep(reference: string, data: string, calendar: Calendar): Step {
  const { model, version } = versionOf(reference);
  const name = `${model.name.split(".")[1]} ${version.semantic}: acceptance`;
  const week = version.week - 0.1;
  return {
    chapter: "derivations",
    document: recordLineageDocument,
    input: {
      nodes: [
        { ref: "version", modelVersion: reference },
        { ref: "data", datasetVersion: { name: data.split(":")[0], digest: digestOf(data) } },
        { ref: "code", commit: commitOf(version.commit) },
        {
          ref: "run",
          run: {
            runId: runIdOf(name),
            experiment: model.name,
            name,
            startedAt: calendar.at(week, `${name} begins`),
            endedAt: calendar.at(week - 0.15, `${name} ends`),
            entryPoint: `${model.entryPoint.replace(/train$/, "accept")} --report ${hexOf(name, 8)}`,
          },
        },
      ],
      edges: [
        { from: "version", to: "run", type: "EVALUATED" },
        { from: "data", to: "run", type: "EVALUATED", role: "holdout" },
        { from: "code", to: "run", type: "CODE_OF" },
      ],
    },
  };
}
