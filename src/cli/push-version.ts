// The version that `stemma push` pushes to: one that is there, or the next one, registered once for the same content.
import { createHash } from "node:crypto";
import type { FileToUpload } from "../client/bundle-upload.ts";
import type { StemmaClient } from "../client/client.ts";
import { gql } from "../client/document.ts";
import { Exit } from "./exit.ts";
import { notThere } from "./reference.ts";

export const pushedModelDocument = gql`
  query PushedModel($name: String!) {
    model(name: $name) {
      name
    }
  }
`;

export const pushedVersionDocument = gql`
  query PushedVersion($ref: VersionRef!) {
    modelVersion(ref: $ref) {
      id
      uri
      digest
      deletedAt
      model {
        name
      }
    }
  }
`;

export const heldFilesDocument = gql`
  query HeldFiles($ref: VersionRef!, $first: Int!, $after: String) {
    modelVersion(ref: $ref) {
      artifacts(first: $first, after: $after, isEvidence: true) {
        path
        sha256
      }
    }
  }
`;

export const registerDocument = gql`
  mutation RegisterPushed($input: RegisterModelVersionInput!) {
    registerModelVersion(input: $input) {
      modelVersion {
        id
        uri
        digest
        deletedAt
        model {
          name
        }
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export interface PushedVersion {
  id: string;
  uri: string;
  /** null while it has no bundle. */
  digest: string | null;
  deletedAt: string | null;
  model: { name: string };
}

/** What a registration says of a version, as the server takes it. */
export interface Registration {
  model: string;
  [field: string]: unknown;
}

/** Under the same key, what was registered within the last seven days is found again. */
const mostDeleted = 20;
const heldPerPage = 500;

/** Exits with 1 where there is no such model, before anything is read that may be long. */
export async function mustBeThere(client: StemmaClient, name: string): Promise<void> {
  const { model } = await client.query<{ model: unknown }>(pushedModelDocument, { name });
  if (!model) throw new Exit(1, `there is no model ${name}; --create-model makes it`);
}

/** The version that `--to` names: a number, or a reference to a version of this model. */
export async function versionAt(client: StemmaClient, model: string, to: string): Promise<PushedVersion> {
  const ref = /^\d+$/.test(to) ? `${model}/${to}` : to;
  const { modelVersion } = await client.query<{ modelVersion: PushedVersion | null }>(pushedVersionDocument, {
    ref,
  });
  if (!modelVersion) throw notThere(ref);
  if (modelVersion.model.name !== model) throw new Exit(2, `--to: expected a version of ${model}; got ${to}`);
  return modelVersion;
}

/** A key that is the same for the same content and the same words about it. */
export function keyOf(registration: Registration, files: readonly FileToUpload[]): string {
  const told = files.map(({ path, sha256, role }) => [path, sha256, role ?? null]);
  const sorted = Object.entries(registration).sort(([a], [b]) => (a < b ? -1 : 1));
  return `push-${createHash("sha256")
    .update(JSON.stringify([sorted, told]))
    .digest("hex")}`;
}

/** The version of this content: registered now, or by an earlier push of the same that may not have come to its end. */
export async function registered(
  client: StemmaClient,
  registration: Registration,
  key: string,
): Promise<PushedVersion> {
  for (let deleted = 0; deleted <= mostDeleted; deleted++) {
    // One that was deleted since is not to come back.
    const idempotencyKey = deleted === 0 ? key : `${key}-${deleted}`;
    const { registerModelVersion } = await client.mutate<{
      registerModelVersion: { modelVersion: PushedVersion | null };
    }>(registerDocument, { input: { ...registration, idempotencyKey } });
    const { modelVersion } = registerModelVersion;
    if (modelVersion && modelVersion.deletedAt === null) return modelVersion;
  }
  throw new Exit(
    1,
    "the versions that were registered for this were deleted too often; give another --idempotency-key",
  );
}

interface Held {
  path: string;
  sha256: string;
}

/** Files of evidence that a version has: path → SHA-256. */
export async function evidenceOf(client: StemmaClient, ref: string): Promise<Map<string, string>> {
  const held: Held[] = [];
  for (let isMore = true; isMore; ) {
    const variables = { ref, first: heldPerPage, after: held.at(-1)?.path ?? null };
    const { modelVersion } = await client.query<{ modelVersion: { artifacts: Held[] } | null }>(
      heldFilesDocument,
      variables,
    );
    const page = modelVersion?.artifacts ?? [];
    held.push(...page);
    isMore = page.length === heldPerPage;
  }
  return new Map(held.map(({ path, sha256 }) => [path, sha256]));
}
