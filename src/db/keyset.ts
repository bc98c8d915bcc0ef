import type { Page } from "../kernel/connection.ts";
import { type CursorValue, formatPageCursor, type PageSlice, readPageCursor } from "../kernel/page.ts";
import {
  among,
  chunksOf,
  every,
  join,
  type Reader,
  type Sql,
  type SqlValue,
  some,
  sql,
  unionAll,
} from "./sql.ts";

/** One column of a sort order. The last one must be unique, so that every row has its own place. */
export interface SortKey {
  column: Sql;
  /** The name under which the row carries this column's value. */
  as: string;
  isDescending?: boolean;
  /** May hold NULLs, which databases sort below every value. */
  isNullable?: boolean;
}

/** A list that is read page by page. */
export interface KeysetList {
  /** Names list and order in cursors, so that a cursor of another list is refused. */
  scope: string;
  select: Sql;
  from: Sql;
  where: readonly Sql[];
  order: readonly SortKey[];
  /** What its cursors carry before the place in the order, for who reads the next page; see `carriedBy`. */
  carried?: readonly CursorValue[];
}

/** What a cursor of this list carries, `count` values. Throws INVALID for any other text. */
export function carriedBy(
  { scope, order }: Pick<KeysetList, "scope" | "order">,
  cursor: string,
  count: number,
  field: string,
): CursorValue[] {
  return readPageCursor(scope, cursor, count + order.length, field).slice(0, count);
}

/**
 * A sort column that may be null: nulls come last, whichever the direction. Descending, that is the order of the
 * column's index; ascending, `select` must hold the first key, too.
 */
export function nullsLast(column: Sql, as: string, isDescending: boolean): SortKey[] {
  if (isDescending) return [{ column, as, isDescending, isNullable: true }];
  return [
    { column: sql`(${column} IS NULL)`, as: `${as}IsNull` },
    { column, as },
  ];
}

/** Rows strictly beyond a cursor. Spelled out: the row-value form scans the whole index on MariaDB. */
function beyond(order: readonly SortKey[], values: CursorValue[], isBackward: boolean): Sql {
  const equal = (key: SortKey, value: CursorValue) =>
    value === null ? sql`${key.column} IS NULL` : sql`${key.column} = ${value}`;
  const past = ({ column, isDescending, isNullable }: SortKey, value: CursorValue) => {
    const isDown = Boolean(isDescending) !== isBackward;
    if (isNullable && value === null) return isDown ? sql`1 = 0` : sql`${column} IS NOT NULL`;
    if (isNullable && isDown) return sql`(${column} < ${value} OR ${column} IS NULL)`;
    return isDown ? sql`${column} < ${value}` : sql`${column} > ${value}`;
  };
  return some(
    order.map((key, index) =>
      every([
        ...order.slice(0, index).map((earlier, at) => equal(earlier, values[at]!)),
        past(key, values[index]!),
      ]),
    ),
  );
}

function orderBy(order: readonly SortKey[], isBackward: boolean): Sql {
  const terms = order.map(({ column, isDescending }) =>
    Boolean(isDescending) !== isBackward ? sql`${column} DESC` : sql`${column} ASC`,
  );
  return join(terms, ", ");
}

function pageSql(list: KeysetList, slice: PageSlice, more: readonly Sql[]): Sql {
  const { order, scope, carried = [] } = list;
  const at = (cursor: string, field: string) =>
    readPageCursor(scope, cursor, carried.length + order.length, field).slice(carried.length);
  const where = every([
    ...list.where,
    ...more,
    ...(slice.after === null ? [] : [beyond(order, at(slice.after, "after"), false)]),
    ...(slice.before === null ? [] : [beyond(order, at(slice.before, "before"), true)]),
  ]);
  return sql`SELECT ${list.select} FROM ${list.from} WHERE ${where} ORDER BY ${orderBy(order, slice.isBackward)} LIMIT ${slice.limit + 1}`;
}

type Row = Record<string, unknown>;

/** An entry of a page; most questions ask for no cursors, so they are made when they are read. */
class KeysetEdge<T> {
  constructor(
    private readonly list: KeysetList,
    private readonly row: Row,
    readonly node: T,
  ) {}

  get cursor(): string {
    const { scope, carried = [], order } = this.list;
    return formatPageCursor(scope, [...carried, ...order.map(({ as }) => this.row[as] as CursorValue)]);
  }
}

function pageFrom<T>(
  list: KeysetList,
  slice: PageSlice,
  found: Row[],
  read: (row: Row) => T,
  count: () => Promise<number>,
): Page<T> {
  const hasMore = found.length > slice.limit;
  const rows = found.slice(0, slice.limit);
  if (slice.isBackward) rows.reverse();
  const edges = rows.map((row) => new KeysetEdge(list, row, read(row)));
  return {
    edges,
    nodes: edges.map((edge) => edge.node),
    pageInfo: {
      hasNextPage: slice.isBackward ? slice.before !== null : hasMore,
      hasPreviousPage: slice.isBackward ? hasMore : slice.after !== null,
      get startCursor() {
        return edges[0]?.cursor ?? null;
      },
      get endCursor() {
        return edges.at(-1)?.cursor ?? null;
      },
    },
    count,
  };
}

/** One page: one statement, and one more when the total is asked for. */
export async function readPage<T>(
  reader: Reader,
  list: KeysetList,
  slice: PageSlice,
  read: (row: Row) => T,
): Promise<Page<T>> {
  const rows = await reader.query<Row>(pageSql(list, slice, []));
  return pageFrom(list, slice, rows, read, async () => {
    const [row] = await reader.query<{ total: number }>(
      sql`SELECT COUNT(*) AS total FROM ${list.from} WHERE ${every(list.where)}`,
    );
    return Number(row?.total ?? 0);
  });
}

// SQLite allows 500 terms in a compound SELECT; each may carry filters and cursors.
const parentsPerStatement = 100;

/**
 * The same page of many parents' lists, in one statement for up to 100 parents: each parent's page is cut by the
 * database. `parent` is the column that tells them apart; select it as `parentId`. Totals are one statement, too.
 */
export async function readPages<T>(
  reader: Reader,
  list: KeysetList,
  parent: Sql,
  parents: readonly number[],
  slice: PageSlice,
  read: (row: Row) => T,
): Promise<Page<T>[]> {
  const byParent = new Map<number, Row[]>(parents.map((id) => [id, []]));
  for (const chunk of chunksOf([...byParent.keys()], parentsPerStatement)) {
    const selects = chunk.map((id) => pageSql(list, slice, [sql`${parent} = ${id}`]));
    for (const row of await reader.query<Row>(unionAll(reader, selects))) {
      byParent.get(row.parentId as number)?.push(row);
    }
  }
  let totals: Promise<Map<SqlValue, number>> | null = null;
  const count = () => {
    totals ??= reader
      .query<{ parentId: number; total: number }>(
        sql`SELECT ${parent} AS parentId, COUNT(*) AS total FROM ${list.from}
            WHERE ${every([...list.where, among(parent, [...byParent.keys()])])} GROUP BY ${parent}`,
      )
      .then((rows) => new Map(rows.map((row) => [row.parentId, Number(row.total)])));
    return totals;
  };
  return parents.map((id) =>
    pageFrom(list, slice, byParent.get(id)!, read, async () => (await count()).get(id) ?? 0),
  );
}
