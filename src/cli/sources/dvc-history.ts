import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import type { ImportBatch, ImportedCommit, ImportedRun } from "../../client/import-batch.ts";
import { DataFlow } from "./data-flow.ts";
import { type DvcStage, dvcStagesOf } from "./dvc-lock.ts";
import { ownExperimentName, ownName } from "./foreign-names.ts";
import { commitsIn } from "./git-commits.ts";
import { type GitRepository, gitSizes, gitTexts, openRepository } from "./git-repository.ts";
import { type ImportRecord, inBatches } from "./import-batches.ts";
import { present } from "./mlflow-run.mapping.ts";
import { countBatches, type Source, type SourceOptions } from "./source.ts";
import { Warnings } from "./warnings.ts";

const lockFiles = ":(top,glob)**/dvc.lock";
const mostBytes = 4 * 1024 * 1024;
const longestTag = 16_000;

export interface DvcOptions extends SourceOptions {
  /** The experiment that the runs belong to; named after the repository where not given. */
  experiment?: string;
}

/** One content of one `dvc.lock`, at the commit that had it first. */
interface LockState {
  path: string;
  blob: string;
  commit: ImportedCommit;
}

/**
 * The history of the `dvc.lock` files of a git repository as a source. Each content that one had is a run named after
 * the file; each distinct entry of a stage is a run in the first one that holds it, which used and made dataset versions
 * by path and digest.
 */
export async function openDvcHistory(path: string, options: DvcOptions = {}): Promise<Source> {
  const repository = await openRepository(path, options);
  const called = repository.repository
    .replace(/\/+$/, "")
    .split(/[/:]/)
    .at(-1)
    ?.replace(/\.git$/, "");
  const experiment = ownExperimentName(options.experiment ?? (called || repository.folder));
  const name = `dvc:${repository.folder}`;
  const warnings = new Warnings();
  const batches = (): AsyncIterable<ImportBatch> =>
    inBatches(name, dvcRecords(repository, experiment, warnings));
  return { name, batches, counts: () => countBatches(batches()), warnings: warnings.list };
}

async function* dvcRecords(
  repository: GitRepository,
  experiment: string,
  warnings: Warnings,
): AsyncGenerator<ImportRecord> {
  const states = await statesOf(repository, warnings);
  if (states.length > 0) yield { kind: "experiments", record: { name: experiment } };
  const blobs = states.map(({ blob }) => blob);
  const commits = new Set<string>();
  const known = new Set<string>();
  const flow = new DataFlow();
  let next = 0;
  for await (const text of gitTexts(repository.path, blobs)) {
    const state = states[next++]!;
    const stages = dvcStagesOf(text, state.path, labelOf(state), warnings);
    if (!stages) {
      warnings.add(`${labelOf(state)} cannot be read as DVC writes it; it is left out`);
      continue;
    }
    const { commit } = state;
    if (!commits.has(commit.sha)) yield { kind: "commits", record: { ...commit, parents: [] } };
    commits.add(commit.sha);
    const runs = stages.map((stage) => stageRun(stage, state, repository, experiment));
    const whole = wholeRun(state, runs, repository, experiment, warnings);
    yield { kind: "runs", record: whole, points: [] };
    for (const run of runs) {
      if (known.has(run.runId)) continue;
      known.add(run.runId);
      const { record, rings } = flow.take(run);
      for (const ring of rings)
        warnings.add(`${labelOf(state)}: ${run.name} made ${ring} from itself; that it made it is left out`);
      yield { kind: "runs", record: { ...record, parentRunId: whole.runId }, points: [] };
    }
  }
}

/** The contents that lock files ever had, each at the first commit that had it; the ones of parents first. */
async function statesOf(repository: GitRepository, warnings: Warnings): Promise<LockState[]> {
  const states = new Map<string, LockState>();
  for await (const { commit, changes } of commitsIn(repository, warnings, { changing: lockFiles })) {
    for (const change of changes) {
      const identity = JSON.stringify([change.path, change.blob]);
      if (!states.has(identity)) states.set(identity, { ...change, commit });
    }
  }
  const all = [...states.values()];
  const sizes = await gitSizes(
    repository.path,
    all.map(({ blob }) => blob),
  );
  return all.filter((state, index) => {
    const size = sizes[index] ?? null;
    if (size !== null && size <= mostBytes) return true;
    const why = size === null ? "is not in this copy of the repository" : `is larger than ${mostBytes} bytes`;
    warnings.add(`${labelOf(state)} ${why}; it is left out`);
    return false;
  });
}

/** A state as a run: what `dvc repro` left behind. */
function wholeRun(
  state: LockState,
  stages: readonly ImportedRun[],
  repository: GitRepository,
  experiment: string,
  warnings: Warnings,
): ImportedRun {
  const tags = [{ key: "dvc.lock", value: state.blob }];
  const listed = JSON.stringify(Object.fromEntries(stages.map(({ name, runId }) => [name, runId])));
  if (listed.length <= longestTag) tags.push({ key: "dvc.stages", value: listed });
  else warnings.add(`${labelOf(state)} has too many stages for the tag dvc.stages, which is left out`);
  return {
    ...runOf(state, repository, experiment),
    runId: idOf(repository, state, state.blob),
    name: ownName(state.path),
    entryPoint: "dvc repro",
    tags,
  };
}

function stageRun(
  { name, entry, command, params, inputs, outputs }: DvcStage,
  state: LockState,
  repository: GitRepository,
  experiment: string,
): ImportedRun {
  return present({
    ...runOf(state, repository, experiment),
    runId: idOf(repository, state, [name, entry]),
    name: ownName(name),
    entryPoint: command,
    params: params.length > 0 ? params : undefined,
    inputs: inputs.length > 0 ? inputs : undefined,
    outputs: outputs.length > 0 ? outputs : undefined,
  });
}

/** What all runs of a state share. When it ran is nowhere written; it was done when it was committed. */
function runOf({ commit }: LockState, { repository }: GitRepository, experiment: string) {
  const { sha, committedAt, attributedTo } = commit;
  return present<Omit<ImportedRun, "runId">>({
    experiment,
    status: "FINISHED",
    endedAt: committedAt,
    attributedTo,
    commit: { repository, sha },
  });
}

/** The same content of the same file of the same repository is the same run, whenever it is imported. */
function idOf({ repository }: GitRepository, { path }: LockState, content: unknown): string {
  const identity = canonicalize(["dvc", repository, path, content])!;
  return createHash("sha256").update(identity).digest("hex").slice(0, 32);
}

function labelOf({ path, commit }: LockState): string {
  return `${path} of commit ${commit.sha.slice(0, 12)}`;
}
