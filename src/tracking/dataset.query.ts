import { conditionsOf, numberTerms, textTerms } from "../db/filter.ts";
import type { KeysetList, SortKey } from "../db/keyset.ts";
import { readable, readableScope } from "../db/readable.ts";
import { every, type Sql, sql } from "../db/sql.ts";
import type { Actor } from "../kernel/actor.ts";
import { OrderDirection } from "../kernel/connection.ts";
import { instanceOf } from "../kernel/node.ts";
import { Dataset, DatasetVersion } from "./dataset.entity.ts";
import { type DatasetFilter, type DatasetOrder, DatasetOrderField } from "./dataset.inputs.ts";
import { jsonOfColumn } from "./json.rules.ts";

export const datasetColumns = sql`d.id AS nodeId, d.name, d.scope, d.createdAt, d.updatedAt`;

// `schema` is a reserved word; backticks are understood by SQLite, too.
export const datasetVersionColumns = sql`v.id AS nodeId, v.datasetId, v.digest, v.digestAlgorithm, v.source, v.\`schema\`, v.profile, v.createdAt`;

export function datasetOfRow(row: object): Dataset {
  return instanceOf(Dataset, row);
}

export function datasetVersionOfRow(row: object): DatasetVersion {
  const { schema, profile } = row as DatasetVersion;
  return instanceOf(DatasetVersion, {
    ...row,
    schema: jsonOfColumn(schema),
    profile: jsonOfColumn(profile),
  });
}

function termsOf(filter: DatasetFilter): Sql[] {
  const version = [...textTerms(sql`v.digest`, filter.digest), ...textTerms(sql`v.source`, filter.source)];
  return [
    ...textTerms(sql`d.name`, filter.name),
    ...textTerms(sql`d.scope`, filter.scope),
    ...numberTerms(sql`d.createdAt`, filter.createdAt),
    ...numberTerms(sql`d.updatedAt`, filter.updatedAt),
    ...(version.length > 0
      ? [sql`EXISTS (SELECT 1 FROM dataset_version v WHERE v.datasetId = d.id AND ${every(version)})`]
      : []),
  ];
}

const sortColumns: Record<DatasetOrderField, Omit<SortKey, "isDescending">> = {
  [DatasetOrderField.NAME]: { column: sql`d.name`, as: "name" },
  [DatasetOrderField.CREATED_AT]: { column: sql`d.createdAt`, as: "createdAt" },
  [DatasetOrderField.UPDATED_AT]: { column: sql`d.updatedAt`, as: "updatedAt" },
};

/** Those that the actor may read, by name where no order is given. */
export function datasetList(
  actor: Actor,
  filter: DatasetFilter | null | undefined,
  order: DatasetOrder | null | undefined,
): KeysetList {
  const { field, direction } = order ?? { field: DatasetOrderField.NAME, direction: OrderDirection.ASC };
  const isDescending = direction === OrderDirection.DESC;
  return {
    scope: `datasets ${field} ${direction}`,
    select: datasetColumns,
    from: sql`dataset d`,
    where: [...readableScope(actor, sql`d.scope`), ...conditionsOf(filter, termsOf)],
    order: [
      { ...sortColumns[field], isDescending },
      { column: sql`d.id`, as: "nodeId", isDescending },
    ],
  };
}

/** The versions of one dataset, the latest first. */
export function datasetVersionList(actor: Actor): KeysetList {
  return {
    scope: "dataset versions",
    select: sql`${datasetVersionColumns}, v.datasetId AS parentId`,
    from: sql`dataset_version v`,
    where: readable(actor, sql`v.datasetId`),
    order: [{ column: sql`v.id`, as: "nodeId", isDescending: true }],
  };
}
