import { z } from "zod";
import { StemmaError } from "../kernel/errors.ts";
import type { Repetition } from "../kernel/repetition.ts";
import type { Request } from "../kernel/request.ts";
import type { Experiment } from "../tracking/experiment.entity.ts";
import type { ExperimentLoaders } from "../tracking/experiment.loaders.ts";
import type { ExperimentService } from "../tracking/experiment.service.ts";
import type { FactLoaders } from "../tracking/fact.loaders.ts";
import { type Endpoint, endpoint, makingEndpoint } from "./endpoint.ts";
import { experimentFilterOf, experimentOf, experimentOrderOf } from "./experiment.mapping.ts";
import { experimentNameOf, experimentTagOf } from "./keys.rules.ts";
import { absent, badParameter, MlflowError } from "./mlflow-error.ts";
import { nextTokenOf, resultsWanted, sliceFrom } from "./pages.ts";
import { emptiableText, listOf, requiredText, tags, text, viewType, whole } from "./parameters.ts";
import { listOrNothing } from "./registered-model.mapping.ts";

const numbered = z.object({ experiment_id: requiredText });
const tagged = numbered.extend({ key: requiredText, value: emptiableText });
const made = z.object({ name: requiredText, artifact_location: text, tags });
const sought = z.object({
  view_type: viewType,
  max_results: whole,
  order_by: listOf(requiredText),
  filter: text,
  page_token: text,
});

/** `experiments/…`, by the number that MLflow's clients know them by. */
export class Experiments {
  constructor(
    private readonly loaders: ExperimentLoaders,
    private readonly facts: FactLoaders,
    private readonly service: ExperimentService,
  ) {}

  endpoints(): Endpoint[] {
    return [
      makingEndpoint("experiment", "experiments/create", made, (request, given, repetition) =>
        this.create(request, given, repetition),
      ),
      endpoint("GET", "experiments/get", numbered, async (request, { experiment_id }) =>
        this.answer(request, await this.find(request, experiment_id)),
      ),
      endpoint(
        "GET",
        "experiments/get-by-name",
        z.object({ experiment_name: requiredText }),
        (request, given) => this.byName(request, given.experiment_name),
      ),
      endpoint("POST", "experiments/delete", numbered, async (request, { experiment_id }) => {
        const { id } = await this.find(request, experiment_id, "active");
        await this.service.delete(request.actor, { experiment: id });
        return {};
      }),
      endpoint("POST", "experiments/restore", numbered, async (request, { experiment_id }) => {
        const { id } = await this.find(request, experiment_id, "deleted");
        await this.service.restore(request.actor, { experiment: id });
        return {};
      }),
      endpoint("POST", "experiments/update", numbered.extend({ new_name: requiredText }), (request, given) =>
        this.rename(request, given),
      ),
      endpoint("POST", "experiments/set-experiment-tag", tagged, (request, given) =>
        this.tag(request, given),
      ),
      endpoint("POST", "experiments/delete-experiment-tag", tagged, (request, given) =>
        this.untag(request, given),
      ),
      endpoint(["POST", "GET"], "experiments/search", sought, (request, given) =>
        this.search(request, given),
      ),
    ];
  }

  private async create(
    request: Request,
    given: z.output<typeof made>,
    repetition?: Repetition,
  ): Promise<object> {
    const { artifact_location } = given;
    const name = experimentNameOf(given.name);
    if (artifact_location && !artifact_location.startsWith("mlflow-artifacts:")) {
      const why = "artifacts are kept by this server; leave it out";
      throw badParameter(`Invalid value for parameter 'artifact_location' supplied: ${why}`);
    }
    const checked = given.tags.map(({ key, value = "" }) => experimentTagOf(key, value));
    const { experiment } = await named(name, () =>
      this.service.create(request.actor, { name, tags: checked, repetition }),
    );
    const made = await this.loaders.byId(request, experiment);
    if (!made) throw absent("No such experiment");
    return { experiment_id: made.experimentId };
  }

  /** The living one of this name, else the last that was deleted: its client says what to do then. */
  private async byName(request: Request, name: string): Promise<object> {
    const { loaders } = this;
    const found = (await loaders.byName(request, name)) ?? (await loaders.deletedByName(request, name));
    if (!found) throw absent(`Could not find experiment with name '${name}'`);
    return this.answer(request, found);
  }

  private async rename(
    request: Request,
    { experiment_id, new_name }: { experiment_id: string; new_name: string },
  ): Promise<object> {
    const name = experimentNameOf(new_name);
    const { id, deletedAt } = await this.find(request, experiment_id);
    if (deletedAt !== null) throw new MlflowError("INVALID_STATE", "Cannot rename a non-active experiment.");
    await named(name, () => this.service.update(request.actor, { experiment: id, name }));
    return {};
  }

  private async tag(
    request: Request,
    { experiment_id, key, value }: z.output<typeof tagged>,
  ): Promise<object> {
    const tag = experimentTagOf(key, value ?? "");
    const experiment = await this.find(request, experiment_id);
    mustBeActive(experiment);
    await this.service.update(request.actor, { experiment: experiment.id, setTags: [tag] });
    return {};
  }

  private async untag(request: Request, { experiment_id, key }: z.output<typeof tagged>): Promise<object> {
    const experiment = await this.find(request, experiment_id);
    mustBeActive(experiment);
    const held = await this.facts.tags(request, experiment.nodeId);
    if (!held.some((tag) => tag.key === key))
      throw absent(`No tag with name: ${key} in experiment with id ${experiment_id}`);
    await this.service.update(request.actor, { experiment: experiment.id, deleteTags: [key] });
    return {};
  }

  private async search(request: Request, given: z.output<typeof sought>): Promise<object> {
    const slice = sliceFrom(resultsWanted(given.max_results ?? 0), given.page_token);
    const filter = experimentFilterOf(given.filter, given.view_type);
    const page = await this.loaders.page(request, filter, experimentOrderOf(given.order_by), slice);
    const experiments = await Promise.all(page.nodes.map((one) => this.shown(request, one)));
    return { experiments: listOrNothing(experiments), next_page_token: nextTokenOf(page) };
  }

  private async answer(request: Request, experiment: Experiment): Promise<object> {
    return { experiment: await this.shown(request, experiment) };
  }

  private async shown(request: Request, experiment: Experiment): Promise<object> {
    return experimentOf(experiment, await this.facts.tags(request, experiment.nodeId));
  }

  private find(request: Request, experimentId: string, stage?: "active" | "deleted"): Promise<Experiment> {
    return experimentNumbered(this.loaders, request, experimentId, stage);
  }
}

/** Throws RESOURCE_DOES_NOT_EXIST, for one that is not in this stage, too. */
export async function experimentNumbered(
  loaders: ExperimentLoaders,
  request: Request,
  experimentId: string,
  stage?: "active" | "deleted",
): Promise<Experiment> {
  if (!/^[0-9]+$/.test(experimentId)) {
    throw badParameter(`Invalid experiment ID '${experimentId}'. Experiment ID must be a valid integer.`);
  }
  const number = experimentId.replace(/^0+(?=[0-9])/, "");
  const found = await loaders.byExperimentId(request, number);
  const isThere = found && (stage === undefined || (stage === "deleted") === (found.deletedAt !== null));
  if (!isThere) throw absent(`No Experiment with id=${number} exists`);
  return found;
}

/** Throws INVALID_PARAMETER_VALUE for one that is deleted. */
export function mustBeActive({ experimentId, deletedAt }: Experiment): void {
  if (deletedAt === null) return;
  throw badParameter(
    `The experiment ${experimentId} must be in the 'active' state. Current state is deleted.`,
  );
}

async function named<T>(name: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof StemmaError && error.code === "ALREADY_EXISTS")) throw error;
    throw new MlflowError("RESOURCE_ALREADY_EXISTS", `Experiment(name=${name}) already exists.`);
  }
}
