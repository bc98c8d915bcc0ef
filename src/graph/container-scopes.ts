import { LRUCache } from "lru-cache";
import type { Database } from "../db/database.ts";
import { sql } from "../db/sql.ts";
import type { Pace } from "./edge-source.ts";
import { amongIds, idChunks } from "./id-list.ts";

const mostKept = 100_000;

/**
 * The scopes of containers, remembered for as long as no container has come to stand under another one: whoever changes
 * a scope moves `scope_revision` on in the same transaction. Who has read that revision knows that what is
 * remembered under it held at that moment, whichever process changed what before.
 */
export class ContainerScopes {
  private revision = -1;
  private readonly kept = new LRUCache<number, { scope: string | null }>({ max: mostKept });

  constructor(private readonly db: Database) {}

  /** Null for what has no scope or is not there. `revision`: as the caller read it before; null where it did not. */
  async of(
    ids: readonly number[],
    revision: number | null,
    pace: Pace | null,
  ): Promise<Map<number, string | null>> {
    if (revision !== null && revision > this.revision) {
      this.kept.clear();
      this.revision = revision;
    }
    const isKept = () => revision === this.revision;
    const scopes = new Map<number, string | null>();
    const unknown: number[] = [];
    for (const id of ids) {
      const kept = isKept() ? this.kept.get(id) : undefined;
      if (kept) scopes.set(id, kept.scope);
      else unknown.push(id);
    }
    for (const chunk of unknown.length > 0 ? idChunks(this.db.dialect.engine, unknown) : []) {
      await pace?.step();
      const rows = await this.db.read.query<{ id: number; scope: string | null }>(
        sql`SELECT id, scope FROM node WHERE ${amongIds(this.db.dialect.engine, sql`id`, chunk)}`,
      );
      for (const id of chunk) scopes.set(id, null);
      for (const { id, scope } of rows) {
        scopes.set(id, scope);
        if (isKept()) this.kept.set(id, { scope });
      }
    }
    return scopes;
  }
}
