import DataLoader from "dataloader";
import type { Database } from "../db/database.ts";
import { isBelow } from "../db/paths.ts";
import { readable, readableIn } from "../db/readable.ts";
import { among, type Sql, sql, unionAll } from "../db/sql.ts";
import type { Request } from "../kernel/request.ts";
import { grouped } from "../tracking/grouping.ts";
import type { Artifact, FileContents } from "./artifact.entity.ts";
import { artifactOfRow, artifactPage, artifactSource, artifactsWhere } from "./artifact.query.ts";
import type { ModelVersion } from "./version.entity.ts";

type Owner = Pick<ModelVersion, "nodeId" | "modelId">;

/** Which of a version's files: those after a path, in order of paths. */
export interface ArtifactSlice {
  first: number;
  after: string | null;
  /** null for both kinds. */
  isEvidence: boolean | null;
}

/** What a version's bundle amounts to. */
export interface BundleSize {
  versionId: number;
  fileCount: number;
  sizeBytes: number;
}

const versionsPerStatement = 100;

/** Artifacts of versions that the actor may read. */
export class ArtifactLoaders {
  constructor(private readonly db: Database) {}

  /** By node number. */
  byId(request: Request, id: number): Promise<Artifact | null> {
    const loader = request.once(
      this.byId,
      () =>
        new DataLoader<number, Artifact | null>(
          async (ids) => {
            const where = [among(sql`a.id`, ids), ...readable(request.actor, sql`a.modelId`)];
            const found = await artifactsWhere(this.db.read, where);
            const byId = new Map(found.map((artifact) => [artifact.nodeId, artifact]));
            return ids.map((wanted) => byId.get(wanted) ?? null);
          },
          { maxBatchSize: 900 },
        ),
    );
    return loader.load(id);
  }

  /** A page of a version's files; many versions' pages in one statement. */
  ofVersion(request: Request, version: Owner, slice: ArtifactSlice): Promise<Artifact[]> {
    const loader = request.once(
      `artifacts ${JSON.stringify(slice)}`,
      () =>
        new DataLoader<Owner, Artifact[], number>(
          async (owners) => {
            const guard = this.guardOf(request, owners);
            const pages = owners.map(({ nodeId }) => artifactPage(nodeId, slice, guard));
            const rows = await this.db.read.query<object>(unionAll(this.db.read, pages));
            const byVersion = grouped(rows.map(artifactOfRow), ({ versionId }) => versionId);
            return owners.map(({ nodeId }) => byVersion.get(nodeId) ?? []);
          },
          { maxBatchSize: versionsPerStatement, cacheKeyFn: ({ nodeId }) => nodeId },
        ),
    );
    return loader.load(version);
  }

  /** A version's file of exactly this path. */
  async at(request: Request, version: Owner, path: string): Promise<Artifact | null> {
    const [found] = await this.where(request, version, sql`a.path = ${path}`);
    return found ?? null;
  }

  /** All files of a version that are in a folder, however deep; all of it where the folder is empty. */
  below(request: Request, version: Owner, folder: string): Promise<Artifact[]> {
    return this.where(request, version, isBelow(folder, sql`a.path`));
  }

  private where(request: Request, { nodeId, modelId }: Owner, condition: Sql): Promise<Artifact[]> {
    const guard = readableIn(request, sql`a.modelId`, [modelId]);
    return artifactsWhere(this.db.read, [sql`a.versionId = ${nodeId}`, condition, ...guard]);
  }

  /** How many files, and bytes, versions' bundles have. */
  sizeOf(request: Request, version: Owner): Promise<BundleSize> {
    const loader = request.once(
      this.sizeOf,
      () =>
        new DataLoader<Owner, BundleSize, number>(
          async (owners) => {
            const ids = owners.map(({ nodeId }) => nodeId);
            const rows = await this.db.read.query<BundleSize>(
              sql`SELECT a.versionId, COUNT(*) AS fileCount, SUM(a.sizeBytes) AS sizeBytes FROM artifact a
                  WHERE ${among(sql`a.versionId`, ids)} AND a.isEvidence = ${false} GROUP BY a.versionId`,
            );
            const found = new Map(rows.map((row) => [row.versionId, row]));
            return ids.map((versionId) => {
              const { fileCount = 0, sizeBytes = 0 } = found.get(versionId) ?? {};
              return { versionId, fileCount: Number(fileCount), sizeBytes: Number(sizeBytes) };
            });
          },
          { maxBatchSize: 900, cacheKeyFn: ({ nodeId }) => nodeId },
        ),
    );
    return loader.load(version);
  }

  /** What was found in a file; null where nobody looked. */
  contents(request: Request, id: number): Promise<FileContents | null> {
    const loader = request.once(
      this.contents,
      () =>
        new DataLoader<number, FileContents | null>(
          async (ids) => {
            const rows = await this.db.read.query<{ id: number; contents: string }>(
              sql`SELECT a.id, a.contents FROM artifact a WHERE ${among(sql`a.id`, ids)} AND a.contents IS NOT NULL`,
            );
            const found = new Map(rows.map((row) => [row.id, JSON.parse(row.contents) as FileContents]));
            return ids.map((wanted) => found.get(wanted) ?? null);
          },
          { maxBatchSize: 100 },
        ),
    );
    return loader.load(id);
  }

  /** Whether stored bytes of a version's files were found to be others, or gone. */
  isCorrupt(request: Request, versionId: number): Promise<boolean> {
    const loader = request.once(
      this.isCorrupt,
      () =>
        new DataLoader<number, boolean>(
          async (ids) => {
            const rows = await this.db.read.query<{ versionId: number }>(
              sql`SELECT DISTINCT a.versionId FROM ${artifactSource}
                  WHERE ${among(sql`a.versionId`, ids)} AND b.corruptAt IS NOT NULL`,
            );
            const found = new Set(rows.map((row) => row.versionId));
            return ids.map((id) => found.has(id));
          },
          { maxBatchSize: 900 },
        ),
    );
    return loader.load(versionId);
  }

  private guardOf(request: Request, owners: readonly Owner[]): Sql[] {
    return readableIn(
      request,
      sql`a.modelId`,
      owners.map(({ modelId }) => modelId),
    );
  }
}
