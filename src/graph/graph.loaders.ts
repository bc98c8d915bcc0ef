import DataLoader from "dataloader";
import type { Database } from "../db/database.ts";
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
    const rows = await this.db.read.query<Omit<SeenRow, "label">>(
      sql`SELECT n.id, n.kind, n.container, ${revisionNow} FROM node n WHERE ${among(sql`n.id`, ids)}`,
    );
    const isReadable = await this.judge(request, rows.map(holderOf), revisionOf(rows));
    return new Map(rows.filter((row) => isReadable(holderOf(row))).map(({ id, kind }) => [id, kind]));
  }

  /** What the caller may read of many nodes: for whole walks, at their pace. */
  async sightOf(request: Request, ids: readonly number[], pace: Pace): Promise<Sight> {
    const revision = await this.revision(request);
    const { kinds, holders } = await this.facts.of(ids, pace);
    const isReadable = await this.judge(request, holders, revision, pace);
    const byId = new Map(ids.map((id, at) => [id, kinds[at]]));
    const hidden = new Set(ids.filter((_, at) => !isReadable(holders[at]!)));
    return { kindOf: (id) => byId.get(id), hidden, revision };
  }

  /** Which scopes hold, as this request last read it; equal as long as no container has come to stand under another. */
  async revision(request: Request): Promise<number | null> {
    const known = seenScopes(request);
    if (known.revision === null) {
      const [row] = await this.db.read.query<{ revision: number }>(
        sql`SELECT revision FROM scope_revision WHERE id = 1`,
      );
      known.revision = row?.revision ?? null;
    }
    return known.revision;
  }

  /** Labels are judged by the scopes that hold as they are read: a rename changes both. */
  private async nodes(request: Request, ids: readonly number[]): Promise<(SeenNode | null)[]> {
    const isAsked = amongIds(this.db.dialect.engine, sql`n.id`, ids);
    const rows = await this.db.read.query<SeenRow>(
      sql`SELECT n.id, n.kind, n.label, n.container, ${revisionNow} FROM node n WHERE ${isAsked}`,
    );
    const isReadable = await this.judge(request, rows.map(holderOf), revisionOf(rows));
    const byId = new Map(rows.map((row) => [row.id, seen(row, isReadable(holderOf(row)))]));
    return ids.map((id) => byId.get(id) ?? null);
  }

  /** Whether the caller may read what these hold, by the scopes of this revision; each is asked for once, if at all. */
  private async judge(
    request: Request,
    holders: readonly (number | null)[],
    revision: number | null,
    pace: Pace | null = null,
  ): Promise<(holder: number | null) => boolean> {
    const { actor } = request;
    if (actor.readsEverything) return () => true;
    const known = seenScopes(request);
    if (known.revision !== revision) known.mayRead = new Map();
    known.revision = revision;
    const { mayRead } = known;
    const unknown = new Set<number>();
    for (const holder of holders) if (holder !== null && !mayRead.has(holder)) unknown.add(holder);
    if (unknown.size > 0) {
      for (const [holder, scope] of await this.scopes.of([...unknown], revision, pace)) {
        mayRead.set(holder, scope !== null && actor.may("registry:read", scope));
      }
    }
    const readsAnything = actor.readableScopes.length > 0;
    return (holder) => (holder === null ? readsAnything : mayRead.get(holder)!);
  }
}

interface SeenRow extends Pick<NodeRow, "id" | "kind" | "label" | "container"> {
  scopeRevision: number | null;
}

const revisionNow = sql`(SELECT revision FROM scope_revision WHERE id = 1) AS scopeRevision`;

function revisionOf(rows: readonly Pick<SeenRow, "scopeRevision">[]): number | null {
  return rows[0]?.scopeRevision ?? null;
}

/** What a request has found out so far: by node number of a container, whether the caller may read it. */
function seenScopes(request: Request): { revision: number | null; mayRead: Map<number, boolean> } {
  // By the actor, since rights that are looked up again make another one.
  const { actor } = request;
  const byActor = request.once(seenScopes, () => new Map<Actor, ReturnType<typeof seenScopes>>());
  const known = byActor.get(actor) ?? { revision: null, mayRead: new Map() };
  byActor.set(actor, known);
  return known;
}

/** What an actor may read of some nodes. */
export interface Sight {
  kindOf(id: number): Kind | undefined;
  /** Those that it may not read. */
  hidden: ReadonlySet<number>;
  /** The scopes by which that was judged. */
  revision: number | null;
}

function seen({ id, kind, label, container }: SeenRow, isReadable: boolean): SeenNode {
  return isReadable
    ? { id, kind, label, container, isReadable: true }
    : { id, kind, label: null, container: null, isReadable: false };
}
