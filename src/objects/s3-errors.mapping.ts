import { ObjectStoreError, type StoreTrouble } from "./object-store.ts";

/** What the SDK throws: an answer of the service has a status, an error of the network a code such as ECONNREFUSED. */
interface Failure {
  name?: string;
  code?: string;
  $metadata?: { httpStatusCode?: number };
}

/** A HEAD has no body, so its errors are known by status alone. */
const missing = new Set([
  "NoSuchKey",
  "NoSuchVersion",
  "NotFound",
  "NoSuchUpload",
  "InvalidPart",
  "InvalidPartOrder",
]);
/** Of Ceph, MinIO, SeaweedFS and Swift; AWS itself is never full. */
const full = new Set([
  "QuotaExceeded",
  "XMinioStorageFull",
  "XMinioAdminBucketQuotaExceeded",
  "InsufficientStorage",
  "ServiceQuotaExceededException",
]);
const wrongCredentials = new Set([
  "AccessDenied",
  "Forbidden",
  "InvalidAccessKeyId",
  "SignatureDoesNotMatch",
  "ExpiredToken",
  "InvalidToken",
]);

/** Names nothing but the code: the service's own sentences name keys, buckets and hosts. */
export function s3Trouble(error: unknown): ObjectStoreError {
  if (error instanceof ObjectStoreError) return error;
  const { name = "", code, $metadata } = (error ?? {}) as Failure;
  const status = $metadata?.httpStatusCode;
  const saying = (trouble: StoreTrouble, sentence: string) => new ObjectStoreError(trouble, sentence);
  if (name === "NoSuchBucket") return saying("AWAY", "the bucket is not there");
  // What was seen at the key a moment ago has been replaced.
  if (status === 412) return saying("MISSING", "what arrived has changed meanwhile");
  if (status === 416) return saying("MISSING", "no such bytes in the object");
  if (name === "EntityTooSmall")
    return saying("MISSING", "a part that is not the last is shorter than the object store takes");
  if (full.has(name) || status === 507) return saying("FULL", "the object store has no room left");
  if (missing.has(name) || status === 404) return saying("MISSING", "nothing is there");
  if (wrongCredentials.has(name) || status === 401 || status === 403) {
    return saying("AWAY", `the object store refuses our credentials (${name || status})`);
  }
  if (name === "CredentialsProviderError")
    return saying("AWAY", "no credentials for the object store are found");
  if (status !== undefined) return saying("AWAY", `the object store answers ${status} (${name})`);
  const networkCode = code ?? (/timeout|abort/i.test(name) ? "TIMEOUT" : null);
  if (networkCode) return saying("AWAY", `the object store does not answer (${networkCode})`);
  // Neither the service nor the network: a fault of ours, which the log should show.
  return new ObjectStoreError("AWAY", "the object store cannot be asked", { cause: error });
}

/** What `ask` answers; what it fails with as the port tells it. */
export async function told<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    throw s3Trouble(error);
  }
}

/** What `ask` answers; `otherwise` where nothing is there. */
export async function ifMissing<Answer>(otherwise: Answer, ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await told(ask);
  } catch (error) {
    if ((error as ObjectStoreError).trouble === "MISSING") return otherwise;
    throw error;
  }
}
