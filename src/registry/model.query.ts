import { conditionsOf, numberTerms, tagTerms, textTerms } from "../db/filter.ts";
import type { KeysetList, SortKey } from "../db/keyset.ts";
import { readableScope } from "../db/readable.ts";
import { every, type Sql, sql } from "../db/sql.ts";
import type { View } from "../journal/as-of.ts";
import type { Actor } from "../kernel/actor.ts";
import { OrderDirection } from "../kernel/connection.ts";
import { instanceOf } from "../kernel/node.ts";
import { Model } from "./model.entity.ts";
import { type ModelFilter, type ModelOrder, ModelOrderField } from "./model.inputs.ts";

export const modelColumns = sql`m.id AS nodeId, m.name, m.liveName, m.description, m.owner, m.lastNumber, m.createdAt, m.updatedAt, m.deletedAt, m.revision`;

export function modelOfRow(row: object): Model {
  return instanceOf(Model, row);
}

/** The same columns, bar the id, for a row that is one of the model's versions; modelBeside reads them there. */
export const modelColumnsBeside = sql`m.name AS modelName, m.liveName AS modelLiveName, m.description AS modelDescription, m.owner AS modelOwner, m.lastNumber AS modelLastNumber, m.createdAt AS modelCreatedAt, m.updatedAt AS modelUpdatedAt, m.deletedAt AS modelDeletedAt, m.revision AS modelRevision`;

type Beside = { modelId: number } & {
  [Column in keyof Model as `model${Capitalize<Column>}`]: Model[Column];
};

export function modelBeside(row: object): Model {
  const version = row as Beside;
  return modelOfRow({
    nodeId: version.modelId,
    name: version.modelName,
    liveName: version.modelLiveName,
    description: version.modelDescription,
    owner: version.modelOwner,
    lastNumber: version.modelLastNumber,
    createdAt: version.modelCreatedAt,
    updatedAt: version.modelUpdatedAt,
    deletedAt: version.modelDeletedAt,
    revision: version.modelRevision,
  });
}

function termsOf(filter: ModelFilter): Sql[] {
  const stage = textTerms(sql`v.stage`, filter.stage);
  const alias = textTerms(sql`a.name`, filter.alias);
  return [
    ...textTerms(sql`m.name`, filter.name),
    ...textTerms(sql`m.owner`, filter.owner),
    ...tagTerms(sql`m.id`, filter.tag),
    ...numberTerms(sql`m.createdAt`, filter.createdAt),
    ...numberTerms(sql`m.updatedAt`, filter.updatedAt),
    ...(alias.length > 0
      ? [sql`EXISTS (SELECT 1 FROM alias a WHERE a.modelId = m.id AND ${every(alias)})`]
      : []),
    ...(stage.length > 0
      ? [
          sql`EXISTS (SELECT 1 FROM model_version v WHERE v.modelId = m.id AND v.deletedAt IS NULL AND ${every(stage)})`,
        ]
      : []),
  ];
}

const sortColumns: Record<ModelOrderField, Omit<SortKey, "isDescending">> = {
  [ModelOrderField.NAME]: { column: sql`m.name`, as: "name" },
  [ModelOrderField.CREATED_AT]: { column: sql`m.createdAt`, as: "createdAt" },
  [ModelOrderField.UPDATED_AT]: { column: sql`m.updatedAt`, as: "updatedAt" },
};

/** The models that the actor may read, by name where no order is given; `ties` are orders of those that come out equal. */
export function modelList(
  actor: Actor,
  filter: ModelFilter | null | undefined,
  order: ModelOrder | null | undefined,
  ties: readonly ModelOrder[] = [],
): KeysetList {
  const first = order ?? { field: ModelOrderField.NAME, direction: OrderDirection.ASC };
  const keys = [first, ...ties].map(({ field, direction }) => ({
    ...sortColumns[field],
    isDescending: direction === OrderDirection.DESC,
  }));
  return {
    scope: ["models", ...[first, ...ties].flatMap(({ field, direction }) => [field, direction])].join(" "),
    select: modelColumns,
    from: sql`model m`,
    where: [
      ...(filter?.includeDeleted ? [] : [sql`m.deletedAt IS NULL`]),
      ...readableScope(actor, sql`m.name`),
      ...conditionsOf(filter, termsOf),
    ],
    order: [...keys, { column: sql`m.id`, as: "nodeId", isDescending: keys[0]!.isDescending }],
  };
}

/** The model with this number was not deleted in a view: of each deletion and each return there is an event. */
export function livingIn({ seq, occurredBy }: View, model: Sql): Sql {
  const happened = every([
    sql`e.type IN ('model.deleted', 'model.restored') AND e.seq <= ${seq}`,
    ...(occurredBy === null ? [] : [sql`e.occurredAt <= ${occurredBy}`]),
  ]);
  return sql`${model} NOT IN (SELECT e.subjectId FROM event e WHERE ${happened} GROUP BY e.subjectId
    HAVING SUM(CASE WHEN e.type = 'model.deleted' THEN 1 ELSE -1 END) > 0)`;
}
