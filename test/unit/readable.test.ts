import { afterEach, describe, expect, it, vi } from "vitest";
import { justRead, readableIn } from "../../src/db/readable.ts";
import { sql } from "../../src/db/sql.ts";
import { Request } from "../../src/kernel/request.ts";
import { readerOf } from "../support/readers.ts";

const model = sql`v.modelId`;

/** How many conditions there are for members of these containers, of which this request has just read some. */
function conditions(request: Request, found: readonly number[], among: readonly number[]): number {
  for (const id of found) justRead(request).set(id, performance.now());
  return readableIn(request, model, among).length;
}

afterEach(() => {
  vi.useRealTimers();
});

describe("members of containers", () => {
  it("need no guard where each container was just found to be readable", () => {
    expect(conditions(new Request("1", readerOf("risk.*")), [1, 2], [1, 2])).toBe(0);
  });

  it("need one where one of the containers was not looked at", () => {
    expect(conditions(new Request("1", readerOf("risk.*")), [1], [1, 2])).toBe(1);
  });

  it("need one where it was another request that looked", () => {
    conditions(new Request("1", readerOf("risk.*")), [1], [1]);
    expect(conditions(new Request("2", readerOf("risk.*")), [], [1])).toBe(1);
  });

  it("need one as soon as the caller's rights were looked up again", async () => {
    const request = new Request("1", readerOf("risk.*"), undefined, async () => readerOf("risk.churn"));
    expect(conditions(request, [1], [1])).toBe(0);
    await request.lookAgain();
    expect(conditions(request, [], [1])).toBe(1);
  });

  it("need one again when a moment has passed, in which they may have been renamed", () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const request = new Request("1", readerOf("risk.*"));
    expect(conditions(request, [1], [1])).toBe(0);
    vi.advanceTimersByTime(1_000);
    expect(conditions(request, [], [1])).toBe(1);
  });
});
