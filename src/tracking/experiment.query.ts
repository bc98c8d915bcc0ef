import { conditionsOf, numberTerms, tagTerms, textTerms } from "../db/filter.ts";
import type { KeysetList, SortKey } from "../db/keyset.ts";
import { readableScope } from "../db/readable.ts";
import { type Sql, sql } from "../db/sql.ts";
import type { Actor } from "../kernel/actor.ts";
import { OrderDirection } from "../kernel/connection.ts";
import { instanceOf } from "../kernel/node.ts";
import { Experiment } from "./experiment.entity.ts";
import { type ExperimentFilter, type ExperimentOrder, ExperimentOrderField } from "./experiment.inputs.ts";
import { ordersOf } from "./orders.rules.ts";

export const experimentColumns = sql`x.id AS nodeId, x.experimentId, x.name, x.liveName, x.scope, x.createdAt, x.updatedAt, x.deletedAt`;

export function experimentOfRow(row: object): Experiment {
  return instanceOf(Experiment, row);
}

function termsOf(filter: ExperimentFilter): Sql[] {
  return [
    ...textTerms(sql`x.name`, filter.name),
    ...textTerms(sql`x.experimentId`, filter.experimentId),
    ...textTerms(sql`x.scope`, filter.scope),
    ...tagTerms(sql`x.id`, filter.tag),
    ...numberTerms(sql`x.createdAt`, filter.createdAt),
    ...numberTerms(sql`x.updatedAt`, filter.updatedAt),
    ...(filter.isDeleted == null
      ? []
      : [filter.isDeleted ? sql`x.deletedAt IS NOT NULL` : sql`x.deletedAt IS NULL`]),
  ];
}

const sortColumns: Record<ExperimentOrderField, Omit<SortKey, "isDescending">> = {
  [ExperimentOrderField.NAME]: { column: sql`x.name`, as: "name" },
  [ExperimentOrderField.CREATED_AT]: { column: sql`x.createdAt`, as: "createdAt" },
  [ExperimentOrderField.UPDATED_AT]: { column: sql`x.updatedAt`, as: "updatedAt" },
  // It is the id, but for the default one's, which comes first by either.
  [ExperimentOrderField.EXPERIMENT_ID]: { column: sql`x.id`, as: "nodeId" },
};

/** Those that the actor may read, by name where no order is given. */
export function experimentList(
  actor: Actor,
  filter: ExperimentFilter | null | undefined,
  order: ExperimentOrder | null | undefined,
): KeysetList {
  const orders = ordersOf(order ?? byName);
  const keys = [...orders, { ...orders[0]!, field: ExperimentOrderField.EXPERIMENT_ID }].map(
    ({ field, direction }) => ({
      ...sortColumns[field],
      isDescending: direction === OrderDirection.DESC,
    }),
  );
  const told = orders.map(({ field, direction }) => `${field} ${direction}`);
  return {
    scope: `experiments ${told.join(", ")}`,
    select: experimentColumns,
    from: sql`experiment x`,
    where: [
      ...(filter?.includeDeleted ? [] : [sql`x.deletedAt IS NULL`]),
      ...readableScope(actor, sql`x.scope`),
      ...conditionsOf(filter, termsOf),
    ],
    order: keys.filter(({ as }, at) => keys.findIndex((key) => key.as === as) === at),
  };
}

const byName: ExperimentOrder = { field: ExperimentOrderField.NAME, direction: OrderDirection.ASC };
