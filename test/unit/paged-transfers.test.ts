import { describe, expect, it } from "vitest";
import { StemmaClientError } from "../../src/client/errors.ts";
import { transferAll } from "../../src/client/paged-transfers.ts";
import { StoreFault } from "../../src/client/store-connections.ts";

interface Item {
  name: string;
  sizeBytes: number;
}

const itemsOf = (count: number, sizeBytes = 1): Item[] =>
  Array.from({ length: count }, (_, at) => ({ name: `item-${at}`, sizeBytes }));

/** A store that forgets nothing, and tells at most so many tasks at once. */
function storeOf({
  mostTold = Number.POSITIVE_INFINITY,
  fault = (_item: Item, _attempt: number): unknown => null,
}) {
  const done = new Set<string>();
  const attempts = new Map<string, number>();
  const pages: string[][] = [];
  return {
    done,
    attempts,
    pages,
    transfer: {
      mostItems: 10,
      async ask(items: readonly Item[]) {
        pages.push(items.map(({ name }) => name));
        const open = items.filter(({ name }) => !done.has(name));
        return { tasks: open.slice(0, mostTold), isCut: open.length > mostTold };
      },
      async act(item: Item) {
        const attempt = (attempts.get(item.name) ?? 0) + 1;
        attempts.set(item.name, attempt);
        const trouble = fault(item, attempt);
        if (trouble) throw trouble;
        done.add(item.name);
      },
    },
  };
}

const refused = (status: number) => new StoreFault("store.example", status, "");

describe("all that there is to transfer", () => {
  it("is done page by page, each once", async () => {
    const store = storeOf({});
    await transferAll(itemsOf(25), store.transfer, {});
    expect(store.done.size).toBe(25);
    expect(store.pages.map(({ length }) => length)).toEqual([10, 10, 5]);
    expect(new Set(store.attempts.values())).toEqual(new Set([1]));
  });

  it("is asked for in smaller pages where it is large, so that URLs do not grow old", async () => {
    const store = storeOf({});
    await transferAll(itemsOf(6, 3 * 1024 ** 3), store.transfer, {});
    expect(store.pages.map(({ length }) => length)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it("is asked for again where not all was told", async () => {
    const store = storeOf({ mostTold: 3 });
    await transferAll(itemsOf(10), store.transfer, {});
    expect([store.done.size, store.pages.length]).toEqual([10, 4]);
  });

  it("is asked for anew after what may pass, and nothing of it is done twice", async () => {
    const store = storeOf({
      fault: ({ name }, attempt) => (name === "item-4" && attempt < 3 ? refused(403) : null),
    });
    await transferAll(itemsOf(10), store.transfer, { connections: 1 });
    expect([...store.attempts.values()].toSorted()).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 3]);
    expect(store.pages).toHaveLength(3);
  });

  it("ends with what does not pass, and with what is refused again and again", async () => {
    for (const trouble of [refused(507), new StemmaClientError("CHANGED", "it changed")]) {
      const store = storeOf({ fault: () => trouble });
      await expect(transferAll(itemsOf(30), store.transfer, {})).rejects.toBe(trouble);
      expect(store.pages.length).toBeLessThanOrEqual(2);
    }
    const denied = storeOf({ fault: () => refused(403) });
    await expect(transferAll(itemsOf(1), denied.transfer, {})).rejects.toThrow("answers 403");
    expect(denied.attempts.get("item-0")).toBe(5);
  });

  it("is given up once patience has run out", async () => {
    const waits: string[] = [];
    const store = storeOf({ fault: () => refused(503) });
    const options = { patienceMillis: 300, onWait: (why: string) => void waits.push(why) };
    await expect(transferAll(itemsOf(1), store.transfer, options)).rejects.toThrow("answers 503");
    expect(waits.length).toBeGreaterThan(0);
  });
});
