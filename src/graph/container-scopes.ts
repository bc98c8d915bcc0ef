import { LRUCache } from "lru-cache";
import type { Database } from "../db/database.ts";
import { sql } from "../db/sql.ts";
import type { Pace } from "./edge-source.ts";
import { amongIds, idChunks } from "./id-list.ts";

const mostKept = 100_000;
const keptMillis = 60_000; // should somebody change a scope without telling

/**
 * The scopes of containers, remembered for as long as none has come to stand under another one: whoever changes a scope
 * gives `scope_revision` another value in the same transaction. Who has read that value knows that what is remembered
 * under it held at that moment, whichever process changed what before.
 */
export class ContainerScopes {
  private readonly kept = new LRUCache<number, { scope: string | null; revision: number }>({
    // Not `max`, which sets room for all of them aside at once: 4 MB.
    maxSize: mostKept,
    sizeCalculation: () => 1,
    ttl: keptMillis,
  });

  constructor(private readonly db: Database) {}

  /** Null for what has no scope or is not there. `revision`: as the caller read it before. */
  async of(
    ids: readonly number[],
    revision: number | null,
    pace: Pace | null = null,
  ): Promise<Map<number, string | null>> {
    const scopes = new Map<number, string | null>();
    const unknown: number[] = [];
    for (const id of ids) {
      const kept = this.kept.get(id);
      if (kept && kept.revision === revision) scopes.set(id, kept.scope);
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
        // Null where the registry has no such row: then nothing is remembered.
        if (revision !== null) this.kept.set(id, { scope, revision });
      }
    }
    return scopes;
  }
}
