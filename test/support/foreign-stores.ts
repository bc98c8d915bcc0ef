import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { Source } from "../../src/cli/sources/source.ts";
import type { ImportBatch } from "../../src/client/import-batch.ts";

/** A folder that goes when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "stemma-source-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files, given as path → text, below a new folder `mlruns`, and answers with its path. */
export function fileStore(files: Record<string, string>): string {
  const root = join(temporaryFolder(), "mlruns");
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

/** meta.yaml of an experiment as PyYAML writes it. */
export function experimentMeta(id = "0", name = "Default", more = ""): string {
  return `artifact_location: file:///home/x/mlruns/${id}\ncreation_time: 1700000000000\nexperiment_id: '${id}'\nlifecycle_stage: active\nname: ${name}\n${more}`;
}

/** meta.yaml of a run; `more` goes last and so wins. */
export function runMeta(runId: string, more = ""): string {
  return `end_time: 1700000002000\nexperiment_id: '0'\nlifecycle_stage: active\nrun_id: ${runId}\nrun_name: a run\nstart_time: 1700000001000\nstatus: 3\nuser_id: someone\n${more}`;
}

/** meta.yaml of a model version. */
export function versionMeta(model: string, version: number, more = ""): string {
  return `creation_timestamp: 1700000003000\ncurrent_stage: None\ndescription: null\nlast_updated_timestamp: 1700000004000\nname: ${model}\nrun_id: ''\nsource: s3://bucket/model\nstatus: READY\nversion: '${version}'\n${more}`;
}

/** An id as MLflow makes them, from one hex digit. */
export function runId(digit: string): string {
  return digit.repeat(32);
}

/** Everything a source gives, as if it were one batch. */
export async function everything(source: Source): Promise<Required<ImportBatch>> {
  const whole: Required<ImportBatch> = {
    source: source.name,
    experiments: [],
    commits: [],
    runs: [],
    loggedModels: [],
    models: [],
    versions: [],
    aliases: [],
  };
  for await (const batch of source.batches()) {
    const { source: _, ...lists } = batch;
    for (const [kind, list] of Object.entries(lists)) (whole[kind as "runs"] as unknown[]).push(...list);
  }
  return whole;
}

export async function listOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
