import { among, chunksOf, join, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import { Metric, MetricPoint } from "./fact.entity.ts";
import { isLater, type MetricSeries, type MetricValue, seriesKey } from "./fact.rules.ts";
import { grouped } from "./grouping.ts";

type Given = MetricSeries & MetricValue;

/** One series of one node: what is stored of it, and the points to add. */
interface Series {
  nodeId: number;
  metricId: number;
  latest: MetricValue | null;
  points: Given[];
}

const seriesPerQuery = 400;
const pointsPerQuery = 200;
const updatesPerStatement = 50;

/**
 * Adds points to series of many nodes and moves each series' latest on; points there already are left. Answers how many
 * were new, by node. The number of statements does not depend on how many nodes or series there are, but by chunks.
 */
export async function addMetricPoints(
  tx: Transaction,
  given: ReadonlyMap<number, readonly Given[]>,
): Promise<Map<number, number>> {
  const added = new Map<number, number>();
  const all = await seriesOf(tx, given);
  const known = all.filter((series) => series.metricId !== 0);
  const unknown = all.filter((series) => series.metricId === 0);
  const ids = await tx.insertNumbered(
    Metric,
    unknown.map(({ nodeId, points }) => ({ nodeId, ...latestOf(points) })),
  );
  for (const [index, series] of unknown.entries()) series.metricId = ids[index]!;
  const stored = await storedPoints(tx, known);
  const rows: MetricPoint[] = [];
  for (const { nodeId, metricId, points } of all) {
    const seen = stored.get(metricId) ?? new Set<string>();
    for (const point of points) {
      const key = pointKey(point);
      if (seen.has(key)) continue;
      seen.add(key);
      const { step, at, stored, storedSpecial } = point;
      rows.push({ metricId, step, at, stored, storedSpecial });
      added.set(nodeId, (added.get(nodeId) ?? 0) + 1);
    }
    stored.set(metricId, seen);
  }
  await tx.insert(MetricPoint, rows);
  await moveLatest(tx, known);
  return added;
}

async function seriesOf(tx: Transaction, given: ReadonlyMap<number, readonly Given[]>): Promise<Series[]> {
  const series = new Map<string, Series>();
  for (const [nodeId, metrics] of given) {
    for (const [key, points] of grouped(metrics, seriesKey)) {
      series.set(`${nodeId} ${key}`, { nodeId, metricId: 0, latest: null, points });
    }
  }
  for (const some of chunksOf([...series.values()], seriesPerQuery)) {
    const nodes = [...new Set(some.map(({ nodeId }) => nodeId))];
    const keys = [...new Set(some.map(({ points }) => points[0]!.key))];
    const rows = await tx.query<Omit<Metric, "key"> & { name: string }>(
      sql`SELECT id AS metricId, nodeId, name, dataset, split, slice, step, at, value AS stored, special AS storedSpecial
          FROM metric WHERE ${among(sql`nodeId`, nodes)} AND ${among(sql`name`, keys)}`,
    );
    for (const { nodeId, metricId, name: key, ...row } of rows) {
      const found = series.get(`${nodeId} ${seriesKey({ ...row, key })}`);
      if (found) Object.assign(found, { metricId, latest: row });
    }
  }
  return [...series.values()];
}

function latestOf(points: readonly Given[]): Given {
  return points.reduce((a, b) => (isLater(b, a) ? b : a));
}

function pointKey({ step, at, stored, storedSpecial }: MetricValue): string {
  return JSON.stringify([step, at, stored, storedSpecial]);
}

/** Keys of stored points that may be among the given ones. What is later than the latest cannot be. */
async function storedPoints(tx: Transaction, known: Series[]): Promise<Map<number, Set<string>>> {
  const doubtful = known.flatMap(({ metricId, latest, points }) =>
    points.filter((point) => !isLater(point, latest!)).map(({ step }) => ({ metricId, step })),
  );
  const stored = new Map<number, Set<string>>();
  for (const some of chunksOf(doubtful, pointsPerQuery)) {
    const ids = [...new Set(some.map(({ metricId }) => metricId))];
    const steps = [...new Set(some.map(({ step }) => step))];
    const rows = await tx.query<MetricPoint>(
      sql`SELECT metricId, step, at, value AS stored, special AS storedSpecial FROM metric_point
          WHERE ${among(sql`metricId`, ids)} AND ${among(sql`step`, steps)}`,
    );
    for (const [metricId, points] of grouped(rows, (row) => row.metricId)) {
      const keys = stored.get(metricId) ?? new Set<string>();
      for (const point of points) keys.add(pointKey(point));
      stored.set(metricId, keys);
    }
  }
  return stored;
}

async function moveLatest(tx: Transaction, known: Series[]): Promise<void> {
  const moved = known
    .map(({ metricId, latest, points }) => ({ metricId, latest, next: latestOf(points) }))
    .filter(({ latest, next }) => isLater(next, latest!));
  for (const some of chunksOf(moved, updatesPerStatement)) {
    const each = (partOf: (next: Given) => string | number) =>
      join(
        some.map(({ metricId, next }) => sql`WHEN ${metricId} THEN ${partOf(next)}`),
        " ",
      );
    const ids = some.map(({ metricId }) => metricId);
    await tx.run(
      sql`UPDATE metric SET step = CASE id ${each((next) => next.step)} END, at = CASE id ${each((next) => next.at)} END,
          value = CASE id ${each((next) => next.stored)} END, special = CASE id ${each((next) => next.storedSpecial)} END
          WHERE ${among(sql`id`, ids)}`,
    );
  }
}
