import type { World } from "./world.ts";

const turns = 4;

/**
 * How many statements a question takes of a server that knows who asks: the fewest of four times. The first time tokens
 * and rights are looked up, too, and so they are again after rights have changed; and where two of the database's
 * answers do not come at once, what hangs on them is asked for in one statement more.
 */
export async function fewestStatements(
  world: Pick<World, "statementsOf">,
  ask: () => Promise<unknown>,
): Promise<{ fewest: number; most: number }> {
  const counts: number[] = [];
  for (let turn = 0; turn < turns; turn++) counts.push((await world.statementsOf(ask)).length);
  return { fewest: Math.min(...counts), most: Math.max(...counts) };
}
