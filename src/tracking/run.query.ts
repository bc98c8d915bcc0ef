import { conditionsOf, metricTerms, numberTerms, paramTerms, tagTerms, textTerms } from "../db/filter.ts";
import { type KeysetList, nullsLast, type SortKey } from "../db/keyset.ts";
import { readable } from "../db/readable.ts";
import { among, every, join, raw, type Sql, sql } from "../db/sql.ts";
import { EdgeType } from "../graph/graph.entity.ts";
import type { Actor } from "../kernel/actor.ts";
import { OrderDirection } from "../kernel/connection.ts";
import { invalid } from "../kernel/errors.ts";
import { readId } from "../kernel/ids.ts";
import { nfc } from "../kernel/names.ts";
import { instanceOf } from "../kernel/node.ts";
import { exists, metricColumn, pairColumn } from "./fact-order.ts";
import { ordersOf } from "./orders.rules.ts";
import { Run } from "./run.entity.ts";
import { isRunId } from "./run.rules.ts";
import { type RunFilter, type RunOrder, RunOrderField } from "./run-filter.inputs.ts";

export const runColumns = sql`r.id AS nodeId, r.runId, r.experimentId, r.name, r.status, r.startedAt, r.endedAt, r.startedBy, r.attributedTo, r.entryPoint, r.parentId AS nestedIn, r.commitId, r.createdAt, r.updatedAt, r.deletedAt`;

export function runOfRow(row: object): Run {
  return instanceOf(Run, row);
}

/** A condition on `r`: the run with this run id or id. */
export function runNamed(run: string): Sql {
  const id = readId(run);
  if (id?.kind === "RUN") return sql`r.id = ${id.node}`;
  return isRunId(run) ? sql`r.runId = ${run}` : sql`1 = 0`;
}

/** Whether it is nested in a run that the actor may read: one that is hidden is none. */
function parentTerms(actor: Actor, hasParent: boolean | null | undefined): Sql[] {
  if (hasParent == null) return [];
  const readableParent = readable(actor, sql`p.experimentId`);
  if (readableParent.length === 0) return [hasParent ? sql`r.parentId IS NOT NULL` : sql`r.parentId IS NULL`];
  const parent = sql`EXISTS (SELECT 1 FROM run p WHERE ${every([sql`p.id = r.parentId`, ...readableParent])})`;
  return [hasParent ? parent : sql`NOT ${parent}`];
}

/** Whether it used such data, of a dataset that the actor may read. */
function usedTerms(actor: Actor, terms: Sql[]): Sql[] {
  return exists(
    sql`edge e JOIN dataset_version v ON v.id = e.src JOIN dataset d ON d.id = v.datasetId
        WHERE e.dst = r.id AND e.type = ${EdgeType.CONSUMED} AND e.retractedSeq IS NULL AND`,
    terms.length > 0 ? [...terms, ...readable(actor, sql`d.id`)] : [],
  );
}

const deletedWithExperiment = sql`r.experimentId IN (SELECT x.id FROM experiment x WHERE x.deletedAt IS NOT NULL)`;

function deletionTerms(isDeleted: boolean | null | undefined): Sql[] {
  if (isDeleted == null) return [];
  const deleted = sql`(r.deletedAt IS NOT NULL OR ${deletedWithExperiment})`;
  return [isDeleted ? deleted : sql`NOT ${deleted}`];
}

function termsOf(actor: Actor, filter: RunFilter): Sql[] {
  return [
    ...textTerms(sql`r.runId`, filter.runId),
    ...textTerms(sql`r.name`, filter.name),
    ...(filter.status ? [among(sql`r.status`, [...new Set(filter.status)])] : []),
    ...exists(sql`experiment x WHERE x.id = r.experimentId AND`, textTerms(sql`x.name`, filter.experiment)),
    ...textTerms(sql`r.attributedTo`, filter.attributedTo),
    ...tagTerms(sql`r.id`, filter.tag),
    ...paramTerms(sql`r.id`, filter.param),
    ...metricTerms(sql`r.id`, filter.metric),
    ...usedTerms(actor, textTerms(sql`d.name`, filter.dataset)),
    ...usedTerms(actor, textTerms(sql`v.digest`, filter.datasetDigest)),
    ...usedTerms(actor, textTerms(sql`e.role`, filter.datasetRole)),
    ...exists(sql`git_commit c WHERE c.id = r.commitId AND`, textTerms(sql`c.sha`, filter.commit)),
    ...numberTerms(sql`r.startedAt`, filter.startedAt),
    ...numberTerms(sql`r.endedAt`, filter.endedAt),
    ...numberTerms(sql`r.createdAt`, filter.createdAt),
    ...parentTerms(actor, filter.hasParent),
    ...deletionTerms(filter.isDeleted),
  ];
}

/** `at` tells the columns of several orders apart. */
function keysOf({ field, metric, key }: RunOrder, isDescending: boolean, at: number): SortKey[] {
  const named = (field: string, name: string | null | undefined) => {
    if (!name) throw invalid(`orderBy.${field}`, `the key to sort by`, name ?? null);
    return nfc(name);
  };
  switch (field) {
    case RunOrderField.STARTED_AT:
      return nullsLast(sql`r.startedAt`, "startedAt", isDescending);
    case RunOrderField.ENDED_AT:
      return nullsLast(sql`r.endedAt`, "endedAt", isDescending);
    case RunOrderField.NAME:
      return nullsLast(sql`r.name`, "name", isDescending);
    case RunOrderField.ATTRIBUTED_TO:
      return nullsLast(sql`r.attributedTo`, "attributedTo", isDescending);
    case RunOrderField.STATUS:
      return [{ column: sql`r.status`, as: "status", isDescending }];
    case RunOrderField.RUN_ID:
      return [{ column: sql`r.runId`, as: "runId", isDescending }];
    case RunOrderField.METRIC:
      return nullsLast(metricColumn(sql`r.id`, named("metric", metric), isDescending), `computed${at}`, true);
    case RunOrderField.PARAM:
      return nullsLast(pairColumn(sql`r.id`, sql`param`, named("key", key)), `computed${at}`, isDescending);
    case RunOrderField.TAG:
      return nullsLast(pairColumn(sql`r.id`, sql`tag`, named("key", key)), `computed${at}`, isDescending);
    case RunOrderField.CREATED_AT:
      return [{ column: sql`r.id`, as: "nodeId", isDescending }]; // Ids are given in that order.
  }
}

const newestFirst: RunOrder = { field: RunOrderField.STARTED_AT, direction: OrderDirection.DESC };

/** The sort keys of these orders, each column once, down to one that no two runs share. */
function sortKeysOf(orders: readonly RunOrder[]): SortKey[] {
  const keys = orders.flatMap((order, at) => keysOf(order, order.direction === OrderDirection.DESC, at));
  const last = {
    column: sql`r.id`,
    as: "nodeId",
    isDescending: orders[0]!.direction === OrderDirection.DESC,
  };
  const unique = keys.findIndex(({ as }) => as === "nodeId" || as === "runId");
  const all = unique < 0 ? [...keys, last] : keys.slice(0, unique + 1);
  return all.filter(({ as }, at) => all.findIndex((key) => key.as === as) === at);
}

/**
 * Runs that the actor may read, by filter and order, the latest started first where no order is given. `where`: what
 * else must hold.
 */
export function runList(
  actor: Actor,
  filter: RunFilter | null | undefined,
  order: RunOrder | null | undefined,
  where: readonly Sql[] = [],
  scope = "runs",
): KeysetList {
  const orders = ordersOf(order ?? newestFirst);
  const keys = sortKeysOf(orders);
  const more = keys
    .filter(({ as }) => as.startsWith("computed") || as.endsWith("IsNull"))
    .map(({ column, as }) => sql`, ${column} AS ${raw(as)}`);
  const told = orders.map(
    ({ field, direction, metric, key }) => `${field} ${direction} ${metric ?? key ?? ""}`,
  );
  return {
    scope: `${scope} ${told.join(", ")}`,
    select: join([runColumns, ...more], ""),
    from: sql`run r`,
    where: [
      ...where,
      ...readable(actor, sql`r.experimentId`),
      ...conditionsOf(filter, (part: RunFilter) => termsOf(actor, part)),
    ],
    order: keys,
  };
}

/** Runs that are not deleted, of experiments that are not deleted, unless the filter asks for those, too. */
export function livingOnly(filter: RunFilter | null | undefined): Sql[] {
  if (filter?.includeDeleted) return [];
  return [sql`r.deletedAt IS NULL`, sql`NOT ${deletedWithExperiment}`];
}

/** The runs of several experiments, deleted ones and those of deleted experiments, too, unless the filter says otherwise. */
export function runsWithin(
  actor: Actor,
  experiments: readonly number[],
  filter: RunFilter | null,
  order: RunOrder | null,
): KeysetList {
  return runList(actor, filter, order, [among(sql`r.experimentId`, experiments)], "runs within");
}

/** The runs of each experiment. */
export function runsOfExperiment(
  actor: Actor,
  filter?: RunFilter | null,
  order?: RunOrder | null,
): KeysetList {
  const where = filter?.includeDeleted ? [] : [sql`r.deletedAt IS NULL`];
  return ofParent(runList(actor, filter, order, where, "Experiment.runs"), sql`r.experimentId`);
}

/** The runs nested in each run, in the order they were made known; deleted ones, too. */
export function childRuns(actor: Actor): KeysetList {
  return ofParent(runList(actor, null, firstFirst, [], "Run.children"), sql`r.parentId`);
}

/** The runs that used each dataset version, once each, in the order they were made known; deleted ones, too. */
export function usingRuns(actor: Actor): KeysetList {
  const list = runList(actor, null, firstFirst, [], "DatasetVersion.usedBy");
  return {
    ...ofParent(list, sql`e.src`),
    from: sql`edge e JOIN run r ON r.id = e.dst`,
    where: [
      ...list.where,
      sql`e.type = ${EdgeType.CONSUMED}`,
      sql`e.retractedSeq IS NULL`,
      // Of several roles the first stands for all.
      sql`NOT EXISTS (SELECT 1 FROM edge o WHERE o.src = e.src AND o.dst = e.dst AND o.type = e.type
          AND o.retractedSeq IS NULL AND (o.role < e.role OR (o.role = e.role AND o.seq < e.seq)))`,
    ],
  };
}

const firstFirst: RunOrder = { field: RunOrderField.CREATED_AT, direction: OrderDirection.ASC };

function ofParent(list: KeysetList, parent: Sql): KeysetList {
  return { ...list, select: sql`${list.select}, ${parent} AS parentId` };
}
