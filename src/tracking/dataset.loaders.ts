import { readPages } from "../db/keyset.ts";
import { readable } from "../db/readable.ts";
import type { Readable } from "../db/sql.ts";
import { among, empty, every, type Sql, sql } from "../db/sql.ts";
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

/** Uses of data an experiment lists, the first ones. */
const mostUsed = 1_000;

type UseRow = DatasetUse & { userId: number };

/** A use of data that also tells the names, which mean the same in every registry. */
export type NamedUse = DatasetUse & { dataset: string | null; digest: string | null };

/**
 * Datasets that the actor may read, and what belongs to them; others are absent. What is unguarded is for what must not
 * depend on the reader, such as digests; never to be shown.
 */
export class DatasetLoaders {
  constructor(private readonly db: Readable) {}

  /** By node number. */
  async byId(request: Request, id: number): Promise<Dataset | null> {
    return ifReadable(request, await this.byIdUnguarded(request, id));
  }

  byIdUnguarded(request: Request, id: number): Promise<Dataset | null> {
    const find = (ids: readonly number[]) => this.datasets(among(sql`d.id`, ids));
    return loadOne(request, this.byIdUnguarded, id, find, (dataset) => dataset.nodeId);
  }

  async byName(request: Request, name: string): Promise<Dataset | null> {
    const find = (names: readonly string[]) => this.datasets(among(sql`d.name`, names));
    const named = await loadOne(request, this.byName, nfc(name), find, (dataset) => dataset.name);
    return ifReadable(request, named);
  }

  /** By node number. */
  versionById(request: Request, id: number): Promise<DatasetVersion | null> {
    const find = (ids: readonly number[]) =>
      this.versions([among(sql`v.id`, ids), ...readable(request.actor, sql`v.datasetId`)]);
    return loadOne(request, this.versionById, id, find, (version) => version.nodeId);
  }

  /** A page of each dataset's versions, the latest first. */
  versionsOf(request: Request, dataset: number, slice: PageSlice): Promise<DatasetVersionConnection> {
    const find = (parents: readonly number[]) =>
      readPages(
        this.db.read,
        datasetVersionList(request.actor),
        sql`v.datasetId`,
        parents,
        slice,
        ({ parentId: _, ...row }) => datasetVersionOfRow(row),
      );
    return loadPage(request, `Dataset.versions ${JSON.stringify(slice)}`, dataset, find);
  }

  /** What a run, or a version registered without one, was made from, as far as the actor may read it. */
  usesOf(request: Request, node: number): Promise<DatasetUse[]> {
    const { actor } = request;
    // Whoever reads everything is shown what decisions rest on: both are asked for at once.
    if (actor.readsEverything) return this.namedUsesOfUnguarded(request, node);
    const find = (ids: readonly number[]) =>
      this.uses(sql`edge e JOIN dataset_version v ON v.id = e.src`, [
        among(sql`e.dst`, ids),
        ...readable(actor, sql`v.datasetId`),
      ]);
    return loadMany(request, this.usesOf, node, find, ({ userId }) => userId);
  }

  /** The data that the runs of an experiment used, each in each role once, as far as the actor may read it. */
  async usedWithin(request: Request, experiment: number): Promise<DatasetUse[]> {
    const find = async (experiments: readonly number[]) => {
      const where = every([
        among(sql`r.experimentId`, experiments),
        sql`e.type = ${EdgeType.CONSUMED}`,
        sql`e.retractedSeq IS NULL`,
        ...readable(request.actor, sql`v.datasetId`),
      ]);
      const rows = await this.db.read.query<UseRow>(
        sql`SELECT r.experimentId AS userId, e.src AS datasetVersionId, e.role, MIN(e.isInferred) AS isInferred
            FROM run r JOIN edge e ON e.dst = r.id JOIN dataset_version v ON v.id = e.src WHERE ${where}
            GROUP BY r.experimentId, e.src, e.role ORDER BY r.experimentId, e.src, e.role`,
      );
      return rows.map(useOf);
    };
    const uses = await loadMany(request, this.usedWithin, experiment, find, ({ userId }) => userId);
    return uses.slice(0, mostUsed);
  }

  /** The same whoever asks, with the names of the data, in one statement: what a decision rests on. */
  namedUsesOfUnguarded(request: Request, node: number): Promise<NamedUse[]> {
    const named = sql`edge e LEFT JOIN dataset_version v ON v.id = e.src LEFT JOIN dataset d ON d.id = v.datasetId`;
    const find = (ids: readonly number[]) =>
      this.uses<NamedUse>(named, [among(sql`e.dst`, ids)], sql`, d.name AS dataset, v.digest`);
    return loadMany(request, this.namedUsesOfUnguarded, node, find, ({ userId }) => userId);
  }

  /** Uses are CONSUMED edges. */
  private async uses<Use extends DatasetUse = DatasetUse>(
    from: Sql,
    conditions: readonly Sql[],
    more: Sql = empty,
  ): Promise<(Use & UseRow)[]> {
    const rows = await this.db.read.query<Use & UseRow>(
      sql`SELECT e.dst AS userId, e.src AS datasetVersionId, e.role, e.isInferred${more} FROM ${from}
          WHERE ${every(conditions)} AND e.type = ${EdgeType.CONSUMED} AND e.retractedSeq IS NULL
          ORDER BY e.dst, e.src, e.role`,
    );
    return rows.map(useOf);
  }

  private async datasets(where: Sql): Promise<Dataset[]> {
    const rows = await this.db.read.query<object>(
      sql`SELECT ${datasetColumns} FROM dataset d WHERE ${where}`,
    );
    return rows.map(datasetOfRow);
  }

  private async versions(conditions: readonly Sql[]): Promise<DatasetVersion[]> {
    const rows = await this.db.read.query<object>(
      sql`SELECT ${datasetVersionColumns} FROM dataset_version v WHERE ${every(conditions)}`,
    );
    return rows.map(datasetVersionOfRow);
  }
}

function useOf<Row extends UseRow>(row: Row): Row {
  return instanceOf(DatasetUse, { ...row, isInferred: Boolean(row.isInferred) }) as Row;
}

function ifReadable(request: Request, dataset: Dataset | null): Dataset | null {
  return dataset && request.actor.may("registry:read", dataset.scope) ? dataset : null;
}
