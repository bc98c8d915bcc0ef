import type { DemoRepository } from "./shapes.ts";

const risk: DemoRepository = {
  team: "risk",
  url: "https://git.kestrel.example/risk/models",
  commits: [
    {
      key: "risk-01",
      week: 59,
      by: "ines",
      message: "Train a logistic baseline for card fraud",
      parents: [],
    },
    { key: "risk-02", week: 56, by: "wanjiru", message: "Score applicants from bureau reports" },
    { key: "risk-03", week: 53, by: "ines", message: "Boost trees instead of the baseline" },
    { key: "risk-04", week: 48, by: "wanjiru", message: "Bin utilisation, monotone in delinquencies" },
    { key: "risk-05", week: 46, by: "tomasz", message: "Forecast daily chargebacks" },
    { key: "risk-06", week: 40, by: "ines", message: "Add merchant risk from the last 90 days" },
    { key: "risk-07", week: 37, by: "tomasz", message: "Give the forecast its holidays" },
    { key: "risk-08", week: 32, by: "wanjiru", message: "Calibrate scores per income band" },
    {
      key: "risk-09",
      week: 29,
      by: "tomasz",
      message: "Try a recurrent forecast",
      branch: "recurrent",
      parents: ["risk-07"],
    },
    { key: "risk-10", week: 25, by: "ines", message: "Move to histogram trees" },
    { key: "risk-11", week: 23, by: "ines", message: "Cap leaves: scoring must stay under 8 ms" },
    {
      key: "risk-12",
      week: 22,
      by: "tomasz",
      message: "Merge branch 'recurrent'",
      parents: ["risk-11", "risk-09"],
    },
    { key: "risk-13", week: 10, by: "dario", message: "Read the acquirer's new chargeback export" },
    { key: "risk-14", week: 9.3, by: "wanjiru", message: "Count prior disputes of an applicant" },
    { key: "risk-15", week: 2.2, by: "dario", message: "Keep refunds out of the chargeback export" },
    { key: "risk-16", week: 1.6, by: "ines", message: "Retrain everything that read the wrong labels" },
  ],
};

const support: DemoRepository = {
  team: "support",
  url: "https://git.kestrel.example/support/assistants",
  commits: [
    { key: "support-01", week: 52, by: "noor", message: "Pre-train a small text model", parents: [] },
    { key: "support-02", week: 50, by: "mateusz", message: "Route tickets by bag of words" },
    { key: "support-03", week: 42, by: "noor", message: "Fine-tune the text model to write replies" },
    { key: "support-04", week: 39, by: "yuki", message: "Rank replies with a linear scorer" },
    { key: "support-05", week: 34, by: "mateusz", message: "Distil the text model into the router" },
    { key: "support-06", week: 31, by: "yuki", message: "Rank with the text model's head" },
    { key: "support-07", week: 28, by: "noor", message: "Continue pre-training on the larger corpus" },
    { key: "support-08", week: 26, by: "mateusz", message: "Fine-tune the router on all queues" },
    { key: "support-09", week: 20, by: "noor", message: "Prefer the replies that agents kept" },
    { key: "support-10", week: 17, by: "yuki", message: "Distil the writer into the ranker" },
    {
      key: "support-11",
      week: 12,
      by: "noor",
      message: "Adapter for formal tone",
      branch: "tone",
      parents: ["support-09"],
    },
    {
      key: "support-12",
      week: 7.4,
      by: "mateusz",
      message: "Teach the router which disputes become chargebacks",
    },
    { key: "support-13", week: 6, by: "mateusz", message: "Quantise to eight bits for the edge" },
    {
      key: "support-14",
      week: 4.5,
      by: "noor",
      message: "Merge branch 'tone'",
      parents: ["support-13", "support-11"],
    },
    { key: "support-15", week: 1.4, by: "yuki", message: "Distil the ranker again, from the merged writer" },
  ],
};

export const repositories: readonly DemoRepository[] = [risk, support];
