import type { StemmaClient } from "../client/client.ts";
import { gql } from "../client/document.ts";
import { Exit } from "./exit.ts";

export const versionIdDocument = gql`
  query VersionId($ref: VersionRef!) {
    modelVersion(ref: $ref) {
      id
    }
  }
`;

export const modelIdDocument = gql`
  query ModelId($name: String!) {
    model(name: $name) {
      id
    }
  }
`;

export const referenceHelp =
  "a model (fraud), a version of it (fraud@champion, fraud/7, fraud/v1.1.0, fraud/Production) or any id (mv_42)";

export const versionHelp = "a version: fraud@champion, fraud/7, fraud/v1.1.0, fraud/Staging or mv_42";

export const stageHelp = "such as Staging, Production or Archived, in any case";

/** fraud/7 of models:/fraud/7. */
export function plainName(uri: string): string {
  return uri.replace(/^models:\//, "");
}

export type Reference = "id" | "version" | "model";

/** What a person typed: model names hold neither / nor @. */
export function kindOf(reference: string): Reference {
  if (/^[a-z]{1,5}_[1-9][0-9]*$/.test(reference)) return "id";
  return /[/@]/.test(reference) ? "version" : "model";
}

/** The id behind a reference. Exits with 1 where there is no such thing. */
export async function idOf(client: StemmaClient, reference: string): Promise<string> {
  const kind = kindOf(reference);
  if (kind === "id") return reference;
  const found =
    kind === "version"
      ? (await client.query<{ modelVersion: { id: string } | null }>(versionIdDocument, { ref: reference }))
          .modelVersion
      : (await client.query<{ model: { id: string } | null }>(modelIdDocument, { name: reference })).model;
  if (!found) throw notThere(reference);
  return found.id;
}

export function notThere(reference: string): Exit {
  return new Exit(1, `${reference}: there is no such model or version`);
}
