import DataLoader from "dataloader";
import type { Database } from "../db/database.ts";
import { knownContainers } from "../db/readable.ts";
import { among, sql } from "../db/sql.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Kind } from "../kernel/ids.ts";
import type { Request } from "../kernel/request.ts";
import type { ContainerScopes } from "./container-scopes.ts";
import type { Pace } from "./edge-source.ts";
import type { NodeRow } from "./graph.entity.ts";
import { amongIds } from "./id-list.ts";
import { holderOf, type NodeFacts } from "./node-facts.ts";

/** A node as one actor may see it: of one that it may not read, the kind is all. */
export type SeenNode =
  | (Pick<NodeRow, "id" | "kind" | "label" | "container"> & { isReadable: true })
  | { id: number; kind: Kind; label: null; container: null; isReadable: false };

/** Nodes of any kind without their nouns, as the caller may see them. */
export class GraphLoaders {
  constructor(
    private readonly db: Database,
    private readonly facts: NodeFacts,
    private readonly scopes: ContainerScopes,
  ) {}

  /** Null where there is no such node. */
  node(request: Request, id: number): Promise<SeenNode | null> {
    const loader = request.once(
      this,
      () => new DataLoader<number, SeenNode | null>((ids) => this.nodes(request, ids), { maxBatchSize: 900 }),
    );
    return loader.load(id);
  }

  /** The kinds of those nodes that are there and that the caller may read. */
  async readableKinds(request: Request, ids: readonly number[]): Promise<Map<number, Kind>> {
    const rows = await this.db.read.query<PlacedRow>(
      sql`SELECT n.id, n.kind, n.container, COALESCE(h.scope, n.scope) AS scope, r.revision AS scopeRevision
          FROM node n LEFT JOIN node h ON h.id = n.container CROSS JOIN scope_revision r WHERE ${among(sql`n.id`, ids)}`,
    );
    const known = knownContainers(request);
    for (const row of rows) {
      known.scopeRevision = row.scopeRevision;
      const holder = holderOf(row);
      if (holder !== null) known.mayRead.set(holder, mayReadScope(request.actor, row.scope));
    }
    const isReadable = await this.judge(request, rows.map(holderOf));
    return new Map(rows.filter((row) => isReadable(holderOf(row))).map(({ id, kind }) => [id, kind]));
  }

  /** What the caller may read of many nodes: for whole walks, at their pace. */
  async sightOf(request: Request, ids: readonly number[], pace: Pace): Promise<Sight> {
    const facts = await this.facts.of(ids, pace);
    const holders = ids.map(facts.holderOf);
    const isReadable = await this.judge(request, holders, pace);
    return { kindOf: facts.kindOf, hidden: new Set(ids.filter((_, at) => !isReadable(holders[at]!))) };
  }

  private async nodes(request: Request, ids: readonly number[]): Promise<(SeenNode | null)[]> {
    const rows = await this.db.read.query<NodeRow>(
      sql`SELECT id, kind, label, container FROM node WHERE ${amongIds(this.db.dialect.engine, sql`id`, ids)}`,
    );
    const isReadable = await this.judge(request, rows.map(holderOf));
    const byId = new Map(rows.map((row) => [row.id, seen(row, isReadable(holderOf(row)))]));
    return ids.map((id) => byId.get(id) ?? null);
  }

  /** Whether the caller may read what these hold. Each is asked for once in a request, if at all. */
  private async judge(
    request: Request,
    holders: readonly (number | null)[],
    pace: Pace | null = null,
  ): Promise<(holder: number | null) => boolean> {
    const { actor } = request;
    if (actor.readsEverything) return () => true;
    const { mayRead, scopeRevision } = knownContainers(request);
    const unknown = new Set<number>();
    for (const holder of holders) if (holder !== null && !mayRead.has(holder)) unknown.add(holder);
    if (unknown.size > 0) {
      const scopes = await this.scopes.of([...unknown], scopeRevision, pace);
      for (const [holder, scope] of scopes) mayRead.set(holder, mayReadScope(actor, scope));
    }
    const readsAnything = actor.readableScopes.length > 0;
    return (holder) => (holder === null ? readsAnything : mayRead.get(holder)!);
  }
}

interface PlacedRow extends Pick<NodeRow, "id" | "kind" | "container" | "scope"> {
  scopeRevision: number;
}

function mayReadScope(actor: Actor, scope: string | null): boolean {
  return scope !== null && actor.may("registry:read", scope);
}

/** What an actor may read of some nodes. */
export interface Sight {
  kindOf(id: number): Kind | undefined;
  /** Those that it may not read. */
  hidden: ReadonlySet<number>;
}

function seen({ id, kind, label, container }: NodeRow, isReadable: boolean): SeenNode {
  return isReadable
    ? { id, kind, label, container, isReadable: true }
    : { id, kind, label: null, container: null, isReadable: false };
}
