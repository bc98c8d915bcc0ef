import { canonical, sha256 } from "../kernel/canonical.ts";
import type { RegistryEvent } from "./event.entity.ts";

/** What the first event takes as the hash before it. */
export const genesisHash = "0".repeat(64);

export type ChainedFields = Omit<RegistryEvent, "hash" | "containerId" | "body" | "prevHash">;

/** Canonical JSON of everything but the body; 64-bit integers as strings. */
export function headerOf(event: ChainedFields): string {
  return canonical({
    actorId: event.actorId,
    attributedTo: event.attributedToHash,
    groupSeq: String(event.groupSeq),
    isImported: event.isImported,
    occurredAt: String(event.occurredAt),
    recordedAt: String(event.recordedAt),
    schemaVersion: event.schemaVersion,
    seq: String(event.seq),
    subjectId: event.subjectId,
    type: event.type,
  });
}

/** SHA-256 over the UTF-8 bytes of prevHash (64 hex digits), header and body, one after another. */
export function hashOf(prevHash: string, header: string, body: string): string {
  return sha256(prevHash, header, body);
}

/** How a free text stands in a body: only its salted hash, so the text can be erased. */
export function textHash(salt: string, text: string): string {
  return sha256(salt, text);
}
