import { z } from "zod";
import type { Repetition } from "../kernel/repetition.ts";
import type { Request } from "../kernel/request.ts";
import { RunStatus } from "../tracking/run.entity.ts";
import type { CreateRunInput } from "../tracking/run.inputs.ts";
import type { RunService } from "../tracking/run.service.ts";
import type { RunCreationService } from "../tracking/run-creation.service.ts";
import { type Endpoint, endpoint, makingEndpoint } from "./endpoint.ts";
import { experimentNumbered, mustBeActive } from "./experiments.ts";
import { runTagOf } from "./keys.rules.ts";
import { badParameter } from "./mlflow-error.ts";
import { emptiableText, instant, missingParameter, oneOf, tags, text } from "./parameters.ts";
import { commitIn, withoutCredentials } from "./repository.rules.ts";
import { nameTag, userTag } from "./run.mapping.ts";
import { inventedName } from "./run-names.ts";
import type { RunReads } from "./run-reads.ts";
import { ofRun } from "./run-refusals.ts";

const made = z.object({
  experiment_id: text,
  user_id: text,
  run_name: text,
  start_time: instant,
  tags,
});
// `run_uuid` is what MLflow called it before.
export const ofOneRun = z.object({ run_id: text, run_uuid: text });
const changed = ofOneRun.extend({
  status: oneOf([null, ...Object.values(RunStatus)]),
  end_time: instant,
  run_name: emptiableText,
});

/** `runs/create`, `update`, `delete`, `restore`, `get`. */
export class Runs {
  constructor(
    private readonly reads: RunReads,
    private readonly creation: RunCreationService,
    private readonly service: RunService,
  ) {}

  endpoints(): Endpoint[] {
    return [
      makingEndpoint("run", "runs/create", made, (request, given, repetition) =>
        this.create(request, given, repetition),
      ),
      endpoint("POST", "runs/update", changed, (request, given) => this.update(request, given)),
      endpoint("POST", "runs/delete", ofOneRun, async (request, given) => {
        const runId = runIdIn(given);
        await ofRun(runId, () => this.service.delete(request.actor, { runId }));
        return {};
      }),
      endpoint("POST", "runs/restore", ofOneRun, async (request, given) => {
        const runId = runIdIn(given);
        await ofRun(runId, () => this.service.restore(request.actor, { runId }));
        return {};
      }),
      endpoint("GET", "runs/get", ofOneRun, async (request, given) => {
        const run = await this.reads.find(request, runIdIn(given));
        return { run: await this.reads.whole(request, run) };
      }),
    ];
  }

  private async create(
    request: Request,
    given: z.output<typeof made>,
    repetition?: Repetition,
  ): Promise<object> {
    const { experiments } = this.reads.loaders;
    const experiment = await experimentNumbered(experiments, request, given.experiment_id ?? "0");
    mustBeActive(experiment);
    const told = new Map(
      given.tags.map(({ key, value = "" }, at) => {
        const tag = runTagOf(`tags[${at}].`, key, value);
        return [tag.key, tag.value];
      }),
    );
    const input = await this.inputOf(request, given, told);
    const { run } = await this.creation.create(request.actor, {
      ...input,
      experiment: experiment.id,
      repetition,
    });
    const now = await this.reads.now(request, run);
    return { run: await this.reads.whole(request, now) };
  }

  /** What tags of MLflow's own tell becomes what it is here: name, author, parent, commit, entry point. */
  private async inputOf(
    request: Request,
    { run_name, user_id, start_time }: z.output<typeof made>,
    tags: ReadonlyMap<string, string>,
  ): Promise<CreateRunInput> {
    const named = tags.get(nameTag);
    if (run_name && named && run_name !== named) {
      throw badParameter(
        `Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='${run_name}', mlflow.runName='${named}').`,
      );
    }
    const kept = [...tags].filter(([key]) => key !== nameTag && key !== userTag);
    const commit = commitIn(tags);
    const parentRunId = await this.parentOf(request, tags.get("mlflow.parentRunId"));
    const entryPoint = tags.get("mlflow.project.entryPoint") || tags.get("mlflow.source.name");
    return {
      name: run_name || named || inventedName(),
      startedAt: start_time ?? 0,
      attributedTo: tags.get(userTag) || user_id || null,
      tags: kept.map(([key, value]) => ({ key, value })),
      ...(parentRunId === null ? {} : { parentRunId }),
      ...(commit ? { commit } : {}),
      ...(entryPoint ? { entryPoint: withoutCredentials(entryPoint) } : {}),
    };
  }

  /** MLflow takes any text for a parent; one that is no run here stays a tag. */
  private async parentOf(request: Request, runId: string | undefined): Promise<string | null> {
    const parent = runId ? await this.reads.loaders.runs.byRunId(request, runId) : null;
    return parent && parent.deletedAt === null ? parent.runId : null;
  }

  private async update(request: Request, given: z.output<typeof changed>): Promise<object> {
    const runId = runIdIn(given);
    const { status, end_time: endedAt, run_name: name } = given;
    const isUnderWay = status === RunStatus.RUNNING || status === RunStatus.SCHEDULED;
    const { run } = await ofRun(runId, () =>
      this.service.update(request.actor, {
        runId,
        ...(name ? { name } : {}),
        ...(status ? { status } : {}),
        // What goes on has no end; MLflow's clients may tell one all the same.
        ...(endedAt === undefined || isUnderWay ? {} : { endedAt }),
      }),
    );
    return { run_info: await this.reads.info(request, await this.reads.now(request, run)) };
  }
}

/** Throws INVALID_PARAMETER_VALUE where there is none. */
export function runIdIn({ run_id, run_uuid }: { run_id?: string; run_uuid?: string }): string {
  const runId = run_id ?? run_uuid;
  if (runId !== undefined) return runId;
  throw missingParameter("run_id");
}
