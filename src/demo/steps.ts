import { Calendar } from "./calendar.ts";
import { models } from "./company/company.ts";
import { datasets } from "./company/datasets.ts";
import { people } from "./company/people.ts";
import { repositories } from "./company/repositories.ts";
import { deedSteps, loadedSteps } from "./deed-steps.ts";
import { dataSteps, descentSteps, foundationSteps, pastSteps } from "./past-steps.ts";
import { failedRunsOf, runsOf } from "./training.ts";

/** One mutation. */
export interface Step {
  /** What a person is told meanwhile. */
  chapter: string;
  /** The person who does it; the administrator where nobody is named. */
  by?: string;
  document: string;
  input: Record<string, unknown>;
  /** The version that it files a request for. */
  files?: string;
  /** The version whose request, filed by an earlier step, it decides on. */
  decidesOn?: string;
}

/** The whole company as mutations, in order. The same for the same day, wherever and whenever it is asked. */
export function stepsOf(calendar: Calendar): Step[] {
  return [
    ...foundationSteps(calendar),
    ...dataSteps(calendar),
    ...pastSteps(calendar),
    ...descentSteps(calendar),
    ...deedSteps(calendar),
    ...loadedSteps(),
  ];
}

/** How much there is of what. */
export function tally() {
  const calendar = new Calendar("2026-01-01"); // any day has as much
  const sum = (counts: number[]) => counts.reduce((total, count) => total + count, 0);
  const ofModel = models.map((model) => [
    ...model.versions.flatMap((version) => runsOf(model, version, calendar)),
    ...failedRunsOf(model, calendar),
  ]);
  return {
    teams: new Set(models.map(({ team }) => team)).size,
    people: people.length,
    models: models.length,
    versions: sum(models.map(({ versions }) => versions.length)),
    runs: ofModel.flat().length + 1, // and the evaluation
    metricPoints: sum(ofModel.flat().map(({ metrics }) => metrics.length)),
    datasetVersions: sum(datasets.map(({ versions }) => versions.length)),
    commits: sum(repositories.map(({ commits }) => commits.length)),
  };
}

/** The same for people. */
export function companySize(): string {
  const { teams, people, versions, runs, metricPoints, datasetVersions, commits } = tally();
  const counts = `${teams} teams, ${people} people, ${models.length} models, ${versions} versions, ${runs} runs with ${metricPoints} metric points`;
  return `${counts}, ${datasetVersions} versions of ${datasets.length} datasets, ${commits} commits`;
}
