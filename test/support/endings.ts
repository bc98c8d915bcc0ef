import type { Asker } from "./world.ts";

/** How a mutation ended: done, or refused with a code and a sentence. */
export interface Ending {
  code: string;
  message: string;
}

const done: Ending = { code: "done", message: "" };

/** A mutation by one caller, however it is refused: as data, or as what ends the request. */
export async function endingOf(asker: Asker, mutation: string, input: object): Promise<Ending> {
  const type = `${mutation[0]!.toUpperCase()}${mutation.slice(1)}Input`;
  const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { userErrors { code message } } }`;
  const { data, errors } = await asker.graphql(query, { input });
  if (errors) return { code: errors[0]!.extensions.code, message: errors[0]!.message };
  return data[mutation].userErrors[0] ?? done;
}
