import { OrderDirection } from "../kernel/connection.ts";
import type { Experiment } from "../tracking/experiment.entity.ts";
import {
  type ExperimentFilter,
  type ExperimentOrder,
  ExperimentOrderField,
} from "../tracking/experiment.inputs.ts";
import type { Tag } from "../tracking/fact.entity.ts";
import { artifactRootOf } from "./artifact-path.rules.ts";
import { mustBeCompared, numberTerm, orderingOf, pairTerm, textTerm } from "./comparisons.mapping.ts";
import { type Comparison, readFilter } from "./filter.ts";
import { badParameter, type MlflowError } from "./mlflow-error.ts";
import { listOrNothing } from "./registered-model.mapping.ts";

export function lifecycleOf(isDeleted: boolean): string {
  return isDeleted ? "deleted" : "active";
}

/** Experiment of MLflow's protobuf. */
export function experimentOf(experiment: Experiment, tags: readonly Tag[]): object {
  const { experimentId, name, createdAt, updatedAt, deletedAt } = experiment;
  return {
    experiment_id: experimentId,
    name,
    artifact_location: artifactRootOf(experimentId),
    lifecycle_stage: lifecycleOf(deletedAt !== null),
    last_update_time: updatedAt,
    creation_time: createdAt,
    tags: listOrNothing(tags.map(({ key, value }) => ({ key, value }))),
  };
}

const fields: Record<string, ExperimentOrderField> = {
  name: ExperimentOrderField.NAME,
  experiment_id: ExperimentOrderField.EXPERIMENT_ID,
  creation_time: ExperimentOrderField.CREATED_AT,
  last_update_time: ExperimentOrderField.UPDATED_AT,
};

/** What MLflow calls its views of what is deleted and what is not. */
export type ViewType = "ACTIVE_ONLY" | "DELETED_ONLY" | "ALL";

export function experimentFilterOf(filter: string | undefined, view: ViewType): ExperimentFilter {
  return {
    includeDeleted: view !== "ACTIVE_ONLY",
    ...(view === "DELETED_ONLY" ? { isDeleted: true } : {}),
    and: readFilter(filter).map(termOf),
  };
}

function termOf(comparison: Comparison): ExperimentFilter {
  const { entity, key } = comparison;
  if (entity === "tag" || entity === "tags")
    return pairTerm<ExperimentFilter>(comparison, "tag", (tag) => ({ tag }));
  if (entity !== null && entity !== "attribute") {
    throw badParameter(
      `Invalid entity type '${entity}'. Valid entity types are ('attribute', 'tag', 'tags')`,
    );
  }
  if (Object.hasOwn(fields, key)) mustBeCompared(comparison, "tags", `attribute '${key}'`);
  const number = () => numberTerm(comparison, `numeric attribute: ${key}`);
  switch (key) {
    case "name":
      return textTerm<ExperimentFilter>(comparison, "attributes", (name) => ({ name }));
    case "experiment_id":
      return textTerm<ExperimentFilter>(comparison, "attributes", (experimentId) => ({ experimentId }), true);
    case "creation_time":
      return { createdAt: number() };
    case "last_update_time":
      return { updatedAt: number() };
    default:
      throw badKey(key);
  }
}

/** Latest made first where no order is given; what is equal by those given, latest made first, too. */
export function experimentOrderOf(given: readonly string[]): ExperimentOrder {
  const orders = (given.length > 0 ? given : ["creation_time DESC", "experiment_id ASC"]).map(oneOrderOf);
  orders.push({ field: ExperimentOrderField.EXPERIMENT_ID, direction: OrderDirection.DESC });
  return orders.reduceRight((thenBy, order) => ({ ...order, thenBy }));
}

function oneOrderOf(text: string): ExperimentOrder {
  const { entity, key, isAscending } = orderingOf(text);
  if (entity !== null && entity !== "attribute") throw badParameter(`Invalid order_by entity: ${entity}`);
  const field = fields[key];
  if (!field) throw badKey(key);
  return { field, direction: isAscending ? OrderDirection.ASC : OrderDirection.DESC };
}

function badKey(key: string): MlflowError {
  const valid = Object.keys(fields).map((one) => `'${one}'`);
  return badParameter(`Invalid attribute key '${key}' specified. Valid keys are '{${valid.join(", ")}}'`);
}
