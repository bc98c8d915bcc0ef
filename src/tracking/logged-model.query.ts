import { conditionsOf, metricTerms, numberTerms, paramTerms, tagTerms, textTerms } from "../db/filter.ts";
import { type KeysetList, nullsLast, type SortKey } from "../db/keyset.ts";
import { readable } from "../db/readable.ts";
import { join, raw, type Sql, sql } from "../db/sql.ts";
import type { Actor } from "../kernel/actor.ts";
import { OrderDirection } from "../kernel/connection.ts";
import { invalid } from "../kernel/errors.ts";
import { readId } from "../kernel/ids.ts";
import { nfc } from "../kernel/names.ts";
import { instanceOf } from "../kernel/node.ts";
import { exists, metricColumn, pairColumn } from "./fact-order.ts";
import { LoggedModel } from "./logged-model.entity.ts";
import { isModelId } from "./logged-model.rules.ts";
import {
  type LoggedModelFilter,
  type LoggedModelOrder,
  LoggedModelOrderField,
} from "./logged-model-filter.inputs.ts";
import { ordersOf } from "./orders.rules.ts";

export const loggedModelColumns = sql`l.id AS nodeId, l.modelId, l.name, l.runId, l.experimentId, l.status, l.attributedTo, l.createdAt, l.updatedAt, l.deletedAt, l.step`;

export function loggedModelOfRow(row: object): LoggedModel {
  return instanceOf(LoggedModel, row);
}

/** A condition on `l`: the logged model with this model id (`m-…`) or id. */
export function loggedModelNamed(model: string): Sql {
  const id = readId(model);
  if (id?.kind === "LOGGED_MODEL") return sql`l.id = ${id.node}`;
  return isModelId(model) ? sql`l.modelId = ${model}` : sql`1 = 0`;
}

function termsOf(filter: LoggedModelFilter): Sql[] {
  return [
    ...textTerms(sql`l.modelId`, filter.modelId),
    ...textTerms(sql`l.name`, filter.name),
    ...textTerms(sql`l.status`, filter.status),
    ...exists(sql`run r WHERE r.id = l.runId AND`, textTerms(sql`r.runId`, filter.runId)),
    ...exists(
      sql`experiment x WHERE x.id = l.experimentId AND`,
      textTerms(sql`x.experimentId`, filter.experimentId),
    ),
    ...tagTerms(sql`l.id`, filter.tag),
    ...paramTerms(sql`l.id`, filter.param),
    ...metricTerms(sql`l.id`, filter.metric),
    ...exists(sql`metric f WHERE f.nodeId = l.id AND`, textTerms(sql`f.dataset`, filter.measuredOn)),
    ...numberTerms(sql`l.createdAt`, filter.createdAt),
    ...numberTerms(sql`l.updatedAt`, filter.updatedAt),
  ];
}

/** `at` tells the columns of several orders apart. */
function keysOf({ field, key, dataset, direction }: LoggedModelOrder, at: number): SortKey[] {
  const isDescending = direction === OrderDirection.DESC;
  const named = () => {
    if (!key) throw invalid("orderBy.key", "the key to sort by", key ?? null);
    return nfc(key);
  };
  switch (field) {
    case LoggedModelOrderField.CREATED_AT:
      return [{ column: sql`l.createdAt`, as: "createdAt", isDescending }];
    case LoggedModelOrderField.UPDATED_AT:
      return [{ column: sql`l.updatedAt`, as: "updatedAt", isDescending }];
    case LoggedModelOrderField.NAME:
      return nullsLast(sql`l.name`, "name", isDescending);
    case LoggedModelOrderField.STATUS:
      return [{ column: sql`l.status`, as: "status", isDescending }];
    case LoggedModelOrderField.MODEL_ID:
      return [{ column: sql`l.modelId`, as: "modelId", isDescending }];
    case LoggedModelOrderField.METRIC: {
      const column = metricColumn(sql`l.id`, named(), isDescending, dataset && nfc(dataset));
      return nullsLast(column, `computed${at}`, true);
    }
    case LoggedModelOrderField.TAG:
      return nullsLast(pairColumn(sql`l.id`, sql`tag`, named()), `computed${at}`, isDescending);
  }
}

const latestFirst: LoggedModelOrder = {
  field: LoggedModelOrderField.CREATED_AT,
  direction: OrderDirection.DESC,
};

/** Those that the actor may read, the latest made first where no order is given. */
export function loggedModelList(
  actor: Actor,
  filter: LoggedModelFilter | null | undefined,
  order: LoggedModelOrder | null | undefined,
): KeysetList {
  const orders = ordersOf(order ?? latestFirst);
  const isDescending = orders[0]!.direction === OrderDirection.DESC;
  const given = [...orders.flatMap(keysOf), { column: sql`l.id`, as: "nodeId", isDescending }];
  const keys = given.filter(({ as }, at) => given.findIndex((key) => key.as === as) === at);
  const more = keys
    .filter(({ as }) => as.startsWith("computed") || as.endsWith("IsNull"))
    .map(({ column, as }) => sql`, ${column} AS ${raw(as)}`);
  const told = orders.map(({ field, direction, key, dataset }) => [field, direction, key, dataset]);
  return {
    scope: `logged models ${JSON.stringify(told)}`,
    select: join([loggedModelColumns, ...more], ""),
    from: sql`logged_model l`,
    where: [
      ...(filter?.includeDeleted ? [] : [sql`l.deletedAt IS NULL`]),
      ...readable(actor, sql`l.experimentId`),
      ...conditionsOf(filter, termsOf),
    ],
    order: keys,
  };
}
