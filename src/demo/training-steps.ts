import type { Calendar } from "./calendar.ts";
import { mailOf, versionOf } from "./company/company.ts";
import {
  createLoggedModelDocument,
  createRunDocument,
  finishRunDocument,
  logRunDocument,
  registerVersionDocument,
} from "./documents.ts";
import { sourceOf } from "./past-steps.ts";
import type { Step } from "./steps.ts";
import { type DemoRun, loggedModelOf, measurementsOf, runsOf } from "./training.ts";

/** Runs begin, log, end; then their model is registered: all of it by who trains. */
export function trainingSteps(reference: string, calendar: Calendar): Step[] {
  const { model, version, number } = versionOf(reference);
  const runs = runsOf(model, version, calendar);
  const maker = runs.at(-1)!;
  const logged = loggedModelOf(model, version);
  const registration: Step = {
    chapter: "new versions",
    document: registerVersionDocument,
    input: {
      model: model.name,
      runId: maker.runId,
      ...(version.isLogged ? { loggedModelId: logged.modelId } : {}),
      source: sourceOf(model, version),
      description: version.says,
      semanticVersion: version.semantic,
      framework: version.framework,
      format: version.format,
      signature: model.signature,
      metrics: measurementsOf(model, version, maker.endedAt),
      parents: version.parents ?? [],
      tags: [{ key: "trained-by", value: mailOf(version.by) }],
      externalId: `kestrel:${model.name}/${number}`,
    },
  };
  const loggedModel: Step = {
    chapter: "new runs",
    document: createLoggedModelDocument,
    input: { ...logged, runId: maker.runId },
  };
  const steps = [...runs.flatMap(runSteps), ...(version.isLogged ? [loggedModel] : []), registration];
  return steps.map((step) => ({ by: version.by, ...step }));
}

function runSteps({ status, endedAt, metrics, data, ...run }: DemoRun): Step[] {
  const { runId } = run;
  const steps: Step[] = [
    { chapter: "new runs", document: createRunDocument, input: { ...run, datasets: data } },
  ];
  if (metrics.length > 0)
    steps.push({ chapter: "new runs", document: logRunDocument, input: { runId, metrics } });
  steps.push({ chapter: "new runs", document: finishRunDocument, input: { runId, status, endedAt } });
  return steps;
}
