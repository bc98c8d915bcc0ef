import type { Answer, World } from "./world.ts";

/** What either door tells. */
export type Told = Partial<Pick<Answer, "status" | "data" | "errors" | "extensions">>;

/** A question over a socket of its own, told as one over HTTP is. */
export async function overSocket(
  world: Pick<World, "subscribe">,
  query: string,
  variables?: Record<string, unknown>,
): Promise<Told> {
  const answers = world.subscribe(query, variables);
  try {
    return (await answers.next()).value;
  } catch (errors) {
    if (!Array.isArray(errors)) throw errors;
    return { errors };
  } finally {
    await answers.return?.();
  }
}

type Ask = (world: World, query: string, variables?: Record<string, unknown>) => Promise<Told>;

/** Both ways in: what one refuses, the other must refuse alike. */
export const doors: readonly (readonly [name: string, ask: Ask])[] = [
  ["HTTP", (world, query, variables) => world.graphql(query, variables)],
  ["a socket", overSocket],
];
