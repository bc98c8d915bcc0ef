import type { ImportBatch } from "../../client/import-batch.ts";
import { commitsIn } from "./git-commits.ts";
import { openRepository } from "./git-repository.ts";
import { type ImportRecord, inBatches } from "./import-batches.ts";
import { countBatches, type Source, type SourceOptions } from "./source.ts";
import { Warnings } from "./warnings.ts";

/**
 * The history of a git repository as a source: every commit of its branches, remote branches and tags, parents before
 * children.
 */
export async function openGitHistory(path: string, options: SourceOptions = {}): Promise<Source> {
  const repository = await openRepository(path, options);
  const name = `git:${repository.folder}`;
  const warnings = new Warnings();

  async function* records(): AsyncGenerator<ImportRecord> {
    for await (const { commit } of commitsIn(repository, warnings)) yield { kind: "commits", record: commit };
  }
  const batches = (): AsyncIterable<ImportBatch> => inBatches(name, records());
  return { name, batches, counts: () => countBatches(batches()), warnings: warnings.list };
}
