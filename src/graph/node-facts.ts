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

export interface KnownFacts {
  /** Undefined for what is not there. */
  kindOf(id: number): Kind | undefined;
  holderOf(id: number): number | null;
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
    const held = new Map<number, Page>();
    const unknown: number[] = [];
    for (const id of ids) {
      const page = held.get(pageOf(id)) ?? this.hold(held, pageOf(id));
      if (page.kinds[placeOf(id)] === 0) unknown.push(id);
    }
    for (const chunk of unknown.length > 0 ? idChunks(this.db.dialect.engine, unknown) : []) {
      await pace?.step();
      const rows = await this.db.read.query<Placed>(
        sql`SELECT id, kind, container FROM node WHERE ${amongIds(this.db.dialect.engine, sql`id`, chunk)}`,
      );
      for (const { id, kind, container } of rows) {
        const page = held.get(pageOf(id))!;
        page.containers[placeOf(id)] = container ?? 0;
        page.kinds[placeOf(id)] = kinds.indexOf(kind) + 1;
      }
    }
    const kindOf = (id: number) => kinds[held.get(pageOf(id))!.kinds[placeOf(id)]! - 1];
    const containerOf = (id: number) => held.get(pageOf(id))!.containers[placeOf(id)] || null;
    return {
      kindOf,
      // What is not there has no scope, either.
      holderOf: (id) => holderOf({ id, kind: kindOf(id) ?? "MODEL", container: containerOf(id) }),
    };
  }

  /** Held by the caller, too, so that nothing it needs is dropped meanwhile. */
  private hold(held: Map<number, Page>, number: number): Page {
    const page = this.pages.get(number) ?? {
      kinds: new Uint8Array(nodesPerPage),
      containers: new Uint32Array(nodesPerPage),
    };
    this.pages.set(number, page);
    held.set(number, page);
    return page;
  }
}

function pageOf(id: number): number {
  return Math.floor(id / nodesPerPage);
}

function placeOf(id: number): number {
  return id % nodesPerPage;
}
