import type { StemmaClient } from "../client/client.ts";
import { gql } from "../client/document.ts";
import { mislabelled } from "./company/datasets.ts";
import { digestOf } from "./invention.ts";

/** Whatever serves: the version that came after the one that was rolled back. */
export const serving = "risk.fraud-detector/Production";

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
  query WhoLetItIn($serving: VersionRef!, $labels: [ID!]!) {
    modelVersion(ref: $serving) {
      uri
      semanticVersion
      aliases
      stage
      evidenceDigest
      transitions(first: 1) {
        nodes {
          at
          from
          actor {
            name
          }
          policyRevision
          request {
            id
            requestedBy {
              name
            }
            reason
          }
          approvals {
            reviewer {
              name
            }
            createdAt
            comment
            evidenceDigest
          }
          verdict {
            checks {
              name
              passed
              says
            }
            effects
          }
        }
      }
      lineage(
        direction: UPSTREAM
        first: 100
        kinds: [
          MODEL_VERSION
          RUN
          LOGGED_MODEL
          DATASET_VERSION
          COMMIT
          CARD
          VALIDATION
          TRANSITION_REQUEST
          APPROVAL
        ]
      ) {
        nodes {
          id
          kind
          containerLabel
          label
          node {
            ... on ModelVersion {
              stage
            }
            ... on Commit {
              message
            }
            ... on Approval {
              reviewer {
                name
              }
            }
            ... on TransitionRequest {
              status
              requestedBy {
                name
              }
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
    transitionRequests(first: 50) {
      nodes {
        id
        status
        isAfterReview
        modelVersion {
          uri
        }
        requestedBy {
          name
        }
        reason
        approvals {
          reviewer {
            name
          }
          decision
          comment
          isStale
        }
      }
    }
  }
`;

interface Named {
  name: string;
}

export interface PathNode {
  kind: string;
  containerLabel: string | null;
  label: string;
}

export interface LineageNode extends PathNode {
  id: string;
  /** Which of these is there depends on the kind. */
  node: {
    stage?: string;
    message?: string | null;
    reviewer?: Named;
    status?: string;
    requestedBy?: Named;
  } | null;
}

export interface LineageEdge {
  from: string;
  to: string;
  type: string;
  role: string | null;
}

/** The move that brought the version where it is. */
export interface Entry {
  at: string;
  from: string;
  actor: Named;
  policyRevision: number | null;
  request: { id: string; requestedBy: Named; reason: string | null } | null;
  approvals: {
    reviewer: Named;
    createdAt: string;
    comment: string | null;
    evidenceDigest: string;
  }[];
  verdict: { checks: { name: string; passed: boolean; says: string }[]; effects: string[] } | null;
}

export interface NamedVersion {
  uri: string;
  semanticVersion: string | null;
  aliases: string[];
}

export interface AskedFor {
  id: string;
  status: string;
  isAfterReview: boolean;
  modelVersion: { uri: string };
  requestedBy: Named;
  reason: string | null;
  approvals: { reviewer: Named; decision: string; comment: string | null; isStale: boolean }[];
}

export interface Answer {
  /** Null where nothing serves. */
  modelVersion:
    | (NamedVersion & {
        stage: string;
        evidenceDigest: string;
        transitions: { nodes: [Entry] };
        lineage: { nodes: LineageNode[]; edges: LineageEdge[]; isPartial: boolean };
      })
    | null;
  impact: { nodes: { degree: number; modelVersion: NamedVersion; path: { nodes: PathNode[] } }[] };
  transitionRequests: { nodes: AskedFor[] };
}

/** The id of the dataset version with the mistake. */
export async function mistakeIn(client: StemmaClient): Promise<string> {
  const { dataset } = await client.query<{
    dataset: { versions: { nodes: { id: string; digest: string }[] } };
  }>(mistakeDocument, { dataset: datasetName });
  return dataset.versions.nodes.find(({ digest }) => digest === digestOf(mislabelled))!.id;
}

/** Who let in what serves, on what evidence; what else the wrong labels reached; and what others have asked for. */
export function ask(client: StemmaClient, mistake: string): Promise<Answer> {
  return client.query<Answer>(questionDocument, variablesOf(mistake));
}

export function variablesOf(mistake: string): Record<string, unknown> {
  return { serving, labels: [mistake] };
}
