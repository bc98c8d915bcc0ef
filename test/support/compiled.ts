import { post } from "./posting.ts";
import { adminToken, type World } from "./world.ts";

// The server compiles a question on its second use and knows it by its text: a comment makes it a new one.

let unlike = 0;

/** The body of the answer, as text. */
export async function bodyOf(
  { url }: Pick<World, "url">,
  query: string,
  variables?: object,
  operationName?: string,
): Promise<string> {
  const authorization = `Bearer ${adminToken}`;
  const { body } = await post(`${url}/graphql`, { query, variables, operationName }, { authorization });
  return body;
}

/** The same question as graphql-js answers it, and as compiled code does. */
export async function bothAnswers(
  world: Pick<World, "url">,
  query: string,
  variables?: object,
  operationName?: string,
): Promise<{ interpreted: string; compiled: string }> {
  const text = `${query}\n# ${++unlike}`;
  const interpreted = await bodyOf(world, text, variables, operationName);
  await bodyOf(world, text, variables, operationName);
  return { interpreted, compiled: await bodyOf(world, text, variables, operationName) };
}
