import { LRUCache } from "lru-cache";
import type { Database } from "../db/database.ts";
import { sql } from "../db/sql.ts";
import { idPrefixes, type Kind } from "../kernel/ids.ts";
import type { Pace } from "./edge-source.ts";
import type { NodeRow } from "./graph.entity.ts";
import { amongIds, idChunks } from "./id-list.ts";

// A byte and a number for each node, in pages of neighbouring ids: 20 KiB a page, 80 MiB at the most.
const nodesPerPage = 4_096;
const mostPages = 4_096;

const kinds = Object.keys(idPrefixes) as Kind[];

/** Kinds by their place in the list, from 1 on; 0 where a node is not known. Containers by id; 0 for none. */
interface Page {
  kinds: Uint8Array;
  containers: Uint32Array;
}

type Placed = Pick<NodeRow, "id" | "kind" | "container">;

/**
 * The node whose scope says who may read this one: its container, or for what is no member itself. Null for a commit,
 * which whoever may read anything may read.
 */
export function holderOf({ id, kind, container }: Placed): number | null {
  return kind === "COMMIT" ? null : (container ?? id);
}

/** Of some nodes, in the order they were asked for: of what is not there no kind, and itself as holder. */
export interface KnownFacts {
  kinds: (Kind | undefined)[];
  holders: (number | null)[];
}

/**
 * What never changes about a node, its kind and its container: read once, then remembered for all callers, so that a walk
 * need not ask for it again and again. Scopes do change, see ContainerScopes.
 */
export class NodeFacts {
  private readonly pages = new LRUCache<number, Page>({ max: mostPages });

  constructor(private readonly db: Database) {}

  /** Asks the database for those that are not remembered. */
  async of(ids: readonly number[], pace: Pace | null = null): Promise<KnownFacts> {
    const known: KnownFacts = { kinds: [], holders: [] };
    for (const chunk of idChunks(this.db.dialect.engine, ids)) {
      const recalled = chunk.map((id) => this.recall(id));
      const unknown = chunk.filter((_, at) => !recalled[at]);
      const rows = unknown.length > 0 ? await this.read(unknown, pace) : [];
      const byId = new Map(rows.map((row) => [row.id, row]));
      for (const [at, id] of chunk.entries()) {
        const placed = recalled[at] ?? byId.get(id);
        known.kinds.push(placed?.kind);
        known.holders.push(placed ? holderOf(placed) : id);
      }
      for (const row of rows) this.keep(row);
    }
    return known;
  }

  private async read(ids: readonly number[], pace: Pace | null): Promise<Placed[]> {
    await pace?.step();
    return this.db.read.query<Placed>(
      sql`SELECT id, kind, container FROM node WHERE ${amongIds(this.db.dialect.engine, sql`id`, ids)}`,
    );
  }

  private recall(id: number): Placed | undefined {
    const page = this.pages.get(pageOf(id));
    const kind = page && kinds[page.kinds[placeOf(id)]! - 1];
    return kind && { id, kind, container: page.containers[placeOf(id)] || null };
  }

  private keep({ id, kind, container }: Placed): void {
    const number = pageOf(id);
    const page = this.pages.get(number) ?? {
      kinds: new Uint8Array(nodesPerPage),
      containers: new Uint32Array(nodesPerPage),
    };
    this.pages.set(number, page);
    page.containers[placeOf(id)] = container ?? 0;
    page.kinds[placeOf(id)] = kinds.indexOf(kind) + 1;
  }
}

function pageOf(id: number): number {
  return Math.floor(id / nodesPerPage);
}

function placeOf(id: number): number {
  return id % nodesPerPage;
}
