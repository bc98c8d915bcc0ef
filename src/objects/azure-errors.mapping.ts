import { ObjectStoreError, type StoreTrouble } from "./object-store.ts";

/** What the SDK throws: an answer of the service has a status and a code, an error of the network a code alone. */
interface Failure {
  name?: string;
  code?: string;
  statusCode?: number;
}

/** Names nothing but the code: the service's own sentences name blobs, containers and hosts. */
export function azureTrouble(error: unknown): ObjectStoreError {
  if (error instanceof ObjectStoreError) return error;
  const { name = "", code = "", statusCode: status } = (error ?? {}) as Failure;
  const told = (trouble: StoreTrouble, sentence: string) => new ObjectStoreError(trouble, sentence);
  if (/^Container(NotFound|BeingDeleted|Disabled)$/.test(code))
    return told("AWAY", "the container is not there");
  if (status === 404 || code === "CannotVerifyCopySource") return told("MISSING", "nothing is there");
  // What was seen there a moment ago has been replaced.
  if (status === 412) return told("MISSING", "what arrived has changed meanwhile");
  if (status === 416) return told("MISSING", "no such bytes in the object");
  if (code === "InvalidBlockList") return told("MISSING", "not all parts have arrived");
  if (status === 507) return told("FULL", "the object store has no room left");
  if (status === 401 || status === 403) {
    return told("AWAY", `the object store refuses our credentials (${code || status})`);
  }
  if (status !== undefined) return told("AWAY", `the object store answers ${status} (${code})`);
  if (name === "AbortError") return told("AWAY", "the object store does not answer (TIMEOUT)");
  if (code) return told("AWAY", `the object store does not answer (${code})`);
  // Neither the service nor the network: a fault of ours, which the log should show.
  return new ObjectStoreError("AWAY", "the object store cannot be asked", { cause: error });
}

/** What `ask` answers; `otherwise` where nothing is there. */
export async function ifMissing<Answer>(otherwise: Answer, ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    const trouble = azureTrouble(error);
    if (trouble.trouble === "MISSING") return otherwise;
    throw trouble;
  }
}
