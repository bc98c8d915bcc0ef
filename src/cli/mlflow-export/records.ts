// What is exported, as the registry tells it: page by page.
import type { StemmaClient } from "../../client/client.ts";
import { gql } from "../../client/document.ts";
import type { KeyValue } from "../../client/import-batch.ts";
import type { Page } from "../all-pages.ts";

export const exportedExperimentsDocument = gql`
  query ExportedExperiments($after: String) {
    experiments(first: 50, after: $after, filter: { includeDeleted: true }, orderBy: { field: EXPERIMENT_ID }) {
      nodes {
        id
        name
        createdAt
        deletedAt
        tags {
          key
          value
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

export const exportedRunsDocument = gql`
  query ExportedRuns($id: ID!, $after: String) {
    node(id: $id) {
      ... on Experiment {
        runs(first: 25, after: $after, filter: { includeDeleted: true }, orderBy: { field: CREATED_AT }) {
          nodes {
            id
            runId
            name
            status
            startedAt
            endedAt
            deletedAt
            updatedAt
            attributedTo
            parent {
              runId
            }
            params {
              key
              value
            }
            tags {
              key
              value
            }
            metrics {
              key
            }
            loggedFiles(first: 1) {
              path
            }
            inputs {
              role
              isInferred
              datasetVersion {
                digest
                source
                schema
                profile
                dataset {
                  name
                }
              }
            }
          }
          pageInfo {
            hasNextPage
            endCursor
          }
        }
      }
    }
  }
`;

export const exportedHistoryDocument = gql`
  query ExportedHistory($runId: String!, $key: String!, $after: String) {
    run(runId: $runId) {
      metricHistory(key: $key, first: 1000, after: $after) {
        nodes {
          key
          value
          special
          step
          at
          dataset
          split
          slice
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`;

/** Whether a run has a point: of these there are few. */
export const pointsAtStepDocument = gql`
  query PointsAtStep($runId: String!, $key: String!, $step: BigInt!) {
    run(runId: $runId) {
      metricHistory(key: $key, first: 1000, fromStep: $step, toStep: $step) {
        nodes {
          value
          special
          at
        }
      }
    }
  }
`;

export const exportedLoggedModelsDocument = gql`
  query ExportedLoggedModels($after: String) {
    loggedModels(first: 25, after: $after, orderBy: { field: CREATED_AT }) {
      nodes {
        id
        modelId
        name
        status
        createdAt
        updatedAt
        attributedTo
        experiment {
          id
        }
        run {
          runId
          inputs {
            datasetVersion {
              digest
              dataset {
                name
              }
            }
          }
        }
        params {
          key
          value
        }
        tags {
          key
          value
        }
        metrics {
          key
          value
          special
          step
          at
          dataset
          split
          slice
        }
        versions {
          id
        }
        loggedFiles(first: 1) {
          path
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

export interface ExportedExperiment {
  id: string;
  name: string;
  createdAt: string;
  deletedAt: string | null;
  tags: KeyValue[];
}

export interface ExportedUse {
  role: string;
  isInferred: boolean;
  datasetVersion: {
    digest: string;
    source: string | null;
    schema: unknown;
    profile: unknown;
    dataset: { name: string };
  };
}

export interface ExportedRun {
  id: string;
  runId: string;
  name: string | null;
  status: string;
  startedAt: string | null;
  endedAt: string | null;
  deletedAt: string | null;
  updatedAt: string;
  attributedTo: string | null;
  parent: { runId: string } | null;
  params: KeyValue[];
  tags: KeyValue[];
  metrics: { key: string }[];
  inputs: ExportedUse[];
  /** The first one, where it has any. */
  loggedFiles: { path: string }[];
}

export interface ExportedPoint {
  key: string;
  value: number | null;
  special: "NAN" | "POSITIVE_INFINITY" | "NEGATIVE_INFINITY" | null;
  step: number | string;
  at: string;
  dataset: string | null;
  split: string | null;
  slice: string | null;
}

/** Which dataset a run read. */
export interface ReadDataset {
  datasetVersion: { digest: string; dataset: { name: string } };
}

export interface ExportedLoggedModel {
  id: string;
  modelId: string;
  name: string | null;
  status: string;
  createdAt: string;
  updatedAt: string;
  attributedTo: string | null;
  experiment: { id: string };
  run: { runId: string; inputs: ReadDataset[] } | null;
  params: KeyValue[];
  tags: KeyValue[];
  metrics: ExportedPoint[];
  versions: { id: string }[];
  /** The first one, where it has any. */
  loggedFiles: { path: string }[];
}

/** Page after page of a list, item by item. `read` answers null where what holds the list has gone. */
export async function* eachOf<T>(
  read: (after: string | null) => Promise<Page<T> | null | undefined>,
): AsyncGenerator<T> {
  for (let after: string | null = null; ; ) {
    const page: Page<T> | null | undefined = await read(after);
    if (!page) return;
    yield* page.nodes;
    if (!page.pageInfo.hasNextPage) return;
    after = page.pageInfo.endCursor;
  }
}

export function experimentsIn(client: StemmaClient): AsyncGenerator<ExportedExperiment> {
  return eachOf(async (after) => {
    const { experiments } = await client.query<{ experiments: Page<ExportedExperiment> }>(
      exportedExperimentsDocument,
      { after },
    );
    return experiments;
  });
}

/** Runs of an experiment, in the order they were made known. */
export function runsIn(client: StemmaClient, experiment: string): AsyncGenerator<ExportedRun> {
  return eachOf(async (after) => {
    const { node } = await client.query<{ node: { runs: Page<ExportedRun> } | null }>(exportedRunsDocument, {
      ...{ id: experiment, after },
    });
    return node?.runs;
  });
}

export function historyIn(client: StemmaClient, runId: string, key: string): AsyncGenerator<ExportedPoint> {
  return eachOf(async (after) => {
    const { run } = await client.query<{ run: { metricHistory: Page<ExportedPoint> } | null }>(
      exportedHistoryDocument,
      { runId, key, after },
    );
    return run?.metricHistory;
  });
}

/** Whether the run has this very point in the history of its own metrics. */
export async function hasPoint(client: StemmaClient, runId: string, point: ExportedPoint): Promise<boolean> {
  const { run } = await client.query<{ run: { metricHistory: { nodes: ExportedPoint[] } } | null }>(
    pointsAtStepDocument,
    { runId, key: point.key, step: point.step },
  );
  const isSame = ({ value, special, at }: ExportedPoint) =>
    value === point.value && special === point.special && at === point.at;
  return run?.metricHistory.nodes.some(isSame) ?? false;
}

export function loggedModelsIn(client: StemmaClient): AsyncGenerator<ExportedLoggedModel> {
  return eachOf(async (after) => {
    const { loggedModels } = await client.query<{ loggedModels: Page<ExportedLoggedModel> }>(
      exportedLoggedModelsDocument,
      { after },
    );
    return loggedModels;
  });
}
