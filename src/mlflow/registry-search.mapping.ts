import { OrderDirection } from "../kernel/connection.ts";
import type { FloatFilter, StringFilter } from "../kernel/filter.ts";
import { type ModelFilter, type ModelOrder, ModelOrderField } from "../registry/model.inputs.ts";
import {
  type ModelVersionFilter,
  type ModelVersionOrder,
  ModelVersionOrderField,
} from "../registry/version.inputs.ts";
import { numeric, orderingOf, textual } from "./comparisons.mapping.ts";
import { type Comparison, readFilter } from "./filter.ts";
import { badParameter, type MlflowError } from "./mlflow-error.ts";
import { keptTags } from "./model-version.mapping.ts";

/** What tells prompts from models: MLflow keeps both in one place. */
const promptTag = "mlflow.prompt.is_prompt";
const promptsOnly: ModelFilter & ModelVersionFilter = { tag: { key: promptTag, value: { eq: "true" } } };

export function isPrompt(tags: readonly { key: string; value: string }[]): boolean {
  return tags.some(({ key, value }) => key === promptTag && value.toLowerCase() === "true");
}

/** MLflow's filter of `registered-models/search` as a filter of models. Throws INVALID_PARAMETER_VALUE. */
export function modelFilterOf(filter: string | undefined): ModelFilter {
  return filterOf<ModelFilter>(readFilter(filter), (comparison) => {
    mustBeAttribute(comparison, ["name"]);
    return termOf((name) => ({ name }), comparison, ["name"]);
  });
}

/** MLflow's filter of `model-versions/search` as a filter of versions. Throws INVALID_PARAMETER_VALUE. */
export function versionFilterOf(filter: string | undefined): ModelVersionFilter {
  return filterOf<ModelVersionFilter>(readFilter(filter), (comparison) => {
    mustBeAttribute(comparison, ["name", "version_number", "run_id", "source_path"]);
    const lists = ["name", "run_id"];
    switch (comparison.key) {
      case "name":
        return termOf((model) => ({ model }), comparison, lists);
      case "source_path":
        return termOf((source) => ({ source }), comparison, lists);
      case "run_id":
        return termOf(madeBy, comparison, lists);
      default:
        return { number: numberOf(comparison, lists) };
    }
  });
}

/** By the run that is here, or the one that was named when the version was registered. */
function madeBy(runId: StringFilter): ModelVersionFilter {
  const any = { like: "%" };
  const either = (value: StringFilter): ModelVersionFilter => ({
    or: [{ runId: value }, { tag: { key: keptTags.runId, value } }],
  });
  if (runId.eq === "") return { not: either(any) };
  if (runId.ne === "") return either(any);
  // As MLflow, which keeps no run as the empty text.
  return runId.ne == null ? either(runId) : { not: either({ eq: runId.ne }) };
}

interface Combined<F> {
  and?: F[] | null;
  not?: F | null;
  tag?: ModelFilter["tag"];
}

/** MLflow shows prompts only to who asks for them, and lets no model need the tag that tells them apart. */
function filterOf<F extends Combined<F>>(
  comparisons: readonly Comparison[],
  attribute: (comparison: Comparison) => F,
): F {
  const isOfPrompt = (comparison: Comparison) => isTag(comparison) && comparison.key === promptTag;
  const asked = comparisons.find(isOfPrompt);
  const { operator, value } = asked ?? {};
  const word = value?.is === "text" ? value.text.toLowerCase() : null;
  const isOfPrompts = (operator === "=" && word === "true") || (operator === "!=" && word === "false");
  const terms = comparisons.map((comparison) => ({
    comparison,
    term: isTag(comparison) ? (tagTermOf(comparison) as F) : attribute(comparison),
  }));
  const wanted = terms.filter(({ comparison }) => isOfPrompts || !isOfPrompt(comparison));
  const all = wanted.map(({ term }) => term);
  return { and: isOfPrompts ? all : [...all, { not: promptsOnly } as unknown as F] } as F;
}

function isTag({ entity }: Comparison): boolean {
  return entity === "tag" || entity === "tags";
}

function mustBeAttribute({ entity, key }: Comparison, keys: readonly string[]): void {
  if (entity !== null && entity !== "attribute") {
    throw badParameter(
      `Invalid entity type '${entity.slice(0, 200)}'. Valid entity types are ('attribute', 'tag', 'tags')`,
    );
  }
  if (!keys.includes(key)) throw invalidKey(key, keys);
}

function invalidKey(key: string, keys: readonly string[]): MlflowError {
  const valid = keys.map((one) => `'${one}'`).join(", ");
  return badParameter(`Invalid attribute key '${key.slice(0, 200)}' specified. Valid keys are '{${valid}}'`);
}

function tagTermOf(comparison: Comparison): { tag: ModelFilter["tag"] } {
  const { key, operator, value, shown } = comparison;
  if (value.is === "nothing") throw badParameter(`Invalid comparator for tag: ${operator}`);
  if (value.is !== "text") {
    throw badParameter(`Expected a quoted string value for tag (e.g. 'my-value'). Got value ${shown}`);
  }
  const condition = textConditionOf(operator, value.text);
  if (!condition) throw badParameter(`Invalid comparator for tag: ${operator}`);
  return { tag: { key, value: condition } };
}

/** A comparison of a text, as the filter that `by` makes of its condition. */
function termOf<F>(
  by: (condition: StringFilter) => F,
  { key, operator, value, shown }: Comparison,
  lists: readonly string[],
): F {
  const unknown = badParameter(`Invalid comparator for attribute: ${operator}`);
  if (value.is === "list") {
    if (!lists.includes(key)) throw noList(lists);
    if (operator === "IN") return by({ in: [...value.texts] });
    if (operator !== "NOT IN") throw unknown;
    return { not: by({ in: [...value.texts] }) } as F;
  }
  if (value.is !== "text") {
    throw badParameter(
      `Expected a quoted string value or a list of quoted string values for attributes. Got value ${shown}`,
    );
  }
  const condition = textConditionOf(operator, value.text);
  if (!condition) throw unknown;
  return by(condition);
}

function noList(lists: readonly string[]): MlflowError {
  const names = lists.map((name) => `'${name}'`).join(", ");
  return badParameter(`Only [${names}] attributes support comparison with a list of quoted string values.`);
}

function textConditionOf(operator: string, text: string): StringFilter | null {
  const condition = textual[operator];
  return condition ? ({ [condition]: text } as StringFilter) : null;
}

function numberOf({ key, operator, value, shown }: Comparison, lists: readonly string[]): FloatFilter {
  if (value.is === "list") throw noList(lists);
  const condition = numeric[operator];
  if (!condition) throw badParameter(`Invalid comparator for attribute ${key}: ${operator}`);
  const text = value.is === "text" ? value.text.trim() : "";
  const isWhole = value.is === "number" ? value.isWhole : /^[-+]?[0-9]{1,15}$/.test(text);
  if (!isWhole) throw badParameter(`Invalid value for numeric attribute '${key}': ${shown}`);
  return { [condition]: value.is === "number" ? value.number : Number(text) };
}

interface Order {
  /** With what stands before the first dot, but for attribute. */
  name: string;
  direction: OrderDirection;
}

function ordersIn(told: readonly string[]): Order[] {
  const orders = told.map((clause): Order => {
    const { entity, key, isAscending } = orderingOf(clause);
    const direction = isAscending ? OrderDirection.ASC : OrderDirection.DESC;
    return { name: entity === null || entity === "attribute" ? key : `${entity}.${key}`, direction };
  });
  if (new Set(orders.map(({ name }) => name)).size < orders.length) {
    const shown = told.map((clause) => `'${clause}'`).join(", ");
    throw badParameter(`\`order_by\` contains duplicate fields: [${shown.slice(0, 500)}]`);
  }
  return orders;
}

const byName: ModelOrder = { field: ModelOrderField.NAME, direction: OrderDirection.ASC };

/** `order_by` of models: by name where equal, or where nothing is asked for. Throws INVALID_PARAMETER_VALUE. */
export function modelOrdersOf(told: readonly string[]): ModelOrder[] {
  const orders = ordersIn(told).map(({ name, direction }): ModelOrder => {
    if (name === "name") return { field: ModelOrderField.NAME, direction };
    if (name === "timestamp" || name === "last_updated_timestamp")
      return { field: ModelOrderField.UPDATED_AT, direction };
    throw badParameter(
      `Invalid order by key '${name.slice(0, 200)}' specified. Valid keys are '{'timestamp', 'name'}'`,
    );
  });
  return orders.some(({ field }) => field === ModelOrderField.NAME) ? orders : [...orders, byName];
}

const versionFields: Record<string, ModelVersionOrderField> = {
  name: ModelVersionOrderField.MODEL,
  version_number: ModelVersionOrderField.NUMBER,
  creation_timestamp: ModelVersionOrderField.CREATED_AT,
  last_updated_timestamp: ModelVersionOrderField.UPDATED_AT,
};

/** `order_by` of versions: where equal, by name and then the highest number first. Throws INVALID_PARAMETER_VALUE. */
export function versionOrdersOf(told: readonly string[]): ModelVersionOrder[] {
  const orders = ordersIn(told).map(({ name, direction }): ModelVersionOrder => {
    const field = Object.hasOwn(versionFields, name) ? versionFields[name] : undefined;
    if (field === undefined) throw invalidKey(name, Object.keys(versionFields));
    return { field, direction };
  });
  const usual: ModelVersionOrder = {
    field: ModelVersionOrderField.UPDATED_AT,
    direction: OrderDirection.DESC,
  };
  const all = orders.length > 0 ? orders : [usual];
  const ties: ModelVersionOrder[] = [
    { field: ModelVersionOrderField.MODEL, direction: OrderDirection.ASC },
    { field: ModelVersionOrderField.NUMBER, direction: OrderDirection.DESC },
  ];
  return [...all, ...ties.filter(({ field }) => !all.some((order) => order.field === field))];
}
