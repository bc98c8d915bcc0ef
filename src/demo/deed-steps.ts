import type { Calendar } from "./calendar.ts";
import { mailOf, models, versionOf } from "./company/company.ts";
import { deeds } from "./company/deeds.ts";
import type { DemoDeed } from "./company/shapes.ts";
import {
  createLoggedModelDocument,
  createRunDocument,
  finishRunDocument,
  logRunDocument,
  logVersionMetricsDocument,
  registerVersionDocument,
  setAliasDocument,
  setModelTagsDocument,
  transitionDocument,
  updateVersionDocument,
} from "./documents.ts";
import { hexOf } from "./invention.ts";
import { sourceOf } from "./past-steps.ts";
import type { Step } from "./steps.ts";
import { type DemoRun, loggedModelOf, measurementsOf, runsOf } from "./training.ts";

/** The tag that says that nothing is left to load. */
export const loadedTag = "demo-loaded";

/** What happened since the move to Stemma, each by the mutation that people and pipelines use for it. */
export function deedSteps(calendar: Calendar): Step[] {
  return deeds.flatMap((deed) => stepsOfDeed(deed, calendar));
}

/** The last step of all. */
export function loadedSteps(): Step[] {
  const [first] = models;
  const input = { model: first!.name, set: [{ key: loadedTag, value: "yes" }] };
  return [{ chapter: "done", document: setModelTagsDocument, input }];
}

function stepsOfDeed(deed: DemoDeed, calendar: Calendar): Step[] {
  if ("train" in deed) return trainingSteps(deed.train, calendar);
  if ("move" in deed) {
    const { move, from, to, comment, archiveExisting } = deed;
    const input = {
      version: move,
      to,
      expectedStage: from,
      comment,
      archiveExisting: archiveExisting ?? false,
    };
    return [{ chapter: "promotions", document: transitionDocument, input }];
  }
  if ("point" in deed) {
    const { point, of, to, from } = deed;
    const input = { model: of, alias: point, version: to, expectedVersion: from };
    return [{ chapter: "promotions", document: setAliasDocument, input }];
  }
  if ("measure" in deed) {
    const at = calendar.at(0.3, `measured ${deed.measure}`);
    const metrics = deed.metrics.map((metric) => ({ ...metric, at }));
    const input = { version: deed.measure, metrics };
    return [{ chapter: "measurements", document: logVersionMetricsDocument, input }];
  }
  const image = { uri: deed.image, digest: `sha256:${hexOf(deed.image, 64)}` };
  return [{ chapter: "images", document: updateVersionDocument, input: { version: deed.pack, image } }];
}

/** Runs begin, log, end; then their model is registered. */
function trainingSteps(reference: string, calendar: Calendar): Step[] {
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
  return [...runs.flatMap(runSteps), ...(version.isLogged ? [loggedModel] : []), registration];
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
