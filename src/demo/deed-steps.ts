import type { Calendar } from "./calendar.ts";
import { models } from "./company/company.ts";
import { deeds } from "./company/deeds.ts";
import type { DemoDeed } from "./company/shapes.ts";
import {
  logVersionMetricsDocument,
  recordValidationDocument,
  requestTransitionDocument,
  reviewTransitionDocument,
  rollbackDocument,
  setAliasDocument,
  setCardDocument,
  setModelTagsDocument,
  setPolicyDocument,
  transitionDocument,
  updateVersionDocument,
} from "./documents.ts";
import { hexOf } from "./invention.ts";
import type { Step } from "./steps.ts";
import { trainingSteps } from "./training-steps.ts";

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

const served = "Production";

function stepsOfDeed(deed: DemoDeed, calendar: Calendar): Step[] {
  if ("train" in deed) return trainingSteps(deed.train, calendar);
  if ("guard" in deed) {
    const input = { model: deed.guard, stage: served, ...deed.policy };
    return [{ chapter: "policies", document: setPolicyDocument, input }];
  }
  return [{ by: deed.by, ...stepOfPerson(deed, calendar) }];
}

type PersonalDeed = Extract<DemoDeed, { by: string }>;

function stepOfPerson(deed: PersonalDeed, calendar: Calendar): Step {
  if ("move" in deed) {
    const { move, from, to, archiveExisting = false } = deed;
    const why = "emergency" in deed ? { breakGlass: { reason: deed.emergency } } : { comment: deed.comment };
    const input = { version: move, to, expectedStage: from, archiveExisting, ...why };
    return { chapter: "promotions", document: transitionDocument, input };
  }
  if ("point" in deed) {
    const { point, of, to, from } = deed;
    const input = { model: of, alias: point, version: to, expectedVersion: from };
    return { chapter: "promotions", document: setAliasDocument, input };
  }
  if ("measure" in deed) {
    const at = calendar.at(0.3, `measured ${deed.measure}`);
    const metrics = deed.metrics.map((metric) => ({ ...metric, at }));
    const input = { version: deed.measure, metrics };
    return { chapter: "measurements", document: logVersionMetricsDocument, input };
  }
  if ("pack" in deed) {
    const image = { uri: deed.image, digest: `sha256:${hexOf(deed.image, 64)}` };
    return { chapter: "images", document: updateVersionDocument, input: { version: deed.pack, image } };
  }
  if ("document" in deed) {
    const input = { version: deed.document, card: deed.card };
    return { chapter: "cards", document: setCardDocument, input };
  }
  if ("validate" in deed) {
    const { validate: version, validator, organisation, scope } = deed;
    const reportDigest = `sha256:${hexOf(`report on ${version}`, 64)}`;
    const input = { version, validator, organisation, scope, reportDigest };
    return { chapter: "validations", document: recordValidationDocument, input };
  }
  if ("ask" in deed) {
    const { ask: version, archiveExisting = false, reason } = deed;
    const input = { version, to: served, archiveExisting, reason };
    return { chapter: "requests", document: requestTransitionDocument, input, files: version };
  }
  if ("review" in deed) {
    const { review, decision, comment } = deed;
    const input = { decision, comment };
    return { chapter: "reviews", document: reviewTransitionDocument, input, decidesOn: review };
  }
  const { takeBack: model, reason } = deed;
  return { chapter: "rollback", document: rollbackDocument, input: { model, stage: served, reason } };
}
