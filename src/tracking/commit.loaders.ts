import type { Readable } from "../db/sql.ts";
import { among, sql } from "../db/sql.ts";
import { EdgeType } from "../graph/graph.entity.ts";
import type { Request } from "../kernel/request.ts";
import { loadMany, loadOne } from "./batching.ts";
import type { Commit } from "./commit.entity.ts";
import { commitColumns, commitOfRow } from "./commit.query.ts";

/** Commits; whoever may read anything may read them all. */
export class CommitLoaders {
  constructor(private readonly db: Readable) {}

  /** By node number. */
  byId(request: Request, id: number): Promise<Commit | null> {
    return request.actor.readableScopes.length > 0 ? this.byIdUnguarded(request, id) : Promise.resolve(null);
  }

  /** Whoever asks: for what must not depend on the reader, such as digests; never to be shown. */
  byIdUnguarded(request: Request, id: number): Promise<Commit | null> {
    const find = async (ids: readonly number[]) => {
      const rows = await this.db.read.query<object>(
        sql`SELECT ${commitColumns} FROM git_commit c WHERE ${among(sql`c.id`, ids)}`,
      );
      return rows.map(commitOfRow);
    };
    return loadOne(request, this.byIdUnguarded, id, find, (commit) => commit.nodeId);
  }

  /** The commits that one follows, those known of them. Who sees the one may see them. */
  async parentsOf(request: Request, id: number): Promise<Commit[]> {
    const find = async (ids: readonly number[]) => {
      const rows = await this.db.read.query<{ childId: number }>(
        sql`SELECT e.dst AS childId, ${commitColumns} FROM edge e JOIN git_commit c ON c.id = e.src
            WHERE ${among(sql`e.dst`, ids)} AND e.type = ${EdgeType.PARENT_COMMIT} AND e.retractedSeq IS NULL
            ORDER BY e.dst, e.seq, e.src`,
      );
      return rows.map(({ childId, ...row }) => ({ childId, commit: commitOfRow(row) }));
    };
    const parents = await loadMany(request, this.parentsOf, id, find, ({ childId }) => childId);
    return parents.map(({ commit }) => commit);
  }
}
