import { type Sql, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { EdgeType } from "../graph/graph.entity.ts";
import type { EdgeDraft } from "../graph/graph.ts";
import type { Clock } from "../kernel/clock.ts";
import { conflict } from "../kernel/errors.ts";
import { formatId, type Kind } from "../kernel/ids.ts";
import type { VersionService } from "../registry/version.service.ts";

/** Edges that a noun's row tells, too, where it can have one only: table and column. */
const singleLinks: Partial<Record<`${EdgeType} ${Kind}`, { table: Sql; column: Sql }>> = {
  "CODE_OF RUN": { table: sql`run`, column: sql`commitId` },
  "CODE_OF MODEL_VERSION": { table: sql`model_version`, column: sql`commitId` },
  "PRODUCED MODEL_VERSION": { table: sql`model_version`, column: sql`runId` },
  "PRODUCED LOGGED_MODEL": { table: sql`logged_model`, column: sql`runId` },
  "REGISTERED_AS MODEL_VERSION": { table: sql`model_version`, column: sql`loggedModelId` },
  "SPAWNED RUN": { table: sql`run`, column: sql`parentId` },
};

/** Keeps the rows of nouns in step with the edges that lead into them. The caller holds the rows' locks. */
export class LineageRows {
  constructor(
    private readonly versions: VersionService,
    private readonly clock: Clock,
  ) {}

  /** Sets the noun's own column where it was empty; never moves it: throws CONFLICT. */
  async tell(tx: Transaction, { src, dst, type }: EdgeDraft, kind: Kind): Promise<void> {
    const link = singleLinks[`${type} ${kind}`];
    if (!link) return;
    const { table, column } = link;
    const changed = await tx.run(
      sql`UPDATE ${table} SET ${column} = ${src} WHERE id = ${dst} AND ${column} IS NULL`,
    );
    if (changed > 0) return;
    // The same one under another role is no other one.
    const [same] = await tx.query<object>(
      sql`SELECT id FROM ${table} WHERE id = ${dst} AND ${column} = ${src}`,
    );
    if (!same) {
      throw conflict(
        `${formatId(kind, dst)} has another ${type} edge already; what is on record does not change`,
        "edges",
      );
    }
  }

  /** A noun that new edges lead into has changed: what it rests on is not what it was. */
  async touch(tx: Transaction, node: number, kind: Kind, container: number | null): Promise<void> {
    if (kind === "MODEL_VERSION") await this.versions.touch(tx, { nodeId: node, modelId: container! });
    const table = kind === "RUN" ? sql`run` : kind === "LOGGED_MODEL" ? sql`logged_model` : null;
    if (table) await tx.run(sql`UPDATE ${table} SET updatedAt = ${this.clock()} WHERE id = ${node}`);
  }
}
