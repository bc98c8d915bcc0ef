import { OrderDirection } from "../kernel/connection.ts";
import {
  type LoggedModelFilter,
  type LoggedModelOrder,
  LoggedModelOrderField,
} from "../tracking/logged-model-filter.inputs.ts";
import { numberTerm, pairTerm, textTerm } from "./comparisons.mapping.ts";
import { type Comparison, readFilter } from "./filter.ts";
import { modelTypeTag } from "./logged-model.mapping.ts";
import { badParameter } from "./mlflow-error.ts";

/** A dataset that metrics are to be of. */
export interface MeasuredOn {
  dataset_name: string;
}

const timeFields: Record<string, "createdAt" | "updatedAt"> = {
  creation_timestamp: "createdAt",
  creation_time: "createdAt",
  last_updated_timestamp: "updatedAt",
  last_updated_time: "updatedAt",
};

/** Of these experiments; where datasets are named, those measured on one of them, by what was measured there. */
export function loggedModelFilterOf(
  filter: string | undefined,
  experimentIds: readonly string[],
  datasets: readonly MeasuredOn[],
): LoggedModelFilter {
  const names = datasets.map(({ dataset_name }) => dataset_name);
  const comparisons = readFilter(filter);
  const terms = comparisons.map((one) => termOf(one, names));
  const asksMetrics = comparisons.some(({ entity }) => entity === "metrics" || entity === "metric");
  const measuredOn = names.length > 0 && !asksMetrics ? [{ measuredOn: { in: names } }] : [];
  return { experimentId: { in: [...experimentIds] }, and: [...terms, ...measuredOn] };
}

function termOf(comparison: Comparison, datasets: readonly string[]): LoggedModelFilter {
  switch (comparison.entity) {
    case "metric":
    case "metrics":
      return metricTerm(comparison, datasets);
    case "param":
    case "params":
    case "parameter":
    case "parameters":
      return pairTerm<LoggedModelFilter>(comparison, "parameter", (param) => ({ param }));
    case "tag":
    case "tags":
      return pairTerm<LoggedModelFilter>(comparison, "tag", (tag) => ({ tag }));
    case "attribute":
    case "attributes":
    case "attr":
    case null:
      return attributeTerm(comparison);
    default:
      throw badParameter(
        `Invalid entity type '${comparison.entity}'. Valid values are ['metric', 'parameter', 'tag', 'attribute']`,
      );
  }
}

function metricTerm(comparison: Comparison, datasets: readonly string[]): LoggedModelFilter {
  const { key } = comparison;
  const value = numberTerm(comparison, "metric");
  if (datasets.length === 0) return { metric: { key, value } };
  return { or: datasets.map((dataset) => ({ metric: { key, value, dataset } })) };
}

function attributeTerm(comparison: Comparison): LoggedModelFilter {
  const { key } = comparison;
  const time = timeFields[key];
  if (time) return { [time]: numberTerm(comparison, `numeric attribute: ${key}`) };
  const text = (filterOf: Parameters<typeof textTerm<LoggedModelFilter>>[2]) =>
    textTerm<LoggedModelFilter>(comparison, "attributes", filterOf, true);
  switch (key) {
    case "name":
      return text((name) => ({ name }));
    case "model_id":
      return text((modelId) => ({ modelId }));
    case "status":
      return text((status) => ({ status }));
    case "source_run_id":
      return text((runId) => ({ runId }));
    case "model_type":
      return text((value) => ({ tag: { key: modelTypeTag, value } }));
    default: {
      const valid = ["name", "model_id", "model_type", "status", "source_run_id", ...Object.keys(timeFields)];
      throw badParameter(
        `Invalid attribute key '${key}' specified. Valid keys are '{${valid.map((one) => `'${one}'`).join(", ")}}'`,
      );
    }
  }
}

/** One entry of `order_by`. */
export interface GivenOrder {
  field_name: string;
  ascending?: boolean;
  dataset_name?: string;
}

const fields: Record<string, LoggedModelOrderField> = {
  creation_timestamp: LoggedModelOrderField.CREATED_AT,
  creation_time: LoggedModelOrderField.CREATED_AT,
  last_updated_timestamp: LoggedModelOrderField.UPDATED_AT,
  last_updated_time: LoggedModelOrderField.UPDATED_AT,
  name: LoggedModelOrderField.NAME,
  status: LoggedModelOrderField.STATUS,
  model_id: LoggedModelOrderField.MODEL_ID,
};

/** The latest made first where nothing else tells two apart, then by model id. */
export function loggedModelOrderOf(given: readonly GivenOrder[]): LoggedModelOrder {
  const orders = given.map(oneOrderOf);
  if (!orders.some(({ field }) => field === LoggedModelOrderField.CREATED_AT))
    orders.push({ field: LoggedModelOrderField.CREATED_AT, direction: OrderDirection.DESC });
  orders.push({ field: LoggedModelOrderField.MODEL_ID, direction: OrderDirection.ASC });
  return orders.reduceRight((thenBy, order) => ({ ...order, thenBy }));
}

function oneOrderOf({ field_name, ascending = true, dataset_name }: GivenOrder): LoggedModelOrder {
  const direction = ascending ? OrderDirection.ASC : OrderDirection.DESC;
  const dot = field_name.indexOf(".");
  if (dot >= 0) {
    const entity = field_name.slice(0, dot);
    if (entity !== "metrics")
      throw badParameter(`Invalid order by field name: ${entity}, only \`metrics.<name>\` is allowed.`);
    const key = field_name.slice(dot + 1).replace(/^([`"'])(.*)\1$/s, "$2");
    return { field: LoggedModelOrderField.METRIC, key, dataset: dataset_name ?? null, direction };
  }
  const name = field_name.trim();
  if (name === "model_type") return { field: LoggedModelOrderField.TAG, key: modelTypeTag, direction };
  const field = fields[name];
  if (!field) throw badParameter(`Invalid order by field name: ${name}.`);
  return { field, direction };
}
