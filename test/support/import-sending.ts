import { expect } from "vitest";
import type { ImportBatch } from "../../src/client/import-batch.ts";
import type { Asker } from "./world.ts";

const importHistory = `mutation ($batch: ImportBatchInput!) {
  importHistory(input: { batch: $batch }) { imported unchanged userErrors { code message path } }
}`;

/** Sends batch after batch; answers how many records were new. */
export async function send(asker: Asker, batches: Iterable<ImportBatch>): Promise<number> {
  let imported = 0;
  for (const batch of batches) {
    const answer = (await asker.ask(importHistory, { batch })).importHistory;
    expect(answer.userErrors).toEqual([]);
    imported += answer.imported;
  }
  return imported;
}
