import { accessExamples } from "./access-examples.ts";
import { type Example, runIdOf } from "./example.ts";
import { governanceExamples } from "./governance-examples.ts";
import { registryExamples } from "./registry-examples.ts";
import { retentionExamples } from "./retention-examples.ts";
import { trackingExamples } from "./tracking-examples.ts";
import { uploadExamples } from "./upload-examples.ts";

/** Every mutation of the schema has at least one row: a test fails for one that has none. */
export const examples: Example[] = [
  ...registryExamples,
  ...uploadExamples,
  ...retentionExamples,
  ...trackingExamples,
  ...accessExamples,
  ...governanceExamples,
  {
    mutation: "recordLineage",
    input: async (_, own) => ({
      nodes: [
        { ref: "data", datasetVersion: { name: own, digest: "1" } },
        { ref: "run", run: { runId: runIdOf(own) } },
      ],
      edges: [{ from: "data", to: "run", type: "CONSUMED", role: "train" }],
    }),
    events: ["dataset.created", "dataset_version.recorded", "run.created", "lineage.recorded"],
    again: "nothing",
  },
  {
    mutation: "importHistory",
    input: async (_, own) => ({
      batch: {
        source: own,
        models: [{ name: own, createdAt: "2025-01-01T00:00:00Z" }],
        versions: [
          { model: own, number: 3, externalId: own, createdAt: "2025-01-02T00:00:00Z", stage: "Production" },
        ],
        aliases: [{ model: own, alias: "champion", version: 3 }],
      },
    }),
    events: ["model.created", "version.registered", "stage.changed", "alias.set"],
    again: "nothing",
  },
];
