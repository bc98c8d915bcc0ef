import type { Database } from "../db/database.ts";
import { readPages } from "../db/keyset.ts";
import { among, type Sql, sql } from "../db/sql.ts";
import { EdgeType } from "../graph/graph.entity.ts";
import { nfc } from "../kernel/names.ts";
import { instanceOf } from "../kernel/node.ts";
import type { PageSlice } from "../kernel/page.ts";
import type { Request } from "../kernel/request.ts";
import { loadMany, loadOne, loadPage } from "./batching.ts";
import {
  type Dataset,
  DatasetUse,
  type DatasetVersion,
  type DatasetVersionConnection,
} from "./dataset.entity.ts";
import {
  datasetColumns,
  datasetOfRow,
  datasetVersionColumns,
  datasetVersionList,
  datasetVersionOfRow,
} from "./dataset.query.ts";

type UseRow = DatasetUse & { userId: number };

export class DatasetLoaders {
  constructor(private readonly db: Database) {}

  /** By node number. */
  byId(request: Request, id: number): Promise<Dataset | null> {
    const find = (ids: readonly number[]) => this.datasets(among(sql`d.id`, ids));
    return loadOne(request, this.byId, id, find, (dataset) => dataset.nodeId);
  }

  byName(request: Request, name: string): Promise<Dataset | null> {
    const find = (names: readonly string[]) => this.datasets(among(sql`d.name`, names));
    return loadOne(request, this.byName, nfc(name), find, (dataset) => dataset.name);
  }

  /** By node number. */
  versionById(request: Request, id: number): Promise<DatasetVersion | null> {
    const find = async (ids: readonly number[]) => {
      const rows = await this.db.read.query<object>(
        sql`SELECT ${datasetVersionColumns} FROM dataset_version v WHERE ${among(sql`v.id`, ids)}`,
      );
      return rows.map(datasetVersionOfRow);
    };
    return loadOne(request, this.versionById, id, find, (version) => version.nodeId);
  }

  /** A page of each dataset's versions, the latest first. */
  versionsOf(request: Request, dataset: number, slice: PageSlice): Promise<DatasetVersionConnection> {
    const find = (parents: readonly number[]) =>
      readPages(
        this.db.read,
        datasetVersionList(),
        sql`v.datasetId`,
        parents,
        slice,
        ({ parentId: _, ...row }) => datasetVersionOfRow(row),
      );
    return loadPage(request, `Dataset.versions ${JSON.stringify(slice)}`, dataset, find);
  }

  /** What a run, or a version registered without one, was made from: its CONSUMED edges. */
  usesOf(request: Request, node: number): Promise<DatasetUse[]> {
    const find = async (ids: readonly number[]) => {
      const rows = await this.db.read.query<UseRow>(
        sql`SELECT e.dst AS userId, e.src AS datasetVersionId, e.role, e.isInferred FROM edge e
            WHERE ${among(sql`e.dst`, ids)} AND e.type = ${EdgeType.CONSUMED} AND e.retractedSeq IS NULL
            ORDER BY e.dst, e.src, e.role`,
      );
      return rows.map(
        (row) => instanceOf(DatasetUse, { ...row, isInferred: Boolean(row.isInferred) }) as UseRow,
      );
    };
    return loadMany(request, this.usesOf, node, find, ({ userId }) => userId);
  }

  private async datasets(where: Sql): Promise<Dataset[]> {
    const rows = await this.db.read.query<object>(
      sql`SELECT ${datasetColumns} FROM dataset d WHERE ${where}`,
    );
    return rows.map(datasetOfRow);
  }
}
