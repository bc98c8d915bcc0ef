import { z } from "zod";
import type { Request } from "../kernel/request.ts";
import type { Metric } from "../tracking/fact.entity.ts";
import type { MetricLoaders } from "../tracking/metric.loaders.ts";
import type { MetricQuestion } from "../tracking/metric.query.ts";
import type { RunLoaders } from "../tracking/run.loaders.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { badParameter } from "./mlflow-error.ts";
import { nextTokenOf, sliceFrom } from "./pages.ts";
import { listOf, requiredText, text, whole } from "./parameters.ts";
import { listOrNothing } from "./registered-model.mapping.ts";
import { metricOf } from "./run.mapping.ts";
import { ofOneRun, runIdIn } from "./runs.ts";

const pointsPerPage = 10_000;
const mostPoints = 250_000; // of one answer
const mostBulkPoints = 25_000;
const mostRuns = 100;
const mostSampled = 2_500; // of one run

const one = ofOneRun.extend({ metric_key: requiredText, max_results: whole, page_token: text });
const bulk = z.object({ run_id: listOf(requiredText), metric_key: text, max_results: whole });
const interval = z.object({
  run_ids: listOf(requiredText),
  metric_key: requiredText,
  start_step: whole,
  end_step: whole,
  max_results: whole,
});

/** `metrics/…`: what was measured, point by point. */
export class MetricHistory {
  constructor(
    private readonly runs: RunLoaders,
    private readonly metrics: MetricLoaders,
  ) {}

  endpoints(): Endpoint[] {
    return [
      endpoint("GET", "metrics/get-history", one, (request, given) => this.history(request, given)),
      endpoint("GET", "metrics/get-history-bulk", bulk, (request, given) => this.bulk(request, given)),
      endpoint("GET", "metrics/get-history-bulk-interval", interval, (request, given) =>
        this.interval(request, given),
      ),
    ];
  }

  /** Of a run that is not there, nothing was measured. */
  private async history(request: Request, given: z.output<typeof one>): Promise<object> {
    const { max_results: wanted, page_token: token, metric_key: key } = given;
    if (wanted !== undefined && wanted < 1) {
      throw badParameter(
        `Invalid value ${wanted} for parameter 'max_results' supplied. It must be a positive integer.`,
      );
    }
    const run = await this.runs.byRunId(request, runIdIn(given));
    if (!run) return {};
    const { points, next } = await this.points(request, run.nodeId, { key }, wanted ?? mostPoints, token);
    return { metrics: listOrNothing(points.map((point) => metricOf(point))), next_page_token: next };
  }

  private async bulk(request: Request, given: z.output<typeof bulk>): Promise<object> {
    const { run_id: runIds, metric_key: key, max_results } = given;
    const refusal = (what: string) => badParameter(`GetMetricHistoryBulk request ${what}`);
    if (runIds.length === 0) throw refusal("must specify at least one run_id.");
    if (runIds.length > mostRuns) {
      throw refusal(`cannot specify more than ${mostRuns} run_ids. Received ${runIds.length} run_ids.`);
    }
    if (key === undefined) throw refusal("must specify a metric_key.");
    const most = Math.min(Math.max(max_results ?? mostBulkPoints, 0), mostBulkPoints);
    const found: object[] = [];
    for (const runId of [...new Set(runIds)].sort()) {
      const left = most - found.length;
      const run = left > 0 ? await this.runs.byRunId(request, runId) : null;
      if (!run) continue;
      const { points } = await this.points(request, run.nodeId, { key }, left);
      found.push(...points.map((point) => ({ ...metricOf(point), run_id: runId })));
    }
    return { metrics: found };
  }

  private async interval(request: Request, given: z.output<typeof interval>): Promise<object> {
    const { run_ids: runIds, metric_key: key, start_step, end_step, max_results = mostSampled } = given;
    mustBeInterval(given);
    const found: object[] = [];
    for (const runId of runIds) {
      const run = await this.runs.byRunId(request, runId);
      if (!run) continue;
      const question = { key, fromStep: start_step ?? null, toStep: end_step ?? null };
      const { points } = await this.points(request, run.nodeId, question, mostPoints);
      found.push(...sampled(points, max_results).map((point) => ({ ...metricOf(point), run_id: runId })));
    }
    return { metrics: listOrNothing(found) };
  }

  /** Read page by page, since one may be long; in the order of time where that is all of it. */
  private async points(
    request: Request,
    run: number,
    question: MetricQuestion,
    most: number,
    token?: string,
  ): Promise<{ points: Metric[]; next: string | undefined }> {
    const points: Metric[] = [];
    let next = token;
    do {
      const slice = sliceFrom(Math.min(most - points.length, pointsPerPage), next);
      const page = await this.metrics.history(request, run, question, slice);
      request.life.take(page.nodes.length);
      points.push(...page.nodes);
      next = nextTokenOf(page);
    } while (next !== undefined && points.length < most);
    if (token === undefined && next === undefined) points.sort(byTime);
    return { points, next };
  }
}

function byTime(a: Metric, b: Metric): number {
  return a.at - b.at || a.step - b.step || a.stored - b.stored;
}

function mustBeInterval({ run_ids, start_step, end_step, max_results }: z.output<typeof interval>): void {
  if (run_ids.length === 0) throw badParameter("Missing value for required parameter 'run_ids'.");
  if (run_ids.length > mostRuns) {
    throw badParameter(
      `GetMetricHistoryBulkInterval request must specify at most ${mostRuns} run_ids. Received ${run_ids.length} run_ids.`,
    );
  }
  if (max_results !== undefined && (max_results < 1 || max_results > mostSampled))
    throw badParameter(`max_results must be between 1 and ${mostSampled}.`);
  if ((start_step === undefined) !== (end_step === undefined)) {
    throw badParameter("If either start step or end step are specified, both must be specified.");
  }
  if (start_step !== undefined && end_step !== undefined && start_step > end_step) {
    throw badParameter(
      `end_step must be greater than start_step. Found start_step=${start_step} and end_step=${end_step}.`,
    );
  }
}

/** Evenly over all of them, the first and the last among them; of one, the last. */
function sampled(points: readonly Metric[], most: number): Metric[] {
  if (points.length <= most) return [...points];
  if (most === 1) return [points.at(-1)!];
  return Array.from(
    { length: most },
    (_, at) => points[Math.floor((at * (points.length - 1)) / (most - 1))]!,
  );
}
