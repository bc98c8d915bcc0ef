import { among, chunksOf, every, join, type Reader, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import { overLimit } from "../kernel/errors.ts";
import { Metric, MetricPoint, Param, Tag } from "./fact.entity.ts";
import {
  isLater,
  type MetricSeries,
  type MetricValue,
  mostFacts,
  newParams,
  seriesKey,
} from "./fact.rules.ts";

const keysPerQuery = 400;
type PairTable = "tag" | "param";

/** Writes tags, params and metrics of any noun. The caller holds the noun's row (or its model's) locked. */
export class Facts {
  /** Sets tags; `null` deletes one. Answers whether anything changed. */
  async setTags(tx: Transaction, node: number, tags: ReadonlyMap<string, string | null>): Promise<boolean> {
    const there = await this.pairs(tx, "tag", node);
    const stale = [...tags]
      .filter(([key, value]) => there.has(key) && there.get(key) !== value)
      .map(([key]) => key);
    for (const keys of chunksOf(stale, keysPerQuery)) {
      await tx.run(sql`DELETE FROM tag WHERE nodeId = ${node} AND ${among(sql`name`, keys)}`);
      for (const key of keys) there.delete(key);
    }
    const fresh = [...tags].filter(
      (tag): tag is [string, string] => tag[1] !== null && there.get(tag[0]) !== tag[1],
    );
    if (there.size + fresh.length > mostFacts)
      throw overLimit(`tags: at most ${mostFacts} on one subject`, "tags");
    await tx.insert(
      Tag,
      fresh.map(([key, value]) => ({ nodeId: node, key, value })),
    );
    return stale.length + fresh.length > 0;
  }

  /** Adds params; those there already must say the same. Answers how many were new. */
  async addParams(tx: Transaction, node: number, params: ReadonlyMap<string, string>): Promise<number> {
    if (params.size === 0) return 0;
    const there = await this.pairs(tx, "param", node);
    const fresh = newParams(new Map(params), there);
    if (there.size + fresh.size > mostFacts)
      throw overLimit(`params: at most ${mostFacts} on one subject`, "params");
    await tx.insert(
      Param,
      [...fresh].map(([key, value]) => ({ nodeId: node, key, value })),
    );
    return fresh.size;
  }

  /** Adds points to their series and moves each series' latest on. Points there already are left. Answers how many were new. */
  async addMetrics(
    tx: Transaction,
    node: number,
    metrics: readonly (MetricSeries & MetricValue)[],
  ): Promise<number> {
    if (metrics.length === 0) return 0;
    const bySeries = new Map<string, (MetricSeries & MetricValue)[]>();
    for (const metric of metrics) {
      const key = seriesKey(metric);
      const points = bySeries.get(key);
      if (points) points.push(metric);
      else bySeries.set(key, [metric]);
    }
    const known = await this.series(tx, node, [...new Set(metrics.map(({ key }) => key))]);
    const latestOf = (points: (MetricSeries & MetricValue)[]) =>
      points.reduce((a, b) => (isLater(b, a) ? b : a));
    const unknown = [...bySeries].filter(([key]) => !known.has(key));
    const created = await tx.insertNumbered(
      Metric,
      unknown.map(([, points]) => ({ nodeId: node, ...latestOf(points) })),
    );
    let added = 0;
    for (const [index, [, points]] of unknown.entries())
      added += await this.addPoints(tx, created[index]!, points, false);
    for (const [key, points] of bySeries) {
      const series = known.get(key);
      if (!series) continue;
      added += await this.addPoints(tx, series.metricId, points, true);
      const latest = latestOf(points);
      if (isLater(latest, series)) await this.moveLatest(tx, series.metricId, latest);
    }
    return added;
  }

  async pairs(reader: Reader, table: PairTable, node: number): Promise<Map<string, string>> {
    const from = table === "tag" ? sql`tag` : sql`param`;
    const rows = await reader.query<{ name: string; value: string }>(
      sql`SELECT name, value FROM ${from} WHERE nodeId = ${node} ORDER BY name`,
    );
    return new Map(rows.map((row) => [row.name, row.value]));
  }

  private async series(tx: Transaction, node: number, keys: string[]): Promise<Map<string, Metric>> {
    const known = new Map<string, Metric>();
    for (const some of chunksOf(keys, keysPerQuery)) {
      const rows = await tx.query<Metric>(
        sql`SELECT id AS metricId, name, dataset, split, slice, step, at, value AS stored, special AS storedSpecial
            FROM metric WHERE ${every([sql`nodeId = ${node}`, among(sql`name`, some)])}`,
      );
      for (const row of rows) {
        const key = (row as unknown as { name: string }).name;
        known.set(seriesKey({ ...row, key }), Object.assign(row, { key }));
      }
    }
    return known;
  }

  private async addPoints(
    tx: Transaction,
    metricId: number,
    points: MetricValue[],
    mayBeThere: boolean,
  ): Promise<number> {
    const textOf = (point: MetricValue) =>
      JSON.stringify([point.step, point.at, point.stored, point.storedSpecial]);
    const wanted = new Map(points.map((point) => [textOf(point), point]));
    if (mayBeThere) {
      for (const some of chunksOf([...wanted.values()], keysPerQuery)) {
        const steps = [...new Set(some.map(({ step }) => step))];
        const rows = await tx.query<MetricValue>(
          sql`SELECT step, at, value AS stored, special AS storedSpecial FROM metric_point
              WHERE metricId = ${metricId} AND step IN (${join(steps)})`,
        );
        for (const row of rows) wanted.delete(textOf(row));
      }
    }
    const rows = [...wanted.values()].map(({ step, at, stored, storedSpecial }) => ({
      metricId,
      step,
      at,
      stored,
      storedSpecial,
    }));
    await tx.insert(MetricPoint, rows);
    return rows.length;
  }

  private async moveLatest(
    tx: Transaction,
    metricId: number,
    { step, at, stored, storedSpecial }: MetricValue,
  ): Promise<void> {
    await tx.run(
      sql`UPDATE metric SET step = ${step}, at = ${at}, value = ${stored}, special = ${storedSpecial} WHERE id = ${metricId}`,
    );
  }
}
