import type { Transaction } from "../db/transaction.ts";
import type { Actor } from "../kernel/actor.ts";
import type { CommitService } from "../tracking/commit.service.ts";
import type { ExperimentImport } from "../tracking/experiment-import.ts";
import type { LoggedModelImport } from "../tracking/logged-model-import.ts";
import type { RunImport } from "../tracking/run-import.ts";
import type { ImportBatchInput } from "./import.inputs.ts";

/** What a batch tells of runs and what belongs to them, in the order they build on each other. */
export class TrackingImport {
  constructor(
    private readonly experiments: ExperimentImport,
    private readonly commits: CommitService,
    private readonly runs: RunImport,
    private readonly loggedModels: LoggedModelImport,
  ) {}

  /** How many records were new or brought something new. */
  async take(tx: Transaction, actor: Actor, batch: ImportBatchInput): Promise<number> {
    const { experiments, commits, runs, loggedModels } = batch;
    let taken = 0;
    if (experiments?.length) taken += await this.experiments.importIn(tx, actor, experiments);
    if (commits?.length) taken += await this.commits.importIn(tx, actor, commits);
    if (runs?.length) taken += await this.runs.importIn(tx, actor, runs);
    if (loggedModels?.length) taken += await this.loggedModels.importIn(tx, actor, loggedModels);
    return taken;
  }
}
