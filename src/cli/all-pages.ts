export interface Page<T> {
  nodes: T[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

/** All of a list. `read` answers the page after a cursor, the first one after null. */
export async function allPages<T>(read: (after: string | null) => Promise<Page<T>>): Promise<T[]> {
  const all: T[] = [];
  for (let after: string | null = null; ; ) {
    const { nodes, pageInfo }: Page<T> = await read(after);
    all.push(...nodes);
    after = pageInfo.endCursor;
    if (!pageInfo.hasNextPage) return all;
  }
}
