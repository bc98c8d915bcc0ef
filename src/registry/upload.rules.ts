import type { Incoming } from "../objects/object-store.ts";
import type { UploadFile } from "./upload.entity.ts";

/** Its bytes are to be sent for this upload, and were not read yet. */
export function awaitsReading({ storageKey, verifiedAt }: UploadFile): boolean {
  return storageKey !== null && verifiedAt === null;
}

/** Its bytes were there before: they are looked at, and hashed where that was long ago. */
export function isReused({ storageKey, blobId }: UploadFile): boolean {
  return storageKey === null && blobId !== null;
}

/** How the store knows a file that is to be sent. */
export function incomingOf(
  { sizeBytes, sha256, contentType }: UploadFile,
  key: string,
  ticket: string,
): Incoming {
  return { key, ticket, sizeBytes, sha256, contentType };
}
