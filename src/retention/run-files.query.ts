import { every, type Reader, type Sql, sql } from "../db/sql.ts";
import type { RunStatus } from "../tracking/run.entity.ts";

/** A run or a logged model that holds bytes; `status` and `endedAt` are the run's, null where no run made it. */
export interface FilesCandidate {
  ownerId: number;
  experimentId: number;
  scope: string;
  runId: string | null;
  modelId: string | null;
  status: RunStatus | null;
  endedAt: number | null;
  /** When it was deleted, or the run that made it. */
  deletedAt: number | null;
  lastLoggedAt: number;
  /** A version that came of it is under legal hold, itself or with its model. */
  isHeld: boolean | number;
}

const isHeld = sql`EXISTS (SELECT 1 FROM model_version v JOIN legal_hold h ON h.subjectId IN (v.id, v.modelId)
  WHERE (v.runId = COALESCE(l.runId, o.ownerId) OR v.loggedModelId = l.id) AND h.releasedAt IS NULL)`;

/** Those that hold bytes, in order of their nodes, after one. */
export function filesCandidates(
  reader: Reader,
  owners: readonly Sql[],
  most: number,
): Promise<FilesCandidate[]> {
  const where = every([sql`f.blobId IS NOT NULL`, ...owners]);
  return reader.query(
    sql`SELECT o.ownerId, n.container AS experimentId, x.scope, r.runId, l.modelId, r.status, r.endedAt,
        COALESCE(l.deletedAt, r.deletedAt) AS deletedAt, o.lastLoggedAt, ${isHeld} AS isHeld
        FROM (SELECT f.ownerId, MAX(f.loggedAt) AS lastLoggedAt FROM logged_file f WHERE ${where}
              GROUP BY f.ownerId ORDER BY f.ownerId LIMIT ${most}) o
        JOIN node n ON n.id = o.ownerId JOIN node x ON x.id = n.container
        LEFT JOIN logged_model l ON l.id = o.ownerId LEFT JOIN run r ON r.id = COALESCE(l.runId, o.ownerId)
        ORDER BY o.ownerId`,
  );
}
