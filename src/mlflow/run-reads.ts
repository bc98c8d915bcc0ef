import type { Request } from "../kernel/request.ts";
import type { DatasetLoaders } from "../tracking/dataset.loaders.ts";
import type { Experiment } from "../tracking/experiment.entity.ts";
import type { ExperimentLoaders } from "../tracking/experiment.loaders.ts";
import type { FactLoaders } from "../tracking/fact.loaders.ts";
import type { LoggedModelLoaders } from "../tracking/logged-model.loaders.ts";
import type { Run } from "../tracking/run.entity.ts";
import type { RunLoaders } from "../tracking/run.loaders.ts";
import { absent } from "./mlflow-error.ts";
import { runInfoOf, runOf, type UsedData } from "./run.mapping.ts";

export interface RunLoading {
  runs: RunLoaders;
  experiments: ExperimentLoaders;
  facts: FactLoaders;
  datasets: DatasetLoaders;
  loggedModels: LoggedModelLoaders;
}

/** Reads runs with all that MLflow shows of one. */
export class RunReads {
  constructor(readonly loaders: RunLoading) {}

  /** Throws RESOURCE_DOES_NOT_EXIST. */
  async find(request: Request, runId: string): Promise<Run> {
    const run = await this.loaders.runs.byRunId(request, runId);
    if (!run) throw absentRun(runId);
    return run;
  }

  /** As it is now, after a verb. */
  async now(request: Request, node: number): Promise<Run> {
    request.forget();
    const run = await this.loaders.runs.byId(request, node);
    if (!run) throw absent("No such run");
    return run;
  }

  async info(request: Request, run: Run): Promise<object> {
    return runInfoOf(run, await this.experimentOf(request, run));
  }

  async whole(request: Request, run: Run): Promise<object> {
    const { facts, loggedModels } = this.loaders;
    const { nodeId } = run;
    const [experiment, params, metrics, tags, used, models] = await Promise.all([
      this.experimentOf(request, run),
      facts.params(request, nodeId),
      facts.metrics(request, nodeId),
      facts.tags(request, nodeId),
      this.usedBy(request, nodeId),
      loggedModels.ofRun(request, nodeId),
    ]);
    return runOf({ run, experiment, params, metrics, tags, used, models });
  }

  private async experimentOf(request: Request, run: Run): Promise<Experiment> {
    return (await this.loaders.experiments.byId(request, run.experimentId))!;
  }

  async usedBy(request: Request, run: number): Promise<UsedData[]> {
    const { datasets } = this.loaders;
    const uses = await datasets.usesOf(request, run);
    const used = uses.map(async (use) => {
      const version = await datasets.versionById(request, use.datasetVersionId);
      const dataset = version && (await datasets.byId(request, version.datasetId));
      return dataset ? [{ use, version, name: dataset.name }] : [];
    });
    return (await Promise.all(used)).flat();
  }
}

export function absentRun(runId: string) {
  return absent(`Run with id=${runId} not found`);
}
