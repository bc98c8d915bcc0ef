import type { Endpoint } from "../mlflow/endpoint.ts";
import { Experiments } from "../mlflow/experiments.ts";
import { RegisteredModels } from "../mlflow/registered-models.ts";
import type { Registry } from "./registry.ts";
import type { Tracking } from "./tracking.ts";

/** MLflow's endpoints over the rooms' own verbs and queries. */
export function wireMlflow(tracking: Tracking, registry: Registry): Endpoint[] {
  const { models, versions, aliases } = registry.loaders;
  const reads = { models, versions, aliases, facts: tracking.loaders.facts };
  const { loaders, services } = tracking;
  return [
    new RegisteredModels(reads, registry.services.models),
    new Experiments(loaders.experiments, loaders.facts, services.experiments),
  ].flatMap((part) => part.endpoints());
}
