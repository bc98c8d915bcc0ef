import { readable } from "../db/readable.ts";
import { among, chunksOf, every, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { notFound } from "../kernel/errors.ts";
import { nameOf, nfc } from "../kernel/names.ts";
import type { ExperimentService } from "./experiment.service.ts";
import { metricsOf, paramsOf, tagsOf } from "./fact.rules.ts";
import type { GivenFacts } from "./facts.ts";
import { mustWithin } from "./guarding.ts";
import type { LoggedModel } from "./logged-model.entity.ts";
import type { ImportedLoggedModelInput } from "./logged-model.inputs.ts";
import { loggedModelColumns, loggedModelOfRow } from "./logged-model.query.ts";
import { loggedModelStatusOf, modelIdOf } from "./logged-model.rules.ts";
import type { LoggedModelWriter, NewLoggedModel } from "./logged-model-writer.ts";
import { runIdOf } from "./run.rules.ts";
import { mostImportedPoints } from "./run-import.rules.ts";

const keysPerQuery = 400;

interface Told {
  at: string;
  input: ImportedLoggedModelInput;
  modelId: string;
  given: Required<GivenFacts>;
}

/** Takes over logged models of history. */
export class LoggedModelImport {
  constructor(
    private readonly experiments: ExperimentService,
    private readonly writer: LoggedModelWriter,
    private readonly clock: Clock,
  ) {}

  /**
   * Makes the logged models that are not here and adds to those that are. Answers how many were new or gained something.
   * `at` names the list in refusals. Throws NOT_FOUND for an experiment or a run that is not here or
   * that the actor may not read, FORBIDDEN where it may not import.
   */
  async importIn(
    tx: Transaction,
    actor: Actor,
    inputs: readonly ImportedLoggedModelInput[],
    at = "batch.loggedModels",
  ): Promise<number> {
    const told = new Map<string, Told>();
    for (const [index, input] of inputs.entries()) {
      const one = toldModel(`${at}.${index}`, input);
      const first = told.get(one.modelId);
      if (first) first.given = joined(first.given, one.given);
      else told.set(one.modelId, one);
    }
    const here = await this.lock(tx, [...told.keys()]);
    const members = [...here.values()].map(({ modelId, experimentId: container }) => {
      return {
        container,
        absent: () => notFound(`logged model ${modelId}`, `${told.get(modelId)!.at}.modelId`),
      };
    });
    await mustWithin(tx, actor, "history:import", members);
    const fresh = [...told.values()].filter(({ modelId }) => !here.has(modelId));
    const created = await this.writer.create(tx, actor, await this.arriving(tx, actor, fresh), true);
    const known = [...here].map(([modelId, model]) => ({ model, given: told.get(modelId)!.given }));
    return created.length + (await this.writer.merge(tx, actor, known));
  }

  private async arriving(tx: Transaction, actor: Actor, fresh: readonly Told[]): Promise<NewLoggedModel[]> {
    const now = this.clock();
    const experiments = await this.experiments.byNames(
      tx,
      fresh.map(({ input }) => nfc(input.experiment)),
    );
    const runs = await this.runsOf(tx, actor, fresh);
    return fresh.map(({ at, input, modelId, given }) => {
      const { name, runId, attributedTo, createdAt, deletedAt = null } = input;
      const experiment = experiments.get(nfc(input.experiment));
      const absent = () => notFound(`experiment ${input.experiment}`, `${at}.experiment`);
      if (!experiment) throw absent();
      actor.must("history:import", experiment.scope, absent);
      const run = runId == null ? null : runs.get(runId);
      if (run === undefined) throw notFound(`run ${runId}`, `${at}.runId`);
      const madeAt = createdAt ?? now;
      const facts = {
        modelId,
        name: name ? nameOf(`${at}.name`, name) : null,
        runId: run,
        experimentId: experiment.nodeId,
        status: loggedModelStatusOf(`${at}.status`, input.status),
        attributedTo: attributedTo ? nameOf(`${at}.attributedTo`, attributedTo) : null,
        createdAt: madeAt,
        updatedAt: deletedAt ?? madeAt,
        deletedAt,
        step: null,
      };
      return { facts, given };
    });
  }

  private async lock(tx: Transaction, modelIds: string[]): Promise<Map<string, LoggedModel>> {
    const here = new Map<string, LoggedModel>();
    for (const some of chunksOf(modelIds.sort(), keysPerQuery)) {
      const rows = await tx.lock<object>(
        sql`SELECT ${loggedModelColumns} FROM logged_model l WHERE ${among(sql`l.modelId`, some)} ORDER BY l.modelId`,
      );
      for (const model of rows.map(loggedModelOfRow)) here.set(model.modelId, model);
    }
    return here;
  }

  private async runsOf(tx: Transaction, actor: Actor, fresh: readonly Told[]): Promise<Map<string, number>> {
    const wanted = [...new Set(fresh.map(({ input }) => input.runId).filter((runId) => runId != null))];
    const runs = new Map<string, number>();
    for (const some of chunksOf(wanted, keysPerQuery)) {
      const where = every([among(sql`r.runId`, some), ...readable(actor, sql`r.experimentId`)]);
      const rows = await tx.query<{ nodeId: number; runId: string }>(
        sql`SELECT r.id AS nodeId, r.runId FROM run r WHERE ${where}`,
      );
      for (const { nodeId, runId } of rows) runs.set(runId, nodeId);
    }
    return runs;
  }
}

function toldModel(at: string, input: ImportedLoggedModelInput): Told {
  if (input.runId != null) runIdOf(`${at}.runId`, input.runId);
  const given = {
    at,
    params: paramsOf(input.params, `${at}.params`),
    tags: tagsOf(input.tags, `${at}.tags`),
    metrics: metricsOf(input.metrics, input.createdAt ?? 0, mostImportedPoints, `${at}.metrics`),
  };
  return { at, input, modelId: modelIdOf(`${at}.modelId`, input.modelId), given };
}

function joined(first: Required<GivenFacts>, second: Required<GivenFacts>): Required<GivenFacts> {
  return {
    at: first.at,
    params: new Map([...second.params, ...first.params]),
    tags: new Map([...second.tags, ...first.tags]),
    metrics: [...first.metrics, ...second.metrics],
  };
}
