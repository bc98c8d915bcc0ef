import { ObjectStoreError } from "./object-store.ts";

/** What `ask` answers; null where the store says that it is not there, or not all of it. */
export async function unlessMissing<Answer>(ask: () => Promise<Answer>): Promise<Answer | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ObjectStoreError && error.trouble === "MISSING") return null;
    throw error;
  }
}
