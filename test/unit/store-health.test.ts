import { expect, it, vi } from "vitest";
import { ObjectStoreError } from "../../src/objects/object-store.ts";
import { StoreHealth } from "../../src/objects/store-health.ts";

it("a store that works has no reason not to, and is asked once by many", async () => {
  const check = vi.fn(async () => {});
  const health = new StoreHealth({ check });
  expect(await Promise.all([health.reason(), health.reason(), health.reason()])).toEqual([null, null, null]);
  expect(await health.reason()).toBeNull();
  expect(check).toHaveBeenCalledTimes(1);
});

it("a store's own words say why it does not work; of anything else nothing is told", async () => {
  const full = new ObjectStoreError("FULL", "the folder of objects has no room left (ENOSPC)");
  expect(await new StoreHealth({ check: () => Promise.reject(full) }).reason()).toBe(full.message);
  const odd = new Error("EACCES: permission denied, open '/srv/secret'");
  expect(await new StoreHealth({ check: () => Promise.reject(odd) }).reason()).toBe("does not work");
});

it("a store that does not answer is not asked again and again, and is well when it does", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  try {
    let answer = () => {};
    const check = vi.fn(() => new Promise<void>((resolve) => (answer = resolve)));
    const health = new StoreHealth({ check });
    const asked = [health.reason(), health.reason()];
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await Promise.all(asked)).toEqual(["does not answer", "does not answer"]);
    const again = health.reason();
    answer();
    expect(await again).toBeNull();
    expect(check).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(2_000);
    const later = health.reason();
    answer();
    expect(await later).toBeNull();
    expect(check).toHaveBeenCalledTimes(2);
  } finally {
    vi.useRealTimers();
  }
});
