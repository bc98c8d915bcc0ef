import type { StemmaClient } from "../client/client.ts";
import { gql } from "../client/document.ts";
import { mislabelled } from "./company/datasets.ts";
import { digestOf } from "./invention.ts";

/** The version whose ancestry is told: a support model, two teams away from the mistake. */
export const affected = "support.ticket-router@champion";

const [datasetName] = mislabelled.split(":") as [string];

export const mistakeDocument = gql`
  query DemoMistake($dataset: String!) {
    dataset(name: $dataset) {
      versions(first: 100) {
        nodes {
          id
          digest
        }
      }
    }
  }
`;

export const questionDocument = gql`
  query WhatDidTheBadLabelsReach($labels: [ID!]!, $affected: VersionRef!) {
    impact(of: $labels, stages: ["Production"], first: 50) {
      nodes {
        degree
        modelVersion {
          uri
          semanticVersion
          aliases
        }
        path {
          nodes {
            kind
            containerLabel
            label
          }
        }
      }
    }
    modelVersion(ref: $affected) {
      lineage(direction: UPSTREAM, first: 100) {
        nodes {
          id
          kind
          containerLabel
          label
          node {
            ... on ModelVersion {
              stage
            }
            ... on Run {
              entryPoint
            }
            ... on LoggedModel {
              modelId
            }
            ... on DatasetVersion {
              source
            }
            ... on Commit {
              message
            }
          }
        }
        edges {
          from
          to
          type
          role
        }
        isPartial
      }
    }
  }
`;

export interface PathNode {
  kind: string;
  containerLabel: string | null;
  label: string;
}

export interface LineageNode extends PathNode {
  id: string;
  /** Which of these is there depends on the kind. */
  node: { stage?: string; message?: string | null } | null;
}

export interface LineageEdge {
  from: string;
  to: string;
  type: string;
  role: string | null;
}

export interface Answer {
  impact: {
    nodes: {
      degree: number;
      modelVersion: { uri: string; semanticVersion: string | null; aliases: string[] };
      path: { nodes: PathNode[] };
    }[];
  };
  modelVersion: { lineage: { nodes: LineageNode[]; edges: LineageEdge[]; isPartial: boolean } };
}

/** The id of the dataset version with the mistake. */
export async function mistakeIn(client: StemmaClient): Promise<string> {
  const { dataset } = await client.query<{
    dataset: { versions: { nodes: { id: string; digest: string }[] } };
  }>(mistakeDocument, { dataset: datasetName });
  return dataset.versions.nodes.find(({ digest }) => digest === digestOf(mislabelled))!.id;
}

/** Which production versions the wrong labels reached, and how one of them came by them. */
export function ask(client: StemmaClient, mistake: string): Promise<Answer> {
  return client.query<Answer>(questionDocument, variablesOf(mistake));
}

export function variablesOf(mistake: string): Record<string, unknown> {
  return { labels: [mistake], affected };
}
