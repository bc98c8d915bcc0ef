import { join } from "node:path";
import { expect, it } from "vitest";
import { runCli } from "../support/cli-process.ts";
import { sharedData } from "../support/shared-data.ts";
import { startWorld } from "../support/world.ts";

it("The command line takes over a SQLite file of MLflow while garbage is collected, and changes nothing again", async () => {
  const world = await startWorld();
  try {
    const file = join(sharedData, "mlflow3-sqlite-forecast", "mlruns.db");
    const imported = async () => {
      const ending = await runCli(["import", "mlflow", file, "--json"], {
        server: world,
        flags: ["--gc-interval=2000"],
      });
      expect(ending, ending.stderr).toMatchObject({ code: 0, signal: null });
      return JSON.parse(ending.stdout).imported;
    };
    expect(await imported()).toBeGreaterThan(0);
    expect(await world.ask("{ runs(filter: { includeDeleted: true }) { totalCount } }")).toEqual({
      runs: { totalCount: 39 },
    });
    expect(await imported()).toBe(0);
  } finally {
    await world.close();
  }
});
