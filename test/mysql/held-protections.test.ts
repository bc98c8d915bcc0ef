import { afterEach, expect, it, vi } from "vitest";
import { pauseAfterReading, signal } from "../support/pauses.ts";
import { registryOf } from "../support/registry.ts";
import { startWorld } from "../support/world.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/**
 * An alias is moved, and stops as soon as it has read what protects it; then it is protected; then the move goes on.
 * Answers the types of events in the order of the journal. `read` is how the move reads the protections.
 */
async function race(read: "share" | "query"): Promise<string[]> {
  const asking = signal();
  const world = await startWorld({
    onStatement: (statement) => {
      if (statement.includes("FROM stage_set FOR UPDATE")) asking.give();
    },
  });
  try {
    const registry = registryOf(world);
    await registry.version("m", { createModel: true });
    const { hasRead, goOn } = pauseAfterReading(read);
    const move = registry.mutate("setAlias", { model: "m", alias: "champion", version: 1 });
    await hasRead.given;
    const protection = registry.mutate("protectAlias", {
      model: "*",
      alias: "champion",
      stages: ["Staging"],
    });
    await (read === "query" ? protection : asking.given);
    goOn.give();
    await Promise.all([move, protection]);
    const asked = `{ registryEvents(filter: { types: ["alias.set", "alias.protected"] }, first: 9) { nodes { type } } }`;
    return (await world.ask(asked)).registryEvents.nodes.map(({ type }: { type: string }) => type);
  } finally {
    await world.close();
  }
}

it("lets a protection wait for a move that began without it", async () => {
  expect(await race("share")).toEqual(["alias.set", "alias.protected"]);
});

it("would let an alias move against a protection that stands, were protections not held", async () => {
  expect(await race("query")).toEqual(["alias.protected", "alias.set"]);
});
