import { chargebackForecastCard, fraudDetectorCard, replyWriterCard } from "./cards.ts";
import type { DemoDeed } from "./shapes.ts";

/** What served when the company came to Stemma fails, and it is taken out: nobody guards production yet. */
const incident: readonly DemoDeed[] = [
  {
    measure: "risk.fraud-detector/8",
    metrics: [
      { key: "declined_share", value: 0.0412, split: "live" },
      { key: "declined_share", value: 0.0587, split: "live", slice: "channel=web" },
    ],
    by: "ines",
  },
  {
    measure: "risk.fraud-detector/6",
    metrics: [
      { key: "declined_share", value: 0.0138, split: "live" },
      { key: "declined_share", value: 0.0191, split: "live", slice: "channel=web" },
    ],
    by: "ines",
  },
  {
    takeBack: "risk.fraud-detector",
    reason: "2.2.1 declines three times as many payments as 2.1.0 did: it learned that refunds are fraud.",
    by: "nadia",
  },
  { point: "champion", of: "risk.fraud-detector", from: 8, to: 6, by: "nadia" },
];

/** From now on, nobody reaches production by accident. */
const policies: readonly DemoDeed[] = [
  { guard: "risk.*", policy: { preset: "GUARDED", approvalsNeeded: 2 } },
  {
    guard: "risk.fraud-detector",
    policy: {
      preset: "GUARDED",
      approvalsNeeded: 2,
      maxVersions: 1,
      onFull: "ARCHIVE_EXISTING",
      rollbackNeedsApproval: false,
      rollbackAliases: ["champion"],
      gates: [
        {
          kind: "METRIC",
          metric: "roc_auc",
          dataset: "risk.fraud-holdout",
          split: "test",
          compare: { op: "GE", stage: "Production", tolerance: 0.005 },
        },
        { kind: "METRIC", metric: "declined_share", split: "live", compare: { op: "LE", value: 0.02 } },
        { kind: "COMPATIBLE_SIGNATURE", compatibility: "BACKWARD" },
        { kind: "LINEAGE" },
        { kind: "CARD" },
        { kind: "VALIDATION", withinDays: 90 },
      ],
    },
  },
  {
    guard: "support.*",
    policy: {
      approvalsNeeded: 1,
      breakGlassRoles: ["MAINTAINER"],
      gates: [{ kind: "CARD" }, { kind: "SIGNATURE" }],
    },
  },
];

const supportDeeds: readonly DemoDeed[] = [
  { train: "support.reply-ranker/4" },
  { train: "support.reply-ranker/5" },
  {
    move: "support.reply-ranker/4",
    from: "None",
    to: "Staging",
    comment: "Two points better than 2.0.0 on every language we answer in.",
    by: "aoife",
  },
  {
    move: "support.reply-ranker/5",
    from: "None",
    to: "Staging",
    comment: "Same order as 2.1.0 for 99.4 % of drafts, at a third of the cost. Taking this one instead.",
    by: "aoife",
  },
  {
    move: "support.reply-ranker/4",
    from: "Staging",
    to: "Archived",
    comment: "2.1.1 is the same model in eight bits.",
    by: "aoife",
  },
  { document: "support.reply-writer/5", card: replyWriterCard, by: "noor" },
  {
    ask: "support.reply-writer/5",
    archiveExisting: true,
    reason: "Three weeks beside 2.0.0: agents keep 63 drafts of 100 instead of 59.",
    by: "aoife",
  },
  {
    review: "support.reply-writer/5",
    decision: "APPROVE",
    comment: "Read fifty of its drafts, in all four languages. Better manners, too.",
    by: "lena",
  },
  { point: "champion", of: "support.reply-writer", from: 3, to: 5, by: "aoife" },
  { train: "support.reply-writer/6" },
  {
    move: "support.reply-writer/6",
    from: "None",
    to: "Staging",
    comment: "For the small region only, until we know how four bits read in Polish.",
    by: "aoife",
  },
  { point: "challenger", of: "support.reply-writer", from: 5, to: 6, by: "aoife" },
  {
    move: "support.reply-ranker/5",
    from: "Staging",
    to: "Production",
    archiveExisting: true,
    emergency:
      "Goes with the writer that it was distilled from: 2.0.0 puts the new drafts last, and agents see none of them.",
    by: "aoife",
  },
  { point: "champion", of: "support.reply-ranker", from: 3, to: 5, by: "aoife" },
  {
    ask: "support.reply-writer/6",
    reason: "A quarter of the memory: the small region gets the new writer, too.",
    by: "aoife",
  },
  {
    review: "support.reply-writer/6",
    decision: "APPROVE",
    comment: "Good enough beside 2.2.0, as soon as its card says what it is for.",
    by: "lena",
  },
  // What was approved is no longer what is there.
  {
    measure: "support.reply-writer/6",
    metrics: [{ key: "kept_share", value: 0.41, split: "live", slice: "language=pl" }],
    by: "noor",
  },
];

const riskDeeds: readonly DemoDeed[] = [
  { train: "risk.fraud-detector/9" },
  { train: "risk.credit-scoring/7" },
  { train: "risk.chargeback-forecast/6" },
  {
    move: "risk.fraud-detector/9",
    from: "None",
    to: "Staging",
    comment: "Corrected labels. To run in shadow for a day.",
    by: "nadia",
  },
  {
    measure: "risk.fraud-detector/9",
    metrics: [
      { key: "declined_share", value: 0.0141, split: "live" },
      { key: "declined_share", value: 0.0188, split: "live", slice: "channel=web" },
    ],
    by: "ines",
  },
  {
    pack: "risk.fraud-detector/9",
    image: "registry.kestrel.example/risk/fraud-detector:2.3.0",
    by: "ines",
  },
  { document: "risk.fraud-detector/9", card: fraudDetectorCard, by: "ines" },
  {
    validate: "risk.fraud-detector/9",
    validator: "Greta Halden",
    organisation: "Halden Model Review",
    scope: "Labels, leakage, and who is declined",
    by: "petra",
  },
  {
    ask: "risk.fraud-detector/9",
    reason: "Corrected labels. Declines 1.4 % in shadow, where 2.2.1 declined 4.1 %.",
    by: "nadia",
  },
  {
    review: "risk.fraud-detector/9",
    decision: "APPROVE",
    comment: "The labels are those of the corrected export; I went through a week of refunds by hand.",
    by: "petra",
  },
  {
    review: "risk.fraud-detector/9",
    decision: "APPROVE",
    comment: "Validated from outside, and the declines are back to where they were.",
    by: "samir",
  },
  { point: "champion", of: "risk.fraud-detector", from: 6, to: 9, by: "nadia" },
  {
    move: "risk.chargeback-forecast/6",
    from: "None",
    to: "Staging",
    comment: "Corrected series: the reserve comes down by two thirds.",
    by: "nadia",
  },
  { document: "risk.chargeback-forecast/6", card: chargebackForecastCard, by: "tomasz" },
  {
    ask: "risk.chargeback-forecast/6",
    archiveExisting: true,
    reason: "The one in production books refunds as losses to come.",
    by: "nadia",
  },
  {
    review: "risk.chargeback-forecast/6",
    decision: "APPROVE",
    comment: "From my side. Finance wants to see a full week first: that is for Samir to say.",
    by: "petra",
  },
  {
    move: "risk.credit-scoring/7",
    from: "None",
    to: "Staging",
    comment: "Corrected disputes.",
    by: "nadia",
  },
  {
    ask: "risk.credit-scoring/7",
    archiveExisting: true,
    reason: "Every day the one in production turns applicants away for refunds.",
    by: "nadia",
  },
  {
    review: "risk.credit-scoring/7",
    decision: "REJECT",
    comment: "Calibration of the low income band is to be checked first.",
    by: "samir",
  },
  {
    move: "risk.credit-scoring/7",
    from: "Staging",
    to: "None",
    comment: "Sent back, as Samir asked.",
    by: "nadia",
  },
  {
    pack: "support.ticket-router/7",
    image: "registry.kestrel.example/support/ticket-router:3.0.1",
    by: "noor",
  },
];

/** The first days with Stemma: what was guarded, trained, measured, asked for, decided, moved, and why. */
export const deeds: readonly DemoDeed[] = [...incident, ...policies, ...supportDeeds, ...riskDeeds];
