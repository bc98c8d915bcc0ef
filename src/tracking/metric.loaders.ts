import type { Database } from "../db/database.ts";
import { readPages } from "../db/keyset.ts";
import { sql } from "../db/sql.ts";
import type { Page } from "../kernel/connection.ts";
import type { PageSlice } from "../kernel/page.ts";
import type { Request } from "../kernel/request.ts";
import { loadPage } from "./batching.ts";
import type { Metric } from "./fact.entity.ts";
import { type MetricQuestion, metricOfRow, metricPoints } from "./metric.query.ts";

/** Histories of metrics, page by page. */
export class MetricLoaders {
  constructor(private readonly db: Database) {}

  history(request: Request, node: number, question: MetricQuestion, slice: PageSlice): Promise<Page<Metric>> {
    const { key, dataset, split, slice: group, fromStep, toStep } = question;
    const asked = [key, dataset, split, group, fromStep, toStep, slice];
    const mark = `metricHistory ${JSON.stringify(asked)}`;
    return loadPage(request, mark, node, (nodes) =>
      readPages(this.db.read, metricPoints(question), sql`m.nodeId`, nodes, slice, metricOfRow),
    );
  }
}
