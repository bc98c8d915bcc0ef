import type { Endpoint } from "../mlflow/endpoint.ts";
import { Experiments } from "../mlflow/experiments.ts";
import { MetricHistory } from "../mlflow/metric-history.ts";
import { RegisteredModels } from "../mlflow/registered-models.ts";
import { RunLinks } from "../mlflow/run-links.ts";
import { RunLogging } from "../mlflow/run-logging.ts";
import { RunReads } from "../mlflow/run-reads.ts";
import { RunSearch } from "../mlflow/run-search.ts";
import { Runs } from "../mlflow/runs.ts";
import type { Registry } from "./registry.ts";
import type { Tracking } from "./tracking.ts";

/** MLflow's endpoints over the rooms' own verbs and queries. */
export function wireMlflow(tracking: Tracking, registry: Registry): Endpoint[] {
  const { models, versions, aliases } = registry.loaders;
  const reads = { models, versions, aliases, facts: tracking.loaders.facts };
  const { loaders, services } = tracking;
  const runs = new RunReads(loaders);
  return [
    new RegisteredModels(reads, registry.services.models),
    new Experiments(loaders.experiments, loaders.facts, services.experiments),
    new Runs(runs, services.runCreation, services.runs),
    new RunLogging(runs, services.runs, services.loggedModels),
    new RunLinks(runs, services.runs),
    new RunSearch(runs),
    new MetricHistory(loaders.runs, loaders.metrics),
  ].flatMap((part) => part.endpoints());
}
