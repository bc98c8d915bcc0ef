import { z } from "zod";
import type { Request } from "../kernel/request.ts";
import type { Experiment } from "../tracking/experiment.entity.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { badParameter } from "./mlflow-error.ts";
import { mostResults, nextTokenOf, resultsWanted, sliceFrom } from "./pages.ts";
import { listOf, requiredText, text, viewType, whole } from "./parameters.ts";
import { listOrNothing } from "./registered-model.mapping.ts";
import type { RunReads } from "./run-reads.ts";
import { runFilterOf, runOrderOf } from "./run-search.mapping.ts";

const usualResults = 1_000;
/** Whole runs on one page, however many are asked for: the token leads on. */
const largestPage = 10_000;
const mostSearched = 20; // experiments, for their data

const sought = z.object({
  experiment_ids: listOf(requiredText),
  filter: text,
  run_view_type: viewType,
  max_results: whole.refine((count) => (count ?? 0) <= mostResults),
  order_by: listOf(requiredText),
  page_token: text,
});
const within = z.object({ experiment_ids: listOf(requiredText) });

/** `runs/search`, `experiments/search-datasets`. */
export class RunSearch {
  constructor(private readonly reads: RunReads) {}

  endpoints(): Endpoint[] {
    return [
      endpoint("POST", "runs/search", sought, (request, given) => this.search(request, given)),
      endpoint("POST", "experiments/search-datasets", within, (request, given) =>
        this.searchDatasets(request, given.experiment_ids),
      ),
    ];
  }

  private async search(request: Request, given: z.output<typeof sought>): Promise<object> {
    const wanted = resultsWanted(given.max_results ?? usualResults);
    const slice = sliceFrom(Math.min(wanted, largestPage), given.page_token);
    const filter = runFilterOf(given.filter, given.run_view_type);
    const order = runOrderOf(given.order_by);
    const experiments = await experimentsNumbered(this.reads, request, given.experiment_ids);
    const nodes = experiments.map(({ nodeId }) => nodeId);
    const page = await this.reads.loaders.runs.pageWithin(request, nodes, { filter, order, slice });
    const runs = await Promise.all(page.nodes.map((run) => this.reads.whole(request, run)));
    return { runs: listOrNothing(runs), next_page_token: nextTokenOf(page) };
  }

  private async searchDatasets(request: Request, experimentIds: readonly string[]): Promise<object> {
    const count = experimentIds.length;
    if (count === 0) throw badParameter("SearchDatasets request must specify at least one experiment_id.");
    if (count > mostSearched) {
      throw badParameter(
        `SearchDatasets request cannot specify more than ${mostSearched} experiment_ids. Received ${count} experiment_ids.`,
      );
    }
    const { datasets } = this.reads.loaders;
    const experiments = await experimentsNumbered(this.reads, request, experimentIds);
    const summaries = await Promise.all(
      experiments.map(async ({ nodeId, experimentId }) => {
        const uses = await datasets.usedWithin(request, nodeId);
        const declared = uses.filter(({ isInferred }) => !isInferred);
        const named = await Promise.all(
          declared.map(async ({ datasetVersionId, role }) => {
            const version = (await datasets.versionById(request, datasetVersionId))!;
            const dataset = (await datasets.byId(request, version.datasetId))!;
            const { digest } = version;
            return { experiment_id: experimentId, name: dataset.name, digest, context: role || undefined };
          }),
        );
        return named;
      }),
    );
    return { dataset_summaries: listOrNothing(summaries.flat()) };
  }
}

/** Those of these numbers that are there; the others have no runs. Throws INVALID_PARAMETER_VALUE for what is no number. */
export async function experimentsNumbered(
  { loaders }: RunReads,
  request: Request,
  experimentIds: readonly string[],
): Promise<Experiment[]> {
  const numbers = new Set(
    experimentIds.map((came) => {
      if (/^[0-9]+$/.test(came)) return came.replace(/^0+(?=[0-9])/, "");
      throw badParameter(`Invalid experiment ID '${came}'. Experiment ID must be a valid integer.`);
    }),
  );
  const found = [...numbers].map((number) => loaders.experiments.byExperimentId(request, number));
  return (await Promise.all(found)).filter((one) => one !== null);
}
