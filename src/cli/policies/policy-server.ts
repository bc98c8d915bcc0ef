import type { StemmaClient } from "../../client/client.ts";
import { gql } from "../../client/document.ts";
import { StemmaClientError, type UserError } from "../../client/errors.ts";
import { Exit } from "../exit.ts";
import type { Policy } from "./policy.ts";
import type { WantedPolicy } from "./policy-file.ts";

export const policiesDocument = gql`
  query Policies($stage: String) {
    policies(stage: $stage) {
      ...WholePolicy
    }
  }

  fragment WholePolicy on Policy {
    id
    model
    stage
    revision
    isSet
    updatedAt
    why
    approvalsNeeded
    isFourEyes
    approverRoles
    promoterRoles
    breakGlassRoles
    maxVersions
    onFull
    rollbackNeedsApproval
    rollbackAliases
    gates {
      kind
      metric
      dataset
      split
      slice
      compare {
        op
        value
        stage
        alias
        tolerance
      }
      roles
      key
      value
      formats
      withinDays
      compatibility
    }
  }
`;

export const setPolicyDocument = gql`
  mutation SetPolicy($input: SetPolicyInput!) {
    setPolicy(input: $input) {
      policy {
        ...WholePolicy
        viewerCanSet
      }
      userErrors {
        code
        message
        path
      }
    }
  }

  fragment WholePolicy on Policy {
    id
    model
    stage
    revision
    isSet
    updatedAt
    why
    approvalsNeeded
    isFourEyes
    approverRoles
    promoterRoles
    breakGlassRoles
    maxVersions
    onFull
    rollbackNeedsApproval
    rollbackAliases
    gates {
      kind
      metric
      dataset
      split
      slice
      compare {
        op
        value
        stage
        alias
        tolerance
      }
      roles
      key
      value
      formats
      withinDays
      compatibility
    }
  }
`;

/** Those that the caller may see, by stage and pattern. */
export async function policiesOf(client: StemmaClient, stage?: string): Promise<Policy[]> {
  return (await client.query<{ policies: Policy[] }>(policiesDocument, { stage })).policies;
}

/** Sets one or, for a dry run, only looks how it would be; and whether the caller may. */
export async function setPolicy(
  client: StemmaClient,
  input: object,
): Promise<{ policy: Policy; viewerCanSet: boolean }> {
  const { setPolicy: answer } = await client.mutate<{
    setPolicy: { policy: Policy & { viewerCanSet: boolean } };
  }>(setPolicyDocument, { input });
  const { viewerCanSet, ...policy } = answer.policy;
  return { policy, viewerCanSet };
}

const inTheFile = new Set(["INVALID", "NOT_FOUND", "LIMIT", "BAD_USER_INPUT"]);

/** What the server refuses, with the place of the file it speaks of. */
export async function blaming<T>({ place }: WantedPolicy, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof StemmaClientError) || error.errors.length === 0) throw error;
    const path = ((error.errors[0] as UserError).path ?? []).slice(1).join(".");
    const field = path === "" || error.message.startsWith(path) ? "" : `${path}: `;
    const message = `${place}: ${field}${error.message}`;
    if (inTheFile.has(error.code)) throw new Exit(2, message);
    throw new StemmaClientError(error.code, message, error.errors, { cause: error });
  }
}
