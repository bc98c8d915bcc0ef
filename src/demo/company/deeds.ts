import type { DemoDeed } from "./shapes.ts";

/** The first days with Stemma: what was trained, measured, moved, and why. */
export const deeds: readonly DemoDeed[] = [
  { train: "support.reply-ranker/4" },
  { train: "support.reply-ranker/5" },
  {
    move: "support.reply-ranker/4",
    from: "None",
    to: "Staging",
    comment: "Two points better than 2.0.0 on every language we answer in.",
  },
  {
    move: "support.reply-ranker/5",
    from: "None",
    to: "Staging",
    comment: "Same order as 2.1.0 for 99.4 % of drafts, at a third of the cost. Taking this one instead.",
  },
  {
    move: "support.reply-ranker/4",
    from: "Staging",
    to: "Archived",
    comment: "2.1.1 is the same model in eight bits.",
  },
  {
    move: "support.reply-writer/5",
    from: "Staging",
    to: "Production",
    archiveExisting: true,
    comment: "Three weeks beside 2.0.0: agents keep 63 drafts of 100 instead of 59.",
  },
  { point: "champion", of: "support.reply-writer", from: 3, to: 5 },
  { train: "support.reply-writer/6" },
  {
    move: "support.reply-writer/6",
    from: "None",
    to: "Staging",
    comment: "For the small region only, until we know how four bits read in Polish.",
  },
  { point: "challenger", of: "support.reply-writer", from: 5, to: 6 },
  {
    move: "support.reply-ranker/5",
    from: "Staging",
    to: "Production",
    archiveExisting: true,
    comment: "Goes out together with the writer that it was distilled from.",
  },
  { point: "champion", of: "support.reply-ranker", from: 3, to: 5 },
  {
    measure: "risk.fraud-detector/8",
    metrics: [
      { key: "declined_share", value: 0.0412, split: "live" },
      { key: "declined_share", value: 0.0587, split: "live", slice: "channel=web" },
    ],
  },
  {
    measure: "risk.fraud-detector/6",
    metrics: [
      { key: "declined_share", value: 0.0138, split: "live" },
      { key: "declined_share", value: 0.0191, split: "live", slice: "channel=web" },
    ],
  },
  { train: "risk.fraud-detector/9" },
  { train: "risk.credit-scoring/7" },
  { train: "risk.chargeback-forecast/6" },
  {
    move: "risk.fraud-detector/9",
    from: "None",
    to: "Staging",
    comment: "Corrected labels. Declines 1.4 % in shadow, where 2.2.1 declines 4.1 %.",
  },
  { point: "challenger", of: "risk.fraud-detector", from: 0, to: 9 },
  {
    move: "risk.chargeback-forecast/6",
    from: "None",
    to: "Staging",
    comment:
      "Corrected series: the reserve comes down by two thirds. Finance wants to see a full week first.",
  },
  {
    move: "risk.credit-scoring/7",
    from: "None",
    to: "Staging",
    comment: "Corrected disputes.",
  },
  {
    move: "risk.credit-scoring/7",
    from: "Staging",
    to: "None",
    comment: "Sent back: calibration of the low income band is to be checked first.",
  },
  {
    pack: "risk.fraud-detector/8",
    image: "registry.kestrel.example/risk/fraud-detector:2.2.1",
  },
  {
    pack: "support.ticket-router/7",
    image: "registry.kestrel.example/support/ticket-router:3.0.1",
  },
];
