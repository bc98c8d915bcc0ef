import { among, chunksOf, type Reader, type Sql, sql } from "../db/sql.ts";
import { canonical, sha256 } from "../kernel/canonical.ts";
import { grouped } from "./grouping.ts";
import { filesDigestsOf } from "./logged-file.query.ts";

/** What an event tells of a subject's facts: their digest, and how many there are; of files, where there are any. */
export interface FactDigest extends Record<string, unknown> {
  /** SHA-256 over the canonical JSON of params, tags and, of each metric series, the latest point and the number of points. */
  factsDigest: string;
  paramCount: number;
  tagCount: number;
  metricCount: number;
  pointCount: number;
}

const nodesPerQuery = 400;

interface Pair {
  nodeId: number;
  name: string;
  value: string;
}

interface Series {
  metricId: number;
  nodeId: number;
  name: string;
  dataset: string;
  split: string;
  slice: string;
  step: number;
  at: number;
  value: number;
  special: string;
}

/** Digests of many subjects' facts, by node; five statements for up to 400 of them. */
export async function factDigestsOf(
  reader: Reader,
  nodes: readonly number[],
): Promise<Map<number, FactDigest>> {
  const digests = new Map<number, FactDigest>();
  for (const some of chunksOf(nodes, nodesPerQuery)) {
    const params = await pairsOf(reader, sql`param`, some);
    const tags = await pairsOf(reader, sql`tag`, some);
    const series = await seriesOf(reader, some);
    const points = await pointsOf(reader, some);
    const files = await filesDigestsOf(reader, some);
    for (const node of some) {
      const own = (series.get(node) ?? []).map(
        ({ metricId, name, dataset, split, slice, step, at, value, special }) =>
          [name, dataset, split, slice, step, at, special || value, points.get(metricId) ?? 0] as const,
      );
      const facts = {
        metrics: own,
        params: (params.get(node) ?? []).map(({ name, value }) => [name, value]),
        tags: (tags.get(node) ?? []).map(({ name, value }) => [name, value]),
      };
      digests.set(node, {
        factsDigest: sha256(canonical(facts)),
        paramCount: facts.params.length,
        tagCount: facts.tags.length,
        metricCount: own.length,
        pointCount: own.reduce((sum, metric) => sum + metric[7], 0),
        ...files.get(node),
      });
    }
  }
  return digests;
}

async function pairsOf(reader: Reader, table: Sql, nodes: number[]): Promise<Map<number, Pair[]>> {
  const rows = await reader.query<Pair>(
    sql`SELECT nodeId, name, value FROM ${table} WHERE ${among(sql`nodeId`, nodes)} ORDER BY nodeId, name`,
  );
  return grouped(rows, ({ nodeId }) => nodeId);
}

async function seriesOf(reader: Reader, nodes: number[]): Promise<Map<number, Series[]>> {
  const rows = await reader.query<Series>(
    sql`SELECT id AS metricId, nodeId, name, dataset, split, slice, step, at, value, special
        FROM metric WHERE ${among(sql`nodeId`, nodes)} ORDER BY nodeId, name, dataset, split, slice`,
  );
  return grouped(rows, ({ nodeId }) => nodeId);
}

async function pointsOf(reader: Reader, nodes: number[]): Promise<Map<number, number>> {
  const rows = await reader.query<{ metricId: number; points: number }>(
    sql`SELECT p.metricId, COUNT(*) AS points FROM metric m JOIN metric_point p ON p.metricId = m.id
        WHERE ${among(sql`m.nodeId`, nodes)} GROUP BY p.metricId`,
  );
  return new Map(rows.map(({ metricId, points }) => [metricId, Number(points)]));
}
