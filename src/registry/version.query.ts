import DataLoader from "dataloader";
import { conditionsOf, metricTerms, numberTerms, paramTerms, tagTerms, textTerms } from "../db/filter.ts";
import { type KeysetList, nullsLast, readPages, type SortKey } from "../db/keyset.ts";
import { readable, readableIn, readableNodes } from "../db/readable.ts";
import { among, every, type Reader, raw, type Sql, some, sql } from "../db/sql.ts";
import type { Actor } from "../kernel/actor.ts";
import { OrderDirection } from "../kernel/connection.ts";
import { instanceOf } from "../kernel/node.ts";
import type { PageSlice } from "../kernel/page.ts";
import type { Request } from "../kernel/request.ts";
import type { Model } from "./model.entity.ts";
import { modelBeside, modelColumnsBeside } from "./model.query.ts";
import { stageAnswering } from "./stage.query.ts";
import { ModelVersion, type ModelVersionConnection } from "./version.entity.ts";
import { type ModelVersionFilter, type ModelVersionOrder, ModelVersionOrderField } from "./version.inputs.ts";
import type { Ref } from "./version.rules.ts";

/** Columns whose name in the row is their name in the table. */
const plainColumns =
  "modelId number semanticVersion semanticOrder stage status statusMessage description framework format imageUri imageDigest source externalId signature runId loggedModelId commitId attributedTo createdAt updatedAt deletedAt revision digest sealedAt".split(
    " ",
  );

export const versionColumns = sql`v.id AS nodeId, v.createdBy AS createdById, ${raw(plainColumns.map((name) => `v.${name}`).join(", "))}`;

/** What the fields show that are more than the column of their name. */
const columnsBehind: Record<string, readonly string[]> = {
  __typename: [],
  id: [],
  image: ["imageUri", "imageDigest"],
};

/**
 * The columns that these fields of the schema show, and those a list is sorted by; all where a field is more than
 * columns. For lists: a page of 1,000 versions is read in half the time where it shows five of the 25 columns.
 */
function columnsShownBy(fields: ReadonlySet<string>, order: readonly SortKey[]): Sql {
  const wanted = new Set([...fields].flatMap((field) => columnsBehind[field] ?? [field]));
  if (![...wanted].every((name) => plainColumns.includes(name))) return versionColumns;
  for (const { as } of order) wanted.add(as);
  const columns = plainColumns.filter((name) => wanted.has(name)).map((name) => `v.${name}`);
  return raw(["v.id AS nodeId", ...columns].join(", "));
}

export function versionOfRow(row: object): ModelVersion {
  const version = instanceOf(ModelVersion, row);
  if (typeof version.signature === "string") version.signature = JSON.parse(version.signature);
  return version;
}

/** The version's own fact, or its run's where the actor may read that. */
function ownOrRuns(actor: Actor, terms: (node: Sql) => Sql[]): Sql[] {
  const [own, runs] = [terms(sql`v.id`), terms(sql`v.runId`)];
  return own.length === 0 ? [] : [some([...own, every([...runs, ...readableNodes(actor, sql`v.runId`)])])];
}

/** What rooms above know of versions, as conditions on `v`. */
export interface VersionConditions {
  /** It stands in a live stage without having passed the policy that holds there today. */
  violatesPolicy: Sql;
}

function termsOf(actor: Actor, filter: ModelVersionFilter, { violatesPolicy }: VersionConditions): Sql[] {
  const model = textTerms(sql`m.name`, filter.model);
  const run = textTerms(sql`r.runId`, filter.runId);
  const alias = textTerms(sql`a.name`, filter.alias);
  const exists = (source: Sql, terms: Sql[]) =>
    terms.length > 0 ? [sql`EXISTS (SELECT 1 FROM ${source} AND ${every(terms)})`] : [];
  return [
    ...exists(sql`model m WHERE m.id = v.modelId`, model),
    ...exists(sql`run r WHERE ${every([sql`r.id = v.runId`, ...readable(actor, sql`r.experimentId`)])}`, run),
    ...exists(sql`alias a WHERE a.versionId = v.id`, alias),
    ...textTerms(sql`v.stage`, filter.stage),
    ...numberTerms(sql`v.number`, filter.number),
    ...textTerms(sql`v.semanticVersion`, filter.semanticVersion),
    ...(filter.status ? [among(sql`v.status`, [...new Set(filter.status)])] : []),
    ...textTerms(sql`v.framework`, filter.framework),
    ...textTerms(sql`v.format`, filter.format),
    ...textTerms(sql`v.source`, filter.source, "text"),
    ...textTerms(sql`v.externalId`, filter.externalId),
    ...tagTerms(sql`v.id`, filter.tag),
    ...ownOrRuns(actor, (node) => paramTerms(node, filter.param)),
    ...ownOrRuns(actor, (node) => metricTerms(node, filter.metric)),
    ...(filter.violatesPolicy ? [violatesPolicy] : []),
    ...(filter.violatesPolicy === false ? [sql`NOT ${violatesPolicy}`] : []),
    ...numberTerms(sql`v.createdAt`, filter.createdAt),
    ...numberTerms(sql`v.updatedAt`, filter.updatedAt),
  ];
}

function sortKeys(field: ModelVersionOrderField, isDescending: boolean): SortKey[] {
  switch (field) {
    case ModelVersionOrderField.NUMBER:
      return [{ column: sql`v.number`, as: "number", isDescending }];
    case ModelVersionOrderField.CREATED_AT:
      return [{ column: sql`v.createdAt`, as: "createdAt", isDescending }];
    case ModelVersionOrderField.UPDATED_AT:
      return [{ column: sql`v.updatedAt`, as: "updatedAt", isDescending }];
    case ModelVersionOrderField.SEMANTIC_VERSION:
      return nullsLast(sql`v.semanticOrder`, "semanticOrder", isDescending);
    case ModelVersionOrderField.MODEL:
      return [{ column: sql`m.name`, as: "modelName", isDescending }];
  }
}

/** Which versions, in which order, for whom, and which fields of the schema are asked of them. */
export interface VersionListing {
  actor: Actor;
  /** What leaves only those that the actor may read. */
  guard: readonly Sql[];
  filter?: ModelVersionFilter | null;
  order?: ModelVersionOrder | null;
  /** Orders of those that come out equal. */
  ties?: readonly ModelVersionOrder[];
  fields: ReadonlySet<string>;
  conditions: VersionConditions;
}

/**
 * Versions that the actor may read: of all models, newest first, or of one model, highest number first, where no order
 * is given.
 */
export function versionList(
  of: "registry" | "model",
  { actor, guard, filter, order, ties = [], fields, conditions }: VersionListing,
): KeysetList {
  const usual = of === "model" ? ModelVersionOrderField.NUMBER : ModelVersionOrderField.CREATED_AT;
  const living = of === "model" ? sql`v.deletedAt IS NULL` : livingVersion;
  const first = order ?? { field: usual, direction: OrderDirection.DESC };
  const orders = [first, ...ties];
  const isBy = (wanted: ModelVersionOrderField) => orders.some(({ field }) => field === wanted);
  const isDescending = first.direction === OrderDirection.DESC;
  const bySemantics = isBy(ModelVersionOrderField.SEMANTIC_VERSION);
  const byModel = isBy(ModelVersionOrderField.MODEL);
  const extra = [
    bySemantics ? sql`, (v.semanticOrder IS NULL) AS semanticOrderIsNull` : sql``,
    byModel ? sql`, m.name AS modelName` : sql``,
  ];
  // Within a model a number stands for itself; with the id behind it, all of the model's versions would be sorted.
  const isUnique = of === "model" && first.field === ModelVersionOrderField.NUMBER;
  const keys = [
    ...orders.flatMap(({ field, direction }) => sortKeys(field, direction === OrderDirection.DESC)),
    ...(isUnique ? [] : [{ column: sql`v.id`, as: "nodeId", isDescending }]),
  ];
  return {
    scope: `versions of ${of} ${orders.map(({ field, direction }) => `${field} ${direction}`).join(" ")}`,
    select: sql`${columnsShownBy(fields, keys)}, v.modelId AS parentId${extra[0]}${extra[1]}`,
    from: byModel ? sql`model_version v JOIN model m ON m.id = v.modelId` : sql`model_version v`,
    where: [
      ...(filter?.includeDeleted ? [] : [living]),
      ...guard,
      ...conditionsOf(filter, (part: ModelVersionFilter) => termsOf(actor, part, conditions)),
    ],
    order: keys,
  };
}

/** A version that is not deleted, of a model that is not deleted. */
export const livingVersion = sql`v.deletedAt IS NULL AND EXISTS (SELECT 1 FROM model l WHERE l.id = v.modelId AND l.deletedAt IS NULL)`;

/** The living version a reference names, in one statement; null where there is none. An id finds deleted ones, too. */
export async function findByRef(reader: Reader, ref: Ref): Promise<ModelVersion | null> {
  const [row] = await reader.query<object>(refSql(ref, versionColumns));
  return row ? versionOfRow(row) : null;
}

/** As findByRef, together with the version's model. */
export async function findWithModel(
  reader: Reader,
  ref: Ref,
): Promise<{ version: ModelVersion; model: Model } | null> {
  const [row] = await reader.query<object>(refSql(ref, sql`${versionColumns}, ${modelColumnsBeside}`));
  return row ? { version: versionOfRow(row), model: modelBeside(row) } : null;
}

function refSql(ref: Ref, columns: Sql): Sql {
  const from = sql`model m JOIN model_version v ON v.modelId = m.id`;
  if (ref.by === "id") return sql`SELECT ${columns} FROM ${from} WHERE v.id = ${ref.node}`;
  const living = sql`m.liveName = ${ref.model} AND v.deletedAt IS NULL`;
  switch (ref.by) {
    case "alias":
      return sql`SELECT ${columns} FROM model m JOIN alias a ON a.modelId = m.id AND a.name = ${ref.alias}
        JOIN model_version v ON v.id = a.versionId WHERE ${living}`;
    case "number":
      return sql`SELECT ${columns} FROM ${from} WHERE ${living} AND v.number = ${ref.number}`;
    case "semantic":
      return sql`SELECT ${columns} FROM ${from} WHERE ${living} AND v.semanticVersion = ${ref.semanticVersion}`;
    case "stage":
      return sql`SELECT ${columns} FROM ${from} WHERE ${living}
        AND v.stage = ${stageAnswering(ref.stage)} ORDER BY v.number DESC LIMIT 1`;
    case "latest":
      return sql`SELECT ${columns} FROM ${from} WHERE ${living} ORDER BY v.number DESC LIMIT 1`;
  }
}

/** The same page of many models' versions, batched within the request. */
export function pagesOfModel(
  request: Request,
  reader: Reader,
  slice: PageSlice,
  wish: Omit<VersionListing, "actor" | "guard">,
): DataLoader<number, ModelVersionConnection> {
  const { filter, order, fields } = wish;
  const model = sql`v.modelId`;
  return request.once(
    `versions ${JSON.stringify([slice, filter, order, [...fields]])}`,
    () =>
      new DataLoader<number, ModelVersionConnection>(async (ids) => {
        const guard = readableIn(request, model, ids);
        const list = versionList("model", { ...wish, actor: request.actor, guard });
        return readPages(reader, list, model, ids, slice, versionOfRow);
      }),
  );
}
