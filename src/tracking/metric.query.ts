import { numberTerms } from "../db/filter.ts";
import type { KeysetList } from "../db/keyset.ts";
import { type Sql, sql } from "../db/sql.ts";
import { nfc } from "../kernel/names.ts";
import { instanceOf } from "../kernel/node.ts";
import { Metric } from "./fact.entity.ts";

/** Which points of a subject's metrics. */
export interface MetricQuestion {
  key: string;
  dataset?: string | null;
  split?: string | null;
  slice?: string | null;
  /** Only points of this step and later ones. */
  fromStep?: number | null;
  /** Only points up to this step. */
  toStep?: number | null;
}

const pointColumns = sql`m.id AS metricId, m.nodeId, m.name, m.dataset, m.split, m.slice, p.step, p.at, p.value AS stored, p.special AS storedSpecial`;

/** Every point of a metric by step, time and value; those of several series in one row. */
export function metricPoints(question: MetricQuestion): KeysetList {
  const { key, dataset, split, slice, fromStep, toStep } = question;
  // MySQL pads what it compares: it finds "a" under "a ", too.
  const same = (column: Sql, value: string) =>
    sql`(${column} = ${value} AND LENGTH(${column}) = LENGTH(${value}))`;
  const only = (column: Sql, value: string | null | undefined) =>
    value == null ? [] : [same(column, nfc(value))];
  return {
    scope: `Run.metricHistory ${key}`,
    select: sql`${pointColumns}, m.nodeId AS parentId`,
    from: sql`metric m JOIN metric_point p ON p.metricId = m.id`,
    where: [
      same(sql`m.name`, nfc(key)),
      ...only(sql`m.dataset`, dataset),
      ...only(sql`m.split`, split),
      ...only(sql`m.slice`, slice),
      ...numberTerms(sql`p.step`, { gte: fromStep, lte: toStep }),
    ],
    order: [
      { column: sql`p.step`, as: "step" },
      { column: sql`p.at`, as: "at" },
      { column: sql`p.value`, as: "stored" },
      { column: sql`p.special`, as: "storedSpecial" },
      { column: sql`m.id`, as: "metricId" },
    ],
  };
}

/** A point with its series' dimensions, which are null where not told. */
export function metricOfRow(row: Record<string, unknown>): Metric {
  const { name: key, dataset, split, slice } = row;
  return instanceOf(Metric, {
    ...row,
    key,
    dataset: dataset || null,
    split: split || null,
    slice: slice || null,
  });
}
