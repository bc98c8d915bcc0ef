import { among, chunksOf, type Reader, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import { Param, Tag } from "./fact.entity.ts";
import {
  type Extent,
  extentOf,
  type MetricSeries,
  type MetricValue,
  mustFit,
  newParams,
} from "./fact.rules.ts";
import { addMetricPoints } from "./metric-points.ts";

const keysPerQuery = 400;
type PairTable = "tag" | "param";
type Pairs = ReadonlyMap<string, string>;
type PairsAt = { pairs: Pairs; field: string };

/** Facts of one node, checked. */
export interface GivenFacts {
  /** Where they stand in the input, such as `batch.runs.3`, for refusals; at the top where not told. */
  at?: string;
  params?: Pairs;
  tags?: Pairs;
  metrics?: readonly (MetricSeries & MetricValue)[];
}

/** Writes tags, params and metrics of any noun. The caller holds the noun's row (or its model's) locked. */
export class Facts {
  /** Sets tags; `null` deletes one. Answers whether anything changed. */
  async setTags(tx: Transaction, node: number, tags: ReadonlyMap<string, string | null>): Promise<boolean> {
    if (tags.size === 0) return false;
    const there = await this.pairs(tx, "tag", node);
    const before = extentOf(there.values());
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
    for (const [key, value] of fresh) there.set(key, value);
    mustFit("tags", before, extentOf(there.values()));
    await tx.insert(
      Tag,
      fresh.map(([key, value]) => ({ nodeId: node, key, value })),
    );
    return stale.length + fresh.length > 0;
  }

  /** Adds params; those there already must say the same. Answers how many were new. */
  async addParams(tx: Transaction, node: number, params: Pairs): Promise<number> {
    if (params.size === 0) return 0;
    const there = await this.pairs(tx, "param", node);
    const fresh = newParams(new Map(params), there);
    mustFit("params", extentOf(there.values()), extentOf([...there.values(), ...fresh.values()]));
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
    return (await addMetricPoints(tx, new Map([[node, metrics]]))).get(node) ?? 0;
  }

  /**
   * Adds what is missing to many nodes at once, in statements whose number does not grow with them; what is there
   * stays as it is, whatever is given. Answers how many facts were new, by node. Throws LIMIT where one would have too
   * many tags or params.
   */
  async merge(tx: Transaction, given: ReadonlyMap<number, GivenFacts>): Promise<Map<number, number>> {
    const params = new Map<number, PairsAt>();
    const tags = new Map<number, PairsAt>();
    const metrics = new Map<number, readonly (MetricSeries & MetricValue)[]>();
    for (const [node, facts] of given) {
      const field = (name: string) => (facts.at ? `${facts.at}.${name}` : name);
      if (facts.params) params.set(node, { pairs: facts.params, field: field("params") });
      if (facts.tags) tags.set(node, { pairs: facts.tags, field: field("tags") });
      if (facts.metrics) metrics.set(node, facts.metrics);
    }
    const added = [
      await this.addMissing(tx, "param", params),
      await this.addMissing(tx, "tag", tags),
      await addMetricPoints(tx, metrics),
    ];
    const sum = (node: number) => added.reduce((total, some) => total + (some.get(node) ?? 0), 0);
    return new Map([...given.keys()].map((node) => [node, sum(node)]));
  }

  async pairs(reader: Reader, table: PairTable, node: number): Promise<Map<string, string>> {
    const from = table === "tag" ? sql`tag` : sql`param`;
    const rows = await reader.query<{ name: string; value: string }>(
      sql`SELECT name, value FROM ${from} WHERE nodeId = ${node} ORDER BY name`,
    );
    return new Map(rows.map((row) => [row.name, row.value]));
  }

  private async addMissing(
    tx: Transaction,
    table: PairTable,
    given: ReadonlyMap<number, PairsAt>,
  ): Promise<Map<number, number>> {
    const wanted = new Map([...given].filter(([, { pairs }]) => pairs.size > 0));
    const there = new Map([...wanted.keys()].map((node) => [node, { keys: new Set<string>(), bytes: 0 }]));
    for (const nodes of chunksOf([...wanted.keys()], keysPerQuery)) {
      const from = table === "tag" ? sql`tag` : sql`param`;
      const rows = await tx.query<{ nodeId: number; name: string; bytes: number }>(
        sql`SELECT nodeId, name, OCTET_LENGTH(value) AS bytes FROM ${from} WHERE ${among(sql`nodeId`, nodes)}`,
      );
      for (const { nodeId, name, bytes } of rows) {
        const held = there.get(nodeId)!;
        held.keys.add(name);
        held.bytes += bytes;
      }
    }
    const added = new Map<number, number>();
    const fresh = [...wanted].flatMap(([nodeId, { pairs, field }]) => {
      const { keys, bytes } = there.get(nodeId)!;
      const rows = [...pairs]
        .filter(([key]) => !keys.has(key))
        .map(([key, value]) => ({ nodeId, key, value }));
      const more = extentOf(rows.map(({ value }) => value));
      const before: Extent = { count: keys.size, bytes };
      mustFit(field, before, { count: keys.size + more.count, bytes: bytes + more.bytes });
      added.set(nodeId, rows.length);
      return rows;
    });
    await tx.insert(table === "tag" ? Tag : Param, fresh);
    return added;
  }
}
