import { afterEach, expect, it, vi } from "vitest";
import { pauseAfterReading, signal } from "../support/pauses.ts";
import { registryOf } from "../support/registry.ts";
import { startWorld } from "../support/world.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const others = [{ name: "None" }, { name: "Production", isLive: true }];
const withTrial = [...others, { name: "Trial" }];

/**
 * A move into a stage stops as soon as it has read the stages; then the stage is removed; then the move goes on. Answers
 * what each was told, and where the version stands at the end. `read` is how the move reads the stages.
 */
async function race(read: "share" | "query", defined: "done" | "waiting") {
  const asking = signal();
  const world = await startWorld({
    onStatement: (statement) => {
      if (statement.includes("FROM stage_set FOR UPDATE")) asking.give();
    },
  });
  try {
    const registry = registryOf(world);
    await registry.version("m", { createModel: true });
    await registry.mutate("defineStages", { stages: withTrial });
    const { hasRead, goOn } = pauseAfterReading(read);
    const move = registry.attempt("transitionModelVersion", { version: "m/1", to: "Trial" });
    await hasRead.given;
    const definition = registry.attempt("defineStages", { stages: others });
    await (defined === "done" ? definition : asking.given);
    goOn.give();
    const codes = [await move, await definition].map(({ userErrors }) => userErrors[0]?.code ?? "done");
    const { stages, modelVersion } = await world.ask(
      `{ stages { name } modelVersion(ref: "m/1") { stage } }`,
    );
    const isThere = stages.some(({ name }: { name: string }) => name === modelVersion.stage);
    return { codes, stage: modelVersion.stage, isThere };
  } finally {
    await world.close();
  }
}

it("lets the removal of a stage wait for a move into it that is under way, and refuses it then", async () => {
  expect(await race("share", "waiting")).toEqual({
    codes: ["done", "CONFLICT"],
    stage: "Trial",
    isThere: true,
  });
});

it("would leave the version in a stage that is not there, were the stages not held", async () => {
  expect(await race("query", "done")).toEqual({ codes: ["done", "done"], stage: "Trial", isThere: false });
});
