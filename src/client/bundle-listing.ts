import { bundleDigestOf, problemOfPath } from "./bundle-paths.ts";
import type { StemmaClient } from "./client.ts";
import { gql } from "./document.ts";
import { StemmaClientError } from "./errors.ts";
import { type PatienceOptions, patiently } from "./patience.ts";

export const bundleDocument = gql`
  query VersionBundle($ref: VersionRef!) {
    modelVersion(ref: $ref) {
      id
      uri
      status
      statusMessage
      digest
    }
  }
`;

export const filesDocument = gql`
  query FilesOfVersion($ref: VersionRef!, $first: Int!, $after: String, $isEvidence: Boolean) {
    modelVersion(ref: $ref) {
      artifacts(first: $first, after: $after, isEvidence: $isEvidence) {
        id
        path
        isEvidence
        role
        sizeBytes
        sha256
        uri
        corruptAt
      }
    }
  }
`;

/** At most 100 ids. */
export const downloadsDocument = gql`
  query DownloadsOfFiles($ids: [ID!]!) {
    nodes(ids: $ids) {
      ... on Artifact {
        id
        downloadUrl
      }
    }
  }
`;

/** A file of a version, as the registry recorded it. */
export interface RecordedFile {
  id: string;
  path: string;
  /** Beside the bundle: no part of its digest. */
  isEvidence: boolean;
  role: string;
  sizeBytes: number;
  /** 64 hex digits. */
  sha256: string;
  /** Where it is, if elsewhere; the registry never saw its bytes. */
  uri: string | null;
  /** When its stored bytes were found to be wrong, RFC 3339. */
  corruptAt: string | null;
}

export interface RecordedVersion {
  id: string;
  /** Such as models:/fraud/7. */
  uri: string;
  /** Of its bundle, 64 hex digits; null where it has none. */
  digest: string | null;
  /** In order of their paths. */
  files: RecordedFile[];
}

const filesPerPage = 500;

/**
 * A version and its files; those of its bundle, and evidence where asked for. Holds the list to the digest and each path
 * to what may be written. Throws NOT_FOUND, CONFLICT where its bundle is not complete, DIGEST_MISMATCH, UNSAFE_PATH.
 */
export async function recordedVersion(
  client: StemmaClient,
  ref: string,
  { withEvidence = false, ...options }: PatienceOptions & { withEvidence?: boolean } = {},
): Promise<RecordedVersion> {
  const { modelVersion: version } = await client.query<{ modelVersion: VersionNow | null }>(bundleDocument, {
    ref,
  });
  if (!version) throw new StemmaClientError("NOT_FOUND", `${ref}: there is no such version`);
  if (version.digest === null && version.status === "PENDING") {
    throw new StemmaClientError("CONFLICT", `${ref} is PENDING: ${version.statusMessage ?? "not complete"}`);
  }
  const files: RecordedFile[] = [];
  for (let isMore = true; isMore; ) {
    // By its id: what a name stands for may change meanwhile.
    const variables = {
      ...{ ref: version.id, first: filesPerPage, after: files.at(-1)?.path ?? null },
      isEvidence: withEvidence ? null : false,
    };
    const page = await patiently(options, () =>
      client.query<{ modelVersion: { artifacts: RecordedFile[] } | null }>(filesDocument, variables),
    );
    const told = page.modelVersion?.artifacts ?? [];
    files.push(...told);
    isMore = told.length === filesPerPage;
  }
  for (const { path } of files) mustBeSafe(path);
  mustMakeDigest(version, files);
  return { id: version.id, uri: version.uri, digest: version.digest, files };
}

/** URLs by which files can be got now: artifact's id → URL, null where it cannot be got. At most 100 ids. */
export async function downloadUrls(
  client: StemmaClient,
  ids: readonly string[],
  options: PatienceOptions,
): Promise<Map<string, string | null>> {
  const { nodes } = await patiently(options, () =>
    client.query<{ nodes: ({ id: string; downloadUrl: string | null } | null)[] }>(downloadsDocument, {
      ids,
    }),
  );
  return new Map(nodes.flatMap((node) => (node ? [[node.id, node.downloadUrl] as const] : [])));
}

interface VersionNow extends Omit<RecordedVersion, "files"> {
  status: string;
  statusMessage: string | null;
}

function mustBeSafe(path: string): void {
  const problem = problemOfPath(path);
  if (problem)
    throw new StemmaClientError("UNSAFE_PATH", `${JSON.stringify(path)} cannot be written: ${problem}`);
}

function mustMakeDigest({ uri, digest }: VersionNow, files: readonly RecordedFile[]): void {
  if (digest === null) return;
  const found = bundleDigestOf(files.filter(({ isEvidence }) => !isEvidence));
  if (found === digest) return;
  throw new StemmaClientError(
    "DIGEST_MISMATCH",
    `${uri}: its files as they are listed make the digest ${found}; recorded is ${digest}`,
  );
}
