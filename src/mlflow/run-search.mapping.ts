import { OrderDirection } from "../kernel/connection.ts";
import { RunStatus } from "../tracking/run.entity.ts";
import { type RunFilter, type RunOrder, RunOrderField } from "../tracking/run-filter.inputs.ts";
import {
  badComparator,
  mustBeCompared,
  numberTerm,
  orderingOf,
  pairTerm,
  textTerm,
} from "./comparisons.mapping.ts";
import type { ViewType } from "./experiment.mapping.ts";
import { type Comparison, readFilter } from "./filter.ts";
import { matchesForm } from "./form.rules.ts";
import { badParameter, type MlflowError } from "./mlflow-error.ts";
import { nameTag, userTag } from "./run.mapping.ts";

const entities: Record<string, string> = {
  ...named("metric", "metrics"),
  ...named("parameter", "parameters", "param", "params"),
  ...named("tag", "tags"),
  ...named("attribute", "attr", "attributes", "run"),
  ...named("dataset", "datasets"),
};
const attributes: Record<string, string> = {
  ...named("artifact_uri"),
  ...named("end_time"),
  ...named("run_id"),
  ...named("run_name", "run name", "Run name", "Run Name"),
  ...named("start_time", "created", "Created"),
  ...named("status"),
  ...named("user_id"),
};
/** Tags that are facts of a run here. */
const factOfTag: Record<string, "name" | "attributedTo"> = { [nameTag]: "name", [userTag]: "attributedTo" };
const none: RunFilter = { runId: { in: [] } };

function named(name: string, ...others: string[]): Record<string, string> {
  return Object.fromEntries([name, ...others].map((one) => [one, name]));
}

export function runFilterOf(filter: string | undefined, view: ViewType): RunFilter {
  return {
    includeDeleted: true,
    ...(view === "ALL" ? {} : { isDeleted: view === "DELETED_ONLY" }),
    and: readFilter(filter).map(termOf),
  };
}

function termOf(comparison: Comparison): RunFilter {
  switch (entityOf(comparison.entity)) {
    case "metric":
      return metricTerm(comparison);
    case "parameter":
      return pairTerm<RunFilter>(comparison, "parameter", (param) => ({ param }));
    case "tag":
      return tagTerm(comparison);
    case "dataset":
      return datasetTerm(comparison);
    default:
      return attributeTerm(comparison, attributeOf(comparison.key));
  }
}

function entityOf(entity: string | null): string {
  const known = entities[entity ?? "attribute"];
  if (known) return known;
  const valid = "['metric', 'parameter', 'tag', 'attribute', 'dataset']";
  throw badParameter(`Invalid entity type '${entity}'. Valid values are ${valid}`);
}

function attributeOf(key: string): string {
  const attribute = attributes[key];
  if (attribute) return attribute;
  const valid = Object.keys(attributes).map((one) => `'${one}'`);
  throw badParameter(`Invalid attribute key '${key}' specified. Valid keys are '{${valid.join(", ")}}'`);
}

function mustHaveValue(comparison: Comparison, entity: string): void {
  mustBeCompared(comparison, "tags and params", `'${entity}' '${comparison.key}'`);
}

/** NaN differs from every number. */
function metricTerm(comparison: Comparison): RunFilter {
  mustHaveValue(comparison, "metric");
  const { key } = comparison;
  const value = numberTerm(comparison, "metric");
  if (value.ne == null) return { metric: { key, value } };
  return { metric: { key }, not: { metric: { key, value: { eq: value.ne } } } };
}

function tagTerm(comparison: Comparison): RunFilter {
  const fact = factOfTag[comparison.key];
  if (!fact) return pairTerm<RunFilter>(comparison, "tag", (tag) => ({ tag }));
  return pairTerm<RunFilter>(comparison, "tag", ({ value }) => ({ [fact]: value ?? { ne: "" } }));
}

function datasetTerm(comparison: Comparison): RunFilter {
  const fields = { name: "dataset", digest: "datasetDigest", context: "datasetRole" } as const;
  const field = fields[comparison.key as keyof typeof fields];
  if (!field) {
    const valid = "{'name', 'digest', 'context'}";
    throw badParameter(`Invalid dataset key '${comparison.key}' specified. Valid keys are '${valid}'`);
  }
  mustHaveValue(comparison, "dataset");
  return textTerm<RunFilter>(comparison, "dataset attributes", (text) => ({ [field]: text }), true);
}

function attributeTerm(comparison: Comparison, attribute: string): RunFilter {
  mustHaveValue(comparison, "attribute");
  const { key, value } = comparison;
  if (value.is === "list" && attribute !== "run_id") {
    const only = "Only ['run_id'] attributes support comparison";
    throw badParameter(`${only} with a list of quoted string values.`);
  }
  const text = (filterOf: Parameters<typeof textTerm<RunFilter>>[2]) =>
    textTerm<RunFilter>(comparison, "attributes", filterOf, true);
  switch (attribute) {
    case "run_id":
      return text((runId) => ({ runId }));
    case "run_name":
      return text((name) => ({ name }));
    case "user_id":
      return text((attributedTo) => ({ attributedTo }));
    case "start_time":
      return { startedAt: numberTerm(comparison, `numeric attribute: ${key}`) };
    case "end_time":
      return { endedAt: numberTerm(comparison, `numeric attribute: ${key}`) };
    case "status":
      return statusTerm(comparison);
    default:
      return placeTerm(comparison);
  }
}

/** There are five of them: those that are meant can be told right here. */
function statusTerm(comparison: Comparison): RunFilter {
  const { operator, value } = comparison;
  const told = textTerm<RunFilter>(comparison, "attributes", () => none);
  const text = value.is === "text" ? value.text : "";
  const meant = Object.values(RunStatus).filter((status) => {
    if (operator === "=") return status === text;
    if (operator === "!=") return status !== text;
    return operator === "LIKE"
      ? matchesForm(status, text)
      : matchesForm(status.toLowerCase(), text.toLowerCase());
  });
  return meant.length > 0 ? { status: meant } : told;
}

/** Where a run's artifacts lie says which run it is. */
function placeTerm(comparison: Comparison): RunFilter {
  const { operator, value } = comparison;
  if (operator !== "=" && operator !== "!=") throw badComparator(comparison, ["=", "!="]);
  const place =
    value.is === "text" ? /^mlflow-artifacts:\/[0-9]+\/([0-9a-f]{32})\/artifacts$/.exec(value.text) : null;
  const there: RunFilter = place ? { runId: { eq: place[1]! } } : none;
  return operator === "=" ? there : { not: there };
}

/** The latest started first where nothing else tells two apart, then by run id. */
export function runOrderOf(given: readonly string[]): RunOrder {
  const orders = given.map(oneOrderOf);
  const fields = orders.map(({ field, metric, key }) => JSON.stringify([field, metric ?? key]));
  if (new Set(fields).size < fields.length)
    throw badParameter(
      `\`order_by\` contains duplicate fields: [${given.map((one) => `'${one}'`).join(", ")}]`,
    );
  if (!orders.some(({ field }) => field === RunOrderField.STARTED_AT))
    orders.push({ field: RunOrderField.STARTED_AT, direction: OrderDirection.DESC });
  orders.push({ field: RunOrderField.RUN_ID, direction: OrderDirection.ASC });
  return orders.reduceRight((thenBy, order) => ({ ...order, thenBy }));
}

const fieldOfAttribute: Record<string, RunOrderField> = {
  artifact_uri: RunOrderField.RUN_ID,
  end_time: RunOrderField.ENDED_AT,
  run_id: RunOrderField.RUN_ID,
  run_name: RunOrderField.NAME,
  start_time: RunOrderField.STARTED_AT,
  status: RunOrderField.STATUS,
  user_id: RunOrderField.ATTRIBUTED_TO,
};

function oneOrderOf(text: string): RunOrder {
  const { entity, key, isAscending } = orderingOf(text);
  const direction = isAscending ? OrderDirection.ASC : OrderDirection.DESC;
  switch (entityOf(entity)) {
    case "metric":
      return { field: RunOrderField.METRIC, metric: key, direction };
    case "parameter":
      return { field: RunOrderField.PARAM, key, direction };
    case "tag":
      if (key === nameTag) return { field: RunOrderField.NAME, direction };
      if (key === userTag) return { field: RunOrderField.ATTRIBUTED_TO, direction };
      return { field: RunOrderField.TAG, key, direction };
    case "attribute":
      return { field: fieldOfAttribute[attributeOf(key)]!, direction };
    default:
      throw invalidOrder(text);
  }
}

function invalidOrder(text: string): MlflowError {
  return badParameter(`Invalid order_by clause '${text}'. Runs are not sorted by datasets.`);
}
