import { readableEvents } from "../db/readable.ts";
import { among, chunksOf, every, join, type Reader, type Sql, some, sql, unionAll } from "../db/sql.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Page } from "../kernel/connection.ts";
import { invalid } from "../kernel/errors.ts";
import { nodeOf } from "../kernel/ids.ts";
import { sliceOf } from "../kernel/page.ts";
import { formatCursor, seqOf } from "./cursor.ts";
import type { RegistryEvent } from "./event.entity.ts";
import type { EventFilter } from "./event.inputs.ts";
import { type EventConditions, eventColumns, eventOfRow, eventsSql } from "./feed.ts";

const mostTypes = 50;

/** How far and from where; `after` is an EventCursor. */
export interface EventPageWish {
  first?: number | null;
  after?: string | null;
}

const anyEvent: EventConditions = { anyOf: [sql`1 = 1`], all: [] };

/** Changes of one node itself. */
export function changesOf(node: number): EventConditions {
  return { anyOf: [sql`subjectId = ${node}`], all: [] };
}

/** Changes of a container or of anything in it: of a model and its versions. */
export function changesWithin(node: number): EventConditions {
  return {
    anyOf: [sql`subjectId = ${node}`, sql`(containerId = ${node} AND subjectId <> ${node})`],
    all: [],
  };
}

/** Those of them that an actor may read. */
export function readableBy(actor: Actor, { anyOf, all }: EventConditions): EventConditions {
  return { anyOf, all: [...all, ...readableEvents(actor, sql`event.subjectId`)] };
}

function asCondition({ anyOf, all }: EventConditions): Sql {
  return every([some(anyOf), ...all]);
}

/** What a filter asks for; `model` is the node number its `model` stands for. Throws INVALID that names the field. */
export function conditionsOfEvents(filter: EventFilter, model: number | null): EventConditions {
  const { types, subject, actor } = filter;
  if (types && (types.length === 0 || types.length > mostTypes)) {
    throw invalid("filter.types", `1–${mostTypes} types`, types.length);
  }
  const all: Sql[] = [];
  if (actor != null) all.push(sql`actorId = ${nodeOf(actor, "filter.actor", "ACTOR")}`);
  if (subject != null) {
    if (model !== null) all.push(some(changesWithin(model).anyOf));
    if (types) all.push(among(sql`type`, types));
    return { ...changesOf(nodeOf(subject, "filter.subject")), all };
  }
  if (model !== null) {
    if (types) all.push(among(sql`type`, types));
    return { ...changesWithin(model), all };
  }
  // A branch for each type reads its index in order; `IN` would sort.
  const anyOf = types ? [...new Set(types)].map((type) => sql`type = ${type}`) : anyEvent.anyOf;
  return { anyOf, all };
}

/** One page of the journal, ascending; its cursors are EventCursors. */
export async function eventPage(
  reader: Reader,
  conditions: EventConditions,
  wish: EventPageWish,
): Promise<Page<RegistryEvent>> {
  const [page] = await eventPages(reader, [conditions], wish);
  return page!;
}

const listsPerStatement = 50;

/** The same page of several lists of events: one statement for up to 50 of them, and one for their totals. */
export async function eventPages(
  reader: Reader,
  lists: readonly EventConditions[],
  wish: EventPageWish,
): Promise<Page<RegistryEvent>[]> {
  const { limit } = sliceOf({ first: wish.first });
  const position = wish.after == null ? 0 : await seqOf(reader, wish.after);
  const found = lists.map((): RegistryEvent[] => []);
  for (const chunk of chunksOf([...lists.entries()], listsPerStatement)) {
    const selects = chunk.map(([at, { anyOf, all }]) => {
      const columns = sql`${at} AS list, ${eventColumns}`;
      return eventsSql(reader, { anyOf, all: [...all, sql`seq > ${position}`] }, limit + 1, columns);
    });
    for (const { list, ...row } of await reader.query<{ list: number }>(unionAll(reader, selects))) {
      found[list]!.push(eventOfRow(row));
    }
  }
  let totals: Promise<number[]> | null = null;
  return found.map((events, at) =>
    pageOf(events, limit, position, async () => {
      totals ??= totalsOf(reader, lists);
      return (await totals)[at]!;
    }),
  );
}

async function totalsOf(reader: Reader, lists: readonly EventConditions[]): Promise<number[]> {
  const totals = lists.map(() => 0);
  for (const chunk of chunksOf([...lists.entries()], listsPerStatement)) {
    const counts = chunk.map(
      ([at, list]) =>
        sql`SELECT ${at} AS list, (SELECT COUNT(*) FROM event WHERE ${asCondition(list)}) AS total`,
    );
    for (const { list, total } of await reader.query<{ list: number; total: number }>(
      join(counts, " UNION ALL "),
    )) {
      totals[list] = Number(total);
    }
  }
  return totals;
}

function pageOf(
  found: RegistryEvent[],
  limit: number,
  position: number,
  count: () => Promise<number>,
): Page<RegistryEvent> {
  const edges = found.slice(0, limit).map((node) => ({ cursor: formatCursor(node), node }));
  return {
    edges,
    nodes: edges.map(({ node }) => node),
    pageInfo: {
      hasNextPage: found.length > limit,
      hasPreviousPage: position > 0,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    count,
  };
}
