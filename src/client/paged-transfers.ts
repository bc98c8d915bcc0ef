import { Semaphore } from "async-mutex";
import { Patience, type PatienceOptions } from "./patience.ts";

/** What a page of files may be, so that its URLs are used before they expire. */
const mostPageBytes = 4 * 1024 ** 3;
/** While one page is on its way, the next one is asked for. */
const pagesAtOnce = 2;

export interface TransferOptions extends PatienceOptions {
  /** How many requests to the object store at once, 1–64; 6 where not given. */
  connections?: number;
}

/** What is still to be done of a page, with URLs that were just signed. */
export interface Asked<Task> {
  tasks: Task[];
  /** Whether there is more that was not told yet. */
  isCut: boolean;
}

export interface Transfer<Item, Task> {
  /** At most so many items are asked for at once. */
  mostItems: number;
  /** What is still to be done for these items. */
  ask(items: readonly Item[]): Promise<Asked<Task>>;
  /** Does one; may be asked to do it again where it throws. */
  act(task: Task): Promise<void>;
}

/**
 * Does all there is to do for items, page by page, in order. Where something fails that may pass, the rest of its page is
 * asked for anew, so that nothing rests on URLs that may have expired. Throws the first failure that does not pass, once
 * what was under way has ended.
 */
export async function transferAll<Item extends { sizeBytes: number }, Task>(
  items: readonly Item[],
  transfer: Transfer<Item, Task>,
  options: TransferOptions,
): Promise<void> {
  const turns = new Semaphore(options.connections ?? 6);
  const patience = new Patience(options);
  const pages = pagesOf(items, transfer.mostItems);
  let isOver = false;

  const attempt = async (task: Task) => {
    await transfer.act(task);
    patience.progressed();
  };
  const finish = async (page: readonly Item[]) => {
    for (let isLeft = true; isLeft && !isOver; ) {
      const { tasks, isCut } = await transfer.ask(page);
      const faults: unknown[] = [];
      const runs = tasks.map((task) =>
        turns.runExclusive(async () => {
          if (faults.length === 0 && !isOver) await attempt(task).catch((fault) => faults.push(fault));
        }),
      );
      await Promise.all(runs);
      for (const fault of worstFirst(faults).slice(0, 1)) await patience.after(fault);
      isLeft = faults.length > 0 || isCut;
    }
  };
  const lane = async () => {
    for (let page = pages.shift(); page && !isOver; page = pages.shift()) await finish(page);
  };
  const lanes = Array.from({ length: pagesAtOnce }, () =>
    lane().catch((error) => {
      isOver = true;
      throw error;
    }),
  );
  const outcomes = await Promise.allSettled(lanes);
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
}

/** One that does not pass says more than those that do. */
function worstFirst(faults: readonly unknown[]): unknown[] {
  const passes = (fault: unknown) => (fault as { mayPass?: boolean }).mayPass === true;
  return faults.toSorted((a, b) => Number(passes(a)) - Number(passes(b)));
}

function pagesOf<Item extends { sizeBytes: number }>(items: readonly Item[], mostItems: number): Item[][] {
  const pages: Item[][] = [];
  let bytes = 0;
  for (const item of items) {
    const page = pages.at(-1);
    if (!page || page.length >= mostItems || bytes + item.sizeBytes > mostPageBytes) {
      pages.push([item]);
      bytes = item.sizeBytes;
    } else {
      page.push(item);
      bytes += item.sizeBytes;
    }
  }
  return pages;
}
