import type { ImportedDatasetUse, ImportedRun } from "../../client/import-batch.ts";

/** Which data came of which, over all runs taken so far: Stemma's lineage runs one way. */
export class DataFlow {
  /** Dataset versions by those that were made from them. */
  private readonly sources = new Map<string, Set<string>>();

  /** The run without the outputs that it was made from, however far back; and the names of those. */
  take(run: ImportedRun): { record: ImportedRun; rings: string[] } {
    if (!run.outputs) return { record: run, rings: [] };
    const inputs = (run.inputs ?? []).map(keyOf);
    const upstream = this.upstreamOf(inputs);
    const outputs = run.outputs.filter((output) => !upstream.has(keyOf(output)));
    for (const output of outputs) {
      const sources = this.sources.get(keyOf(output)) ?? new Set();
      for (const input of inputs) sources.add(input);
      this.sources.set(keyOf(output), sources);
    }
    const rings = run.outputs.filter((output) => upstream.has(keyOf(output))).map(({ name }) => name);
    const { outputs: _, ...rest } = run;
    return { record: outputs.length > 0 ? { ...rest, outputs } : rest, rings };
  }

  private upstreamOf(keys: readonly string[]): Set<string> {
    const seen = new Set(keys);
    for (const key of seen) {
      for (const source of this.sources.get(key) ?? []) seen.add(source); // a set goes on to what is added to it
    }
    return seen;
  }
}

function keyOf({ name, digest }: ImportedDatasetUse): string {
  return JSON.stringify([name, digest]);
}
