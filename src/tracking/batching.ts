import DataLoader from "dataloader";
import type { Page } from "../kernel/connection.ts";
import type { Request } from "../kernel/request.ts";
import { grouped } from "./grouping.ts";

/** Keys in one IN list: MariaDB changes its plan at 1,000. */
const keysPerStatement = 900;

type Find<K, T> = (keys: readonly K[]) => Promise<T[]>;

/** Many asks for the one row of a key, as one statement. `mark` tells the loaders of a request apart. */
export function loadOne<K, T>(
  request: Request,
  mark: unknown,
  key: K,
  find: Find<K, T>,
  keyOf: (row: T) => K,
): Promise<T | null> {
  const loader = request.once(
    mark,
    () =>
      new DataLoader<K, T | null>(
        async (keys) => {
          const rows = new Map((await find(keys)).map((row) => [keyOf(row), row]));
          return keys.map((wanted) => rows.get(wanted) ?? null);
        },
        { maxBatchSize: keysPerStatement },
      ),
  );
  return loader.load(key);
}

/** Many asks for the rows that belong to a key, as one statement; in the order found. */
export function loadMany<K, T>(
  request: Request,
  mark: unknown,
  key: K,
  find: Find<K, T>,
  keyOf: (row: T) => K,
): Promise<T[]> {
  const loader = request.once(
    mark,
    () =>
      new DataLoader<K, T[]>(
        async (keys) => {
          const rows = grouped(await find(keys), keyOf);
          return keys.map((wanted) => rows.get(wanted) ?? []);
        },
        { maxBatchSize: keysPerStatement },
      ),
  );
  return loader.load(key);
}

/** Many asks for the same page of their own lists. `mark` must spell out everything but the parent. */
export function loadPage<T>(
  request: Request,
  mark: string,
  parent: number,
  find: (parents: readonly number[]) => Promise<Page<T>[]>,
): Promise<Page<T>> {
  // What is refused while the question is put is refused, and no fault of the loader's.
  return request.once(mark, () => new DataLoader<number, Page<T>>(async (ids) => find(ids))).load(parent);
}
