import { conditionsOf, numberTerms, tagTerms, textTerms } from "../db/filter.ts";
import type { KeysetList, SortKey } from "../db/keyset.ts";
import { readableScope } from "../db/readable.ts";
import { type Sql, sql } from "../db/sql.ts";
import type { Actor } from "../kernel/actor.ts";
import { OrderDirection } from "../kernel/connection.ts";
import { instanceOf } from "../kernel/node.ts";
import { Experiment } from "./experiment.entity.ts";
import { type ExperimentFilter, type ExperimentOrder, ExperimentOrderField } from "./experiment.inputs.ts";

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
  ];
}

const sortColumns: Record<ExperimentOrderField, Omit<SortKey, "isDescending">> = {
  [ExperimentOrderField.NAME]: { column: sql`x.name`, as: "name" },
  [ExperimentOrderField.CREATED_AT]: { column: sql`x.createdAt`, as: "createdAt" },
  [ExperimentOrderField.UPDATED_AT]: { column: sql`x.updatedAt`, as: "updatedAt" },
};

/** Those that the actor may read, by name where no order is given. */
export function experimentList(
  actor: Actor,
  filter: ExperimentFilter | null | undefined,
  order: ExperimentOrder | null | undefined,
): KeysetList {
  const { field, direction } = order ?? { field: ExperimentOrderField.NAME, direction: OrderDirection.ASC };
  const isDescending = direction === OrderDirection.DESC;
  return {
    scope: `experiments ${field} ${direction}`,
    select: experimentColumns,
    from: sql`experiment x`,
    where: [
      ...(filter?.includeDeleted ? [] : [sql`x.deletedAt IS NULL`]),
      ...readableScope(actor, sql`x.scope`),
      ...conditionsOf(filter, termsOf),
    ],
    order: [
      { ...sortColumns[field], isDescending },
      { column: sql`x.id`, as: "nodeId", isDescending },
    ],
  };
}
