import { z } from "zod";
import type { Request } from "../kernel/request.ts";
import type { KeyValueInput, MetricInput } from "../tracking/fact.inputs.ts";
import type { LoggedModelService } from "../tracking/logged-model.service.ts";
import type { RunService } from "../tracking/run.service.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { metricKeyOf, paramOf, runTagOf } from "./keys.rules.ts";
import { absent, badParameter } from "./mlflow-error.ts";
import {
  emptiableText,
  instantRequired,
  listOf,
  requiredNumber,
  requiredText,
  text,
  whole,
} from "./parameters.ts";
import { nameTag, storedValueOf, userTag } from "./run.mapping.ts";
import type { RunReads } from "./run-reads.ts";
import { ofModel, ofRun, paramsUnchanged } from "./run-refusals.ts";
import { ofOneRun, runIdIn } from "./runs.ts";

const metric = z.object({
  key: requiredText,
  value: requiredNumber,
  timestamp: instantRequired,
  step: whole,
  model_id: text,
  dataset_name: text,
});
const pair = z.object({ key: requiredText, value: emptiableText });
const batch = ofOneRun.extend({ metrics: listOf(metric), params: listOf(pair), tags: listOf(pair) });

type GivenMetric = z.output<typeof metric>;
type GivenPair = z.output<typeof pair>;

/** What one call logs, in any order. */
interface Logged {
  metrics?: readonly GivenMetric[];
  params?: readonly GivenPair[];
  tags?: readonly GivenPair[];
}

const most = { metrics: 1_000, params: 100, tags: 100, all: 1_000 };

/** `runs/log-metric`, `log-parameter`, `log-batch`, `set-tag`, `delete-tag`. */
export class RunLogging {
  constructor(
    private readonly reads: RunReads,
    private readonly service: RunService,
    private readonly models: LoggedModelService,
  ) {}

  endpoints(): Endpoint[] {
    return [
      endpoint("POST", "runs/log-metric", ofOneRun.extend(metric.shape), (request, given) =>
        this.log(request, runIdIn(given), { metrics: [given] }),
      ),
      endpoint("POST", "runs/log-parameter", ofOneRun.extend(pair.shape), (request, given) =>
        this.log(request, runIdIn(given), { params: [given] }),
      ),
      endpoint("POST", "runs/set-tag", ofOneRun.extend(pair.shape), (request, given) =>
        this.log(request, runIdIn(given), { tags: [given] }),
      ),
      endpoint("POST", "runs/log-batch", batch, (request, given) => {
        mustBeFew(given);
        return this.log(request, runIdIn(given), given, true);
      }),
      endpoint("POST", "runs/delete-tag", ofOneRun.extend({ key: requiredText }), (request, given) =>
        this.untag(request, runIdIn(given), given.key),
      ),
    ];
  }

  private async log(
    request: Request,
    runId: string,
    { metrics = [], params = [], tags = [] }: Logged,
    isBatch = false,
  ): Promise<object> {
    const path = (list: string, at: number) => (isBatch ? `${list}[${at}].` : "");
    const measured = metrics.map((one, at) => metricInputOf(path("metrics", at), one));
    const given = params.map(({ key, value = "" }, at) => paramOf(path("params", at), key, value));
    mustBeUnique(given);
    const told = new Map(
      tags.map(({ key, value = "" }, at) => {
        const tag = runTagOf(path("tags", at), key, value);
        return [tag.key, tag.value];
      }),
    );
    const kept = [...told].filter(([key]) => key !== nameTag && key !== userTag);
    const input = {
      runId,
      metrics: measured,
      params: given,
      tags: kept.map(([key, value]) => ({ key, value })),
    };
    await ofRun(runId, () =>
      paramsUnchanged(
        () => this.service.log(request.actor, input),
        async () => this.reads.loaders.facts.params(request, (await this.reads.find(request, runId)).nodeId),
        { runId, given, isBatch },
      ),
    );
    const facts = { name: told.get(nameTag), attributedTo: told.get(userTag) };
    if (facts.name || facts.attributedTo)
      await ofRun(runId, () => this.service.update(request.actor, { runId, ...facts }));
    await this.logOfModels(request, metrics, measured);
    return {};
  }

  /** What a logged model is measured by is measured of its run, too. */
  private async logOfModels(
    request: Request,
    given: readonly GivenMetric[],
    measured: readonly MetricInput[],
  ): Promise<void> {
    const models = new Set(given.flatMap(({ model_id }) => model_id ?? []));
    for (const modelId of models) {
      const own = measured.filter((_metric, at) => given[at]!.model_id === modelId);
      await ofModel(modelId, () => this.models.update(request.actor, { modelId, metrics: own }));
    }
  }

  private async untag(request: Request, runId: string, key: string): Promise<object> {
    const run = await this.reads.find(request, runId);
    const tags = await this.reads.loaders.facts.tags(request, run.nodeId);
    await ofRun(runId, () => this.service.setTags(request.actor, { runId, delete: [key] }));
    if (!tags.some((tag) => tag.key === key))
      throw absent(`No tag with name: ${key} in run with id ${runId}`);
    return {};
  }
}

function metricInputOf(path: string, given: GivenMetric): MetricInput {
  const { key, value, timestamp, step, dataset_name } = given;
  const name = metricKeyOf(path, key);
  if (timestamp < 0) {
    const why = `metric '${key}' (value=${value}). Timestamp must be a nonnegative long (64-bit integer) `;
    throw badParameter(`Invalid value ${timestamp} for parameter '${path}timestamp' supplied: ${why}`);
  }
  const dataset = dataset_name ? { dataset: dataset_name } : {};
  return { key: name, ...storedValueOf(value), at: timestamp, step: step ?? 0, ...dataset };
}

function mustBeFew({ metrics, params, tags }: z.output<typeof batch>): void {
  const counts: [string, number, number][] = [
    ["metrics", most.metrics, metrics.length],
    ["params", most.params, params.length],
    ["tags", most.tags, tags.length],
    ["metrics, params, and tags", most.all, metrics.length + params.length + tags.length],
  ];
  for (const [what, limit, count] of counts) {
    if (count <= limit) continue;
    throw badParameter(
      `A batch logging request can contain at most ${limit} ${what}. Got ${count} ${what}. Please split up ${what} across multiple requests and try again.`,
    );
  }
}

function mustBeUnique(params: readonly KeyValueInput[]): void {
  const keys = params.map(({ key }) => key);
  const repeated = keys.filter((key, at) => keys.indexOf(key) < at);
  if (repeated.length === 0) return;
  throw badParameter(
    `Duplicate parameter keys have been submitted: [${repeated.map((key) => `'${key}'`).join(", ")}]. Please ensure the request contains only one param value per param key.`,
  );
}
