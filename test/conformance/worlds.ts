import { inject } from "vitest";
import { type Engine, freshMysql, freshSqlite } from "../support/engines.ts";
import { startWorld, type World, type WorldOptions } from "../support/world.ts";

export const engines: readonly Engine[] = ["sqlite", "mysql"];

/** A world on that engine: these tests compare engines side by side, so no project stands for one. */
export async function startWorldOn(
  engine: Engine,
  options: Pick<WorldOptions, "store"> = {},
): Promise<World> {
  const { settings, drop } = engine === "sqlite" ? await freshSqlite() : await freshMysql(inject("mysqlUrl"));
  const world = await startWorld({ ...options, settings });
  return {
    ...world,
    close: async () => {
      await world.close();
      await drop();
    },
  };
}
