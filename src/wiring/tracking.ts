import { Downloads } from "../objects/downloads.ts";
import { CommitLoaders } from "../tracking/commit.loaders.ts";
import { CommitResolver } from "../tracking/commit.resolver.ts";
import { CommitService } from "../tracking/commit.service.ts";
import { DatasetLoaders } from "../tracking/dataset.loaders.ts";
import { DatasetResolver } from "../tracking/dataset.resolver.ts";
import { DatasetService } from "../tracking/dataset.service.ts";
import { DatasetUseResolver, DatasetVersionResolver } from "../tracking/dataset-version.resolver.ts";
import { ExperimentLoaders } from "../tracking/experiment.loaders.ts";
import { ExperimentResolver } from "../tracking/experiment.resolver.ts";
import { ExperimentService } from "../tracking/experiment.service.ts";
import { ExperimentImport } from "../tracking/experiment-import.ts";
import { FactLoaders } from "../tracking/fact.loaders.ts";
import { Facts } from "../tracking/facts.ts";
import { FileArrivals } from "../tracking/file-arrivals.ts";
import type { InferenceRule } from "../tracking/inference.rules.ts";
import { EdgeInference } from "../tracking/inference.ts";
import { LoggedFileLoaders } from "../tracking/logged-file.loaders.ts";
import {
  LoggedFileResolver,
  LoggedModelFilesResolver,
  RunFilesResolver,
} from "../tracking/logged-file.resolver.ts";
import { LoggedFileService } from "../tracking/logged-file.service.ts";
import { LoggedFileDownloads } from "../tracking/logged-file-downloads.ts";
import { LoggedFileUploadService } from "../tracking/logged-file-upload.service.ts";
import { LoggedModelLoaders } from "../tracking/logged-model.loaders.ts";
import { LoggedModelResolver } from "../tracking/logged-model.resolver.ts";
import { LoggedModelService } from "../tracking/logged-model.service.ts";
import { LoggedModelImport } from "../tracking/logged-model-import.ts";
import { LoggedModelWriter } from "../tracking/logged-model-writer.ts";
import { MetricLoaders } from "../tracking/metric.loaders.ts";
import {
  DatasetRightsResolver,
  ExperimentRightsResolver,
  RunRightsResolver,
} from "../tracking/rights.resolver.ts";
import { RunLoaders } from "../tracking/run.loaders.ts";
import { RunResolver } from "../tracking/run.resolver.ts";
import { RunService } from "../tracking/run.service.ts";
import { RunArrival } from "../tracking/run-arrival.ts";
import { RunCreationService } from "../tracking/run-creation.service.ts";
import { RunGraph } from "../tracking/run-graph.ts";
import { RunImport } from "../tracking/run-import.ts";
import { RunLinkResolver } from "../tracking/run-link.resolver.ts";
import { RunMerge } from "../tracking/run-merge.ts";
import { RunOutputs } from "../tracking/run-outputs.ts";
import { RunVerbResolver } from "../tracking/run-verb.resolver.ts";
import type { Foundation } from "./foundation.ts";
import type { Bytes } from "./objects.ts";

/** Experiments, runs, logged models, datasets, commits, and what is told of any noun. */
export function wireTracking(
  foundation: Foundation,
  { store, urlSeconds }: Bytes,
  rules: readonly InferenceRule[],
) {
  const { db, clock, journal, verbs, graph, directory } = foundation;
  const { actors } = foundation.loaders;
  const facts = new Facts();
  const loaders = {
    facts: new FactLoaders(db),
    experiments: new ExperimentLoaders(db),
    runs: new RunLoaders(db),
    loggedModels: new LoggedModelLoaders(db),
    datasets: new DatasetLoaders(db),
    commits: new CommitLoaders(db),
    metrics: new MetricLoaders(db),
    files: new LoggedFileLoaders(db),
  };

  const commitService = new CommitService(verbs, journal, graph, clock);
  const datasetService = new DatasetService(verbs, journal, graph, clock);
  const experimentService = new ExperimentService(verbs, journal, graph, facts, clock);
  const inference = new EdgeInference(journal, graph, commitService, rules);
  const runGraph = new RunGraph(graph, commitService, datasetService, inference);
  const runArrival = new RunArrival(journal, runGraph, facts);
  const runService = new RunService(verbs, journal, runGraph, facts, clock);
  const runCreation = new RunCreationService(verbs, runService, experimentService, runArrival, clock);
  const loggedModelWriter = new LoggedModelWriter(journal, graph, facts, clock);
  const loggedModelService = new LoggedModelService(
    verbs,
    loggedModelWriter,
    runService,
    experimentService,
    clock,
  );
  const arrivals = new FileArrivals(db, store, clock);
  const fileService = new LoggedFileService(db, store, arrivals, { verbs, journal }, clock);
  const fileUploads = new LoggedFileUploadService(db, store, arrivals, fileService, clock);
  const services = {
    commits: commitService,
    datasets: datasetService,
    experiments: experimentService,
    runs: runService,
    runCreation,
    loggedModels: loggedModelService,
    files: fileService,
    fileUploads,
    arrivals,
  };

  const runMerge = new RunMerge(journal, runGraph, facts, clock);
  const runOutputs = new RunOutputs(journal, graph, datasetService, clock);
  const imports = {
    experiments: new ExperimentImport(journal, experimentService, facts, clock),
    runs: new RunImport(experimentService, runArrival, runMerge, runOutputs, clock),
    loggedModels: new LoggedModelImport(experimentService, loggedModelWriter, clock),
  };

  const { experiments, runs, loggedModels, datasets, commits, files } = loaders;
  const downloads = new Downloads(store, clock, urlSeconds);
  const fileDownloads = new LoggedFileDownloads(downloads, experiments);
  directory
    .register("EXPERIMENT", (request, node) => experiments.byId(request, node))
    .register("RUN", (request, node) => runs.byId(request, node))
    .register("LOGGED_MODEL", (request, node) => loggedModels.byId(request, node))
    .register("DATASET", (request, node) => datasets.byId(request, node))
    .register("DATASET_VERSION", (request, node) => datasets.versionById(request, node))
    .register("COMMIT", (request, node) => commits.byId(request, node));

  const resolvers = [
    new ExperimentResolver(experiments, runs, loaders.facts, datasets, experimentService),
    new ExperimentRightsResolver(),
    new RunResolver(db, runs, loaders.facts, loaders.metrics),
    new RunLinkResolver(experiments, commits, datasets, loggedModels, actors),
    new RunVerbResolver(runs, runCreation, runService),
    new RunRightsResolver(experiments),
    new LoggedModelResolver(loggedModels, runs, experiments, loaders.facts, loggedModelService),
    new DatasetResolver(db, datasets, datasetService),
    new DatasetRightsResolver(),
    new DatasetVersionResolver(datasets, runs),
    new DatasetUseResolver(datasets),
    new CommitResolver(db, commits, commitService),
    new RunFilesResolver(files),
    new LoggedModelFilesResolver(files),
    new LoggedFileResolver(fileDownloads, actors, fileService, { runs, loggedModels }),
  ];
  return { facts, inference, loaders, services, imports, downloads, fileDownloads, resolvers };
}

export type Tracking = ReturnType<typeof wireTracking>;
