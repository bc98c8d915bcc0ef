import type { Database } from "../db/database.ts";
import { readableNodes } from "../db/readable.ts";
import { among, chunksOf, every, join, type Sql, sql } from "../db/sql.ts";
import type { View } from "../journal/as-of.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Kind } from "../kernel/ids.ts";
import type { EdgeSource, NeighbourRow, OneWay, Pace } from "./edge-source.ts";
import type { EdgeType } from "./graph.entity.ts";
import { belongings, walkedWhenAsked } from "./graph.rules.ts";
import { amongIds, idChunks } from "./id-list.ts";
import { LevelTraversal } from "./level-traversal.ts";
import { LineageDirection, type WalkedEdge } from "./traversal.ts";

const nodesPerUnion = 100;
const rowsOfNoHub = 2_000; // where a statement would give more, some node may be a hub

/**
 * Reads the tables, one statement for up to 999 nodes of a level (2,000 on SQLite). No transaction is held: an edge with
 * a seq up to the view's is committed, and no later one counts.
 */
export class SqlTraversal extends LevelTraversal {
  constructor(
    private readonly db: Database,
    clock: Clock,
  ) {
    super(clock);
  }

  protected override source(
    view: View,
    types: readonly EdgeType[] | null,
    pace: Pace,
    reader: Actor | null,
  ): EdgeSource {
    return new SqlEdges(this.db, view, types, pace, reader);
  }
}

class SqlEdges implements EdgeSource {
  private readonly isOfView: Sql;

  constructor(
    private readonly db: Database,
    private readonly view: View,
    types: readonly EdgeType[] | null,
    private readonly pace: Pace,
    private readonly reader: Actor | null,
  ) {
    const type = types ? among(sql`type`, types) : sql`type NOT IN (${join([...walkedWhenAsked])})`;
    this.isOfView = every([type, ...isLive(view)]);
  }

  async edges(ids: readonly number[], direction: OneWay, perNode: number | null, most: number) {
    const found: WalkedEdge[] = [];
    for (const chunk of idChunks(this.db.dialect.engine, ids)) {
      const room = most - found.length;
      const rows =
        perNode === null
          ? await this.all(chunk, direction, room)
          : ((await this.all(chunk, direction, Math.min(room, rowsOfNoHub + chunk.length * 4))) ??
            (await this.nearest(chunk, direction, perNode, room)));
      if (!rows) return null;
      for (const row of rows) found.push(row);
    }
    return found;
  }

  private async all(ids: readonly number[], direction: OneWay, most: number): Promise<WalkedEdge[] | null> {
    await this.pace.step();
    const { near, far } = endsOf(direction);
    const rows = await this.db.read.query<WalkedEdge>(
      sql`SELECT src, dst, type, role, seq FROM edge WHERE ${this.isAmong(near, ids)} AND ${this.isWanted(far)} LIMIT ${most + 1}`,
    );
    return rows.length > most ? null : rows;
  }

  /** Of each node, only the lowest neighbours: a hub is not read through. */
  private async nearest(
    ids: readonly number[],
    direction: OneWay,
    perNode: number,
    most: number,
  ): Promise<WalkedEdge[] | null> {
    const { near, far } = endsOf(direction);
    const found: WalkedEdge[] = [];
    for (const chunk of chunksOf(ids, nodesPerUnion)) {
      await this.pace.step();
      const each = chunk.map(
        (id) => sql`SELECT edge.src, edge.dst, edge.type, edge.role, edge.seq FROM (
            SELECT DISTINCT ${far} AS id FROM edge WHERE ${near} = ${id} AND ${this.isWanted(far)} ORDER BY ${far} LIMIT ${perNode + 1}
          ) AS nearest CROSS JOIN edge WHERE edge.${near} = ${id} AND edge.${far} = nearest.id AND ${this.isWanted(far)}`,
      );
      const rows = await this.db.read.query<WalkedEdge>(
        sql`SELECT * FROM (${join(each, " UNION ALL ")}) AS found LIMIT ${most - found.length + 1}`,
      );
      if (found.length + rows.length > most) return null;
      for (const row of rows) found.push(row);
    }
    return found;
  }

  async kinds(ids: readonly number[]) {
    const kinds = new Map<number, Kind>();
    for (const chunk of idChunks(this.db.dialect.engine, ids)) {
      await this.pace.step();
      const rows = await this.db.read.query<{ id: number; kind: Kind }>(
        sql`SELECT id, kind FROM node WHERE ${this.isAmong(sql`id`, chunk)}`,
      );
      for (const { id, kind } of rows) kinds.set(id, kind);
    }
    return kinds;
  }

  /** A node has no seq of its own: it is there from the first event about it. */
  async members(containers: readonly number[], most: number) {
    await this.pace.step();
    const { seq, occurredBy } = this.view;
    const happened = occurredBy === null ? [] : [sql`event.occurredAt <= ${occurredBy}`];
    const rows = await this.db.read.query<{ id: number }>(
      sql`SELECT id FROM node WHERE ${this.isAmong(sql`container`, containers)} AND kind NOT IN (${join([...belongings])})
          AND EXISTS (SELECT 1 FROM event WHERE event.subjectId = node.id AND ${every([sql`event.seq <= ${seq}`, ...happened])})
          ORDER BY id LIMIT ${most}`,
    );
    return rows.map(({ id }) => id);
  }

  async neighbours(after: ReadonlyMap<number, number>, direction: OneWay, most: number) {
    const { near, far } = endsOf(direction);
    const found: NeighbourRow[] = [];
    for (const chunk of chunksOf([...after], nodesPerUnion)) {
      await this.pace.step();
      const each = chunk.map(
        ([id, last]) => sql`SELECT * FROM (SELECT ${near} AS near, ${far} AS far FROM edge
          WHERE ${near} = ${id} AND ${far} > ${last} AND ${this.isWanted(far)} ORDER BY ${far} LIMIT ${most}) AS one`,
      );
      const rows = await this.db.read.query<NeighbourRow>(join(each, " UNION ALL "));
      for (const row of rows) found.push(row);
    }
    return found;
  }

  private isWanted(far: Sql): Sql {
    return this.reader ? every([this.isOfView, ...readableNodes(this.reader, far)]) : this.isOfView;
  }

  private isAmong(column: Sql, ids: readonly number[]): Sql {
    return amongIds(this.db.dialect.engine, column, ids);
  }
}

function endsOf(direction: OneWay): { near: Sql; far: Sql } {
  return direction === LineageDirection.UPSTREAM
    ? { near: sql`dst`, far: sql`src` }
    : { near: sql`src`, far: sql`dst` };
}

function isLive({ seq, occurredBy }: View): Sql[] {
  if (occurredBy === null) {
    return [sql`seq <= ${seq}`, sql`(retractedSeq IS NULL OR retractedSeq > ${seq})`];
  }
  const occurred = (column: Sql, is: Sql) =>
    sql`EXISTS (SELECT 1 FROM event WHERE event.seq = ${column} AND event.occurredAt ${is} ${occurredBy})`;
  return [
    sql`seq <= ${seq}`,
    occurred(sql`edge.seq`, sql`<=`),
    sql`(retractedSeq IS NULL OR retractedSeq > ${seq} OR ${occurred(sql`edge.retractedSeq`, sql`>`)})`,
  ];
}
