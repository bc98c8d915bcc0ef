import { StemmaClientError } from "../../client/errors.ts";
import { historyPage, type MlflowMetric, type MlflowRun } from "../../client/mlflow-answers.ts";
import { historyOf } from "../../client/mlflow-lists.ts";
import type { MlflowServer } from "../../client/mlflow-server.ts";
import { byCodeUnit } from "./foreign-names.ts";
import { metricOf } from "./mlflow-rest.mapping.ts";
import type { RawMetric } from "./mlflow-store.ts";

const mostOfOneKey = 5_000;
/** Points held at once; the histories beyond that are read one by one as they are needed. */
const mostHeld = 50_000;
const bulkPath = "/ajax-api/2.0/mlflow/metrics/get-history-bulk";

/** Asks one MLflow server for metric histories of some runs: short ones of all runs at once, long ones page by page. */
export class MlflowHistories {
  private hasBulk = true;

  constructor(private readonly server: MlflowServer) {}

  /** Histories of these runs, at most 100. */
  async of(runs: readonly MlflowRun[]): Promise<(run: MlflowRun) => AsyncGenerator<RawMetric>> {
    const held = new Map<string, Map<string, MlflowMetric[]>>();
    const keys = new Map<string, string[]>();
    for (const { info, data } of runs) {
      for (const { key } of data.metrics) keys.set(key, [...(keys.get(key) ?? []), info.run_id]);
    }
    let count = 0;
    for (const [key, ids] of keys) {
      if (ids.length < 2 || count >= mostHeld) continue;
      const points = await this.inBulk(key, ids);
      if (!points) continue;
      count += points.length;
      held.set(key, byRun(ids, points));
    }
    return (run) => this.read(run, held);
  }

  private async *read(
    { info, data }: MlflowRun,
    held: ReadonlyMap<string, ReadonlyMap<string, MlflowMetric[]>>,
  ): AsyncGenerator<RawMetric> {
    for (const key of [...new Set(data.metrics.map((metric) => metric.key))].sort(byCodeUnit)) {
      const points = held.get(key)?.get(info.run_id) ?? historyOf(this.server, info.run_id, key);
      for await (const point of points) yield metricOf(point);
    }
  }

  /** Null where there are too many, or where the server cannot tell them so: it writes what is no number as no JSON. */
  private async inBulk(key: string, ids: readonly string[]): Promise<MlflowMetric[] | null> {
    if (!this.hasBulk) return null;
    const wanted = { run_id: ids, metric_key: key, max_results: mostOfOneKey };
    try {
      const { metrics } = await this.server.getAt(bulkPath, wanted, historyPage);
      return metrics.length < mostOfOneKey && metrics.every(({ run_id }) => run_id !== null) ? metrics : null;
    } catch (error) {
      if (!(error instanceof StemmaClientError)) throw error;
      if (error.code === "MLFLOW_UNREADABLE") return null;
      if (error.code !== "NOT_MLFLOW" && error.code !== "ENDPOINT_NOT_FOUND") throw error;
      this.hasBulk = false;
      return null;
    }
  }
}

/** The points of each of the runs, in the order they came. */
function byRun(ids: readonly string[], points: readonly MlflowMetric[]): Map<string, MlflowMetric[]> {
  const runs = new Map(ids.map((id): [string, MlflowMetric[]] => [id, []]));
  for (const point of points) runs.get(point.run_id!)?.push(point);
  return runs;
}
