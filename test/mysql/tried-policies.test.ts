import { afterEach, expect, it, vi } from "vitest";
import { pauseAfterReading } from "../support/pauses.ts";
import { registryOf } from "../support/registry.ts";
import { startWorld } from "../support/world.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

it("tries a policy out while a move into its stage is under way, and holds no row for it", async () => {
  const world = await startWorld();
  let release = () => {};
  try {
    const registry = registryOf(world);
    await registry.version("m", { createModel: true });
    await registry.mutate("defineRole", { name: "OFFICER", permissions: ["transition:review"] });
    const policy = { model: "m", stage: "Production", approverRoles: ["OFFICER"] };
    await registry.mutate("setPolicy", policy, "policy { revision }");
    const { hasRead, goOn } = pauseAfterReading("share");
    release = goOn.give;
    const move = registry.attempt("transitionModelVersion", { version: "m/1", to: "Production" });
    await hasRead.given;
    const statements = await world.statementsOf(async () => {
      const draft = { ...policy, maxVersions: 2, dryRun: true };
      const tried = await registry.attempt("setPolicy", draft, "policy { revision }");
      expect(tried.userErrors).toEqual([]);
    });
    expect(statements.filter((statement) => /FOR UPDATE|FOR SHARE|LOCK IN/.test(statement))).toEqual([]);
    goOn.give();
    expect((await move).userErrors).toEqual([]);
  } finally {
    release();
    await world.close();
  }
});
