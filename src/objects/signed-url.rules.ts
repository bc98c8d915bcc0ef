// What a signed URL of the local store says. All of it is signed, letter by letter, so there is one way to write it.
import { isKey } from "./key.rules.ts";

/** A whole object may be sent. */
export interface WholeGrant {
  kind: "whole";
  key: string;
  sizeBytes: number;
  sha256: string;
  contentType: string;
  expiresAt: number;
}

/** One part of an object may be sent. */
export interface PartGrant {
  kind: "part";
  key: string;
  /** From 1. */
  number: number;
  sizeBytes: number;
  expiresAt: number;
}

/** An object may be read. */
export interface ReadGrant {
  kind: "read";
  key: string;
  fileName: string;
  contentType: string;
  expiresAt: number;
}

export type Grant = WholeGrant | PartGrant | ReadGrant;

export const blobsPath = "/blobs/";

/** The one method of a grant; HEAD asks as GET does. */
export function methodOf(kind: Grant["kind"]): "GET" | "PUT" {
  return kind === "read" ? "GET" : "PUT";
}

/** Path and query, as far as they are signed. */
export function targetOf(grant: Grant): string {
  const { kind, key, expiresAt, ...more } = grant;
  const entries = Object.entries({ do: kind, ...more, expires: expiresAt });
  return `${blobsPath}${key}?${new URLSearchParams(entries.map(([name, value]) => [name, String(value)]))}`;
}

/** What `targetOf` wrote. Null where it cannot have written this. */
export function grantOf(target: string): Grant | null {
  const [path = "", query = ""] = target.split("?");
  const key = path.slice(blobsPath.length);
  if (!path.startsWith(blobsPath) || !isKey(key)) return null;
  const told = Object.fromEntries(new URLSearchParams(query));
  const expiresAt = Number(told.expires);
  const sizeBytes = Number(told.sizeBytes);
  const { fileName = "", contentType = "", sha256 = "" } = told;
  switch (told.do) {
    case "whole":
      return { kind: "whole", key, sizeBytes, sha256, contentType, expiresAt };
    case "part":
      return { kind: "part", key, number: Number(told.number), sizeBytes, expiresAt };
    case "read":
      return { kind: "read", key, fileName, contentType, expiresAt };
    default:
      return null;
  }
}
