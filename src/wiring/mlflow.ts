import { ArtifactBytes } from "../mlflow/artifact-bytes.ts";
import { ArtifactReads } from "../mlflow/artifact-reads.ts";
import { ArtifactLists, Artifacts } from "../mlflow/artifacts.ts";
import type { Endpoint } from "../mlflow/endpoint.ts";
import { Experiments } from "../mlflow/experiments.ts";
import { LoggedModels } from "../mlflow/logged-models.ts";
import { MetricHistory } from "../mlflow/metric-history.ts";
import type { Mlflow } from "../mlflow/mlflow.routes.ts";
import { ModelStages } from "../mlflow/model-stages.ts";
import { ModelVersions } from "../mlflow/model-versions.ts";
import { RegisteredModels } from "../mlflow/registered-models.ts";
import { RegistryAliases } from "../mlflow/registry-aliases.ts";
import { RegistryTags } from "../mlflow/registry-tags.ts";
import { RegistryViews } from "../mlflow/registry-views.ts";
import { RunLinks } from "../mlflow/run-links.ts";
import { RunLogging } from "../mlflow/run-logging.ts";
import { RunReads } from "../mlflow/run-reads.ts";
import { RunSearch } from "../mlflow/run-search.ts";
import { Runs } from "../mlflow/runs.ts";
import { VersionOrigins } from "../mlflow/version-origins.ts";
import type { Bytes } from "./objects.ts";
import type { Promotion } from "./promotion.ts";
import type { Registry } from "./registry.ts";
import type { Tracking } from "./tracking.ts";

/** MLflow's endpoints over the rooms' own verbs and queries. */
export function wireMlflow(
  tracking: Tracking,
  registry: Registry,
  promotion: Promotion,
  { store }: Bytes,
): Mlflow {
  const { loaders, services } = tracking;
  const views = new RegistryViews({ ...registry.loaders, ...loaders });
  const reads = new ArtifactReads(
    { ...loaders, ...registry.loaders, artifacts: registry.serving.artifacts },
    { logged: tracking.fileDownloads, artifacts: registry.serving.downloads },
  );
  const proxy = new Artifacts(reads, services.fileUploads, services.files, tracking.downloads);
  const parts = [
    ...registryParts(tracking, registry, promotion, views),
    new Experiments(loaders.experiments, loaders.facts, services.experiments),
    ...runParts(tracking),
    new ArtifactLists(reads),
  ];
  return {
    endpoints: parts.flatMap((part): Endpoint[] => part.endpoints()),
    artifactEndpoints: proxy.endpoints(),
    artifacts: new ArtifactBytes(reads, views, services.files, store),
    isSigned: () => services.fileUploads.isPossible,
  };
}

function runParts({ loaders, services }: Tracking) {
  const reads = new RunReads(loaders);
  return [
    new Runs(reads, services.runCreation, services.runs),
    new RunLogging(reads, services.runs, services.loggedModels),
    new RunLinks(reads, services.runs, services.loggedModels),
    new RunSearch(reads),
    new LoggedModels(reads, services.loggedModels),
    new MetricHistory(loaders.runs, loaders.metrics),
  ];
}

function registryParts(
  { loaders }: Tracking,
  { loaders: nouns, services }: Registry,
  promotion: Promotion,
  views: RegistryViews,
) {
  const { runs, loggedModels, experiments, files } = loaders;
  const { models, versions, stages } = nouns;
  const origins = new VersionOrigins(views, runs, loggedModels, experiments, files);
  const { promotion: service, reviews, requests, verdicts } = promotion;
  return [
    new RegisteredModels(views, models, services.models),
    new ModelVersions(views, origins, versions, services.versions, services.registration),
    new RegistryTags(views, services.models, services.versions),
    new RegistryAliases(views, services.aliases),
    new ModelStages(views, stages, { service, reviews, requests, verdicts }),
  ];
}
