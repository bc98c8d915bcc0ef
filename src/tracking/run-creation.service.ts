import type { Transaction } from "../db/transaction.ts";
import type { Verbs } from "../journal/verbs.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { alreadyExists, conflict, invalid, notFound } from "../kernel/errors.ts";
import type { ExperimentService } from "./experiment.service.ts";
import { paramsOf, tagsOf } from "./fact.rules.ts";
import { mustWithin } from "./guarding.ts";
import { type Run, RunStatus } from "./run.entity.ts";
import type { CreateRunInput } from "./run.inputs.ts";
import { isOpen, mintedRunId, runIdOf, runTexts } from "./run.rules.ts";
import type { RunOutcome, RunService } from "./run.service.ts";
import type { RunArrival } from "./run-arrival.ts";

/** A run as somebody tells of it who did not record it while it ran. */
export interface ToldRun {
  runId: string;
  experiment?: string | null;
  name?: string | null;
  status?: RunStatus | null;
  startedAt?: number | null;
  endedAt?: number | null;
  entryPoint?: string | null;
}

/** The verb that makes a run. */
export class RunCreationService {
  constructor(
    private readonly verbs: Verbs,
    private readonly runs: RunService,
    private readonly experiments: ExperimentService,
    private readonly arrival: RunArrival,
    private readonly clock: Clock,
  ) {}

  create(actor: Actor, input: CreateRunInput): Promise<RunOutcome> {
    return this.verbs.run(actor, "createRun", input, async (tx) => {
      const now = this.clock();
      const runId = input.runId == null ? mintedRunId() : runIdOf("runId", input.runId);
      const status = input.status ?? RunStatus.RUNNING;
      if (!isOpen({ status })) throw invalid("status", "RUNNING or SCHEDULED", status);
      const given = { params: paramsOf(input.params), tags: tagsOf(input.tags) };
      const texts = runTexts(input);
      const experiment = await this.experiments.writable(tx, actor, input.experiment);
      if (input.runId != null && (await this.runs.findUnguarded(tx, runId)))
        throw alreadyExists(`run ${runId} exists already`, "runId");
      const parent = input.parentRunId == null ? null : await this.parentOf(tx, actor, input.parentRunId);
      const facts = {
        ...texts,
        runId,
        status,
        experimentId: experiment.nodeId,
        startedAt: input.startedAt ?? (status === RunStatus.RUNNING ? now : null),
        endedAt: null,
        startedBy: actor.node,
        createdAt: now,
        updatedAt: now,
        deletedAt: null,
      };
      const { commit, datasets } = input;
      const sources = { ...(commit ? { commit } : {}), ...(datasets ? { datasets } : {}) };
      const known = new Map(parent ? [[parent.runId, parent.nodeId]] : []);
      const arriving = { facts, given, parentRunId: parent?.runId ?? null, ...sources };
      const [run] = await this.arrival.arrive(tx, actor, [arriving], known);
      return { run: run!.nodeId };
    });
  }

  /**
   * Finds a run by its id, or makes it as it is told, within a transaction. Throws NOT_FOUND for one that the actor may
   * not read; what it may do to one that is found is not asked here.
   */
  async ensure(tx: Transaction, actor: Actor, told: ToldRun, field = "run"): Promise<Run> {
    const runId = runIdOf(`${field}.runId`, told.runId);
    const there = await this.runs.findUnguarded(tx, runId);
    if (there) {
      const absent = () => notFound(`run ${runId}`, `${field}.runId`);
      await mustWithin(tx, actor, "registry:read", [{ container: there.experimentId, absent }]);
      return there;
    }
    const experiment = await this.experiments.writable(tx, actor, told.experiment, `${field}.experiment`);
    const now = this.clock();
    const facts = {
      ...runTexts(told, `${field}.`),
      runId,
      status: told.status ?? RunStatus.FINISHED,
      experimentId: experiment.nodeId,
      startedAt: told.startedAt ?? null,
      endedAt: told.endedAt ?? null,
      startedBy: actor.node,
      createdAt: now,
      updatedAt: now,
      deletedAt: null,
    };
    const [run] = await this.arrival.arrive(tx, actor, [{ facts, given: {}, parentRunId: null }], new Map());
    return run!;
  }

  private async parentOf(tx: Transaction, actor: Actor, parentRunId: string): Promise<Run> {
    const parent = await this.runs.find(tx, actor, parentRunId);
    if (!parent) throw notFound(`run ${parentRunId}`, "parentRunId");
    if (parent.deletedAt !== null) {
      throw conflict(`run ${parent.runId} is deleted; restore it first`, "parentRunId");
    }
    return parent;
  }
}
