// The models and versions that are exported, and what of them MLflow has no place for.
import type { StemmaClient } from "../../client/client.ts";
import { gql } from "../../client/document.ts";
import type { KeyValue } from "../../client/import-batch.ts";
import type { Page } from "../all-pages.ts";
import { eachOf } from "./records.ts";

export const exportedModelsDocument = gql`
  query ExportedModels($after: String) {
    models(first: 50, after: $after, orderBy: { field: NAME }) {
      nodes {
        id
        name
        description
        createdAt
        tags {
          key
          value
        }
        aliases {
          name
          modelVersion {
            number
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

/** Deleted ones, too: their numbers are never given again. */
export const exportedVersionsDocument = gql`
  query ExportedVersions($id: ID!, $after: String) {
    node(id: $id) {
      ... on Model {
        versions(
          first: 10
          after: $after
          filter: { includeDeleted: true }
          orderBy: { field: NUMBER, direction: ASC }
        ) {
          nodes {
            id
            number
            source
            description
            stage
            status
            semanticVersion
            digest
            createdAt
            deletedAt
            tags {
              key
              value
            }
            run {
              runId
            }
            commit {
              sha
            }
            params {
              key
            }
            metrics {
              key
            }
            datasets {
              isInferred
            }
            parents {
              relation
            }
            approvals {
              id
            }
            validations {
              id
            }
            card {
              id
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

export const exportedPoliciesDocument = gql`
  query ExportedPolicies {
    policies {
      stage
    }
  }
`;

export interface ExportedModel {
  id: string;
  name: string;
  description: string | null;
  createdAt: string;
  tags: KeyValue[];
  aliases: { name: string; modelVersion: { number: number } }[];
}

export interface ExportedVersion {
  id: string;
  number: number;
  source: string | null;
  description: string | null;
  stage: string;
  status: string;
  semanticVersion: string | null;
  /** Null while it has no files. */
  digest: string | null;
  createdAt: string;
  deletedAt: string | null;
  tags: KeyValue[];
  run: { runId: string } | null;
  commit: { sha: string } | null;
  params: unknown[];
  metrics: unknown[];
  datasets: { isInferred: boolean }[];
  parents: unknown[];
  approvals: unknown[];
  validations: unknown[];
  card: object | null;
}

/** Models that are not deleted, by name. */
export function modelsIn(client: StemmaClient): AsyncGenerator<ExportedModel> {
  return eachOf(async (after) => {
    const { models } = await client.query<{ models: Page<ExportedModel> }>(exportedModelsDocument, { after });
    return models;
  });
}

/** Versions of a model by number, deleted ones, too. */
export function versionsIn(client: StemmaClient, model: string): AsyncGenerator<ExportedVersion> {
  return eachOf(async (after) => {
    const { node } = await client.query<{ node: { versions: Page<ExportedVersion> } | null }>(
      exportedVersionsDocument,
      { id: model, after },
    );
    return node?.versions;
  });
}

export async function policyCountIn(client: StemmaClient): Promise<number> {
  return (await client.query<{ policies: unknown[] }>(exportedPoliciesDocument)).policies.length;
}
