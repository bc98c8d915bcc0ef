import { readFile } from "node:fs/promises";
import { StemmaError } from "../kernel/errors.ts";
import { digestOf } from "./documents.ts";

/** How a caller may say which document is meant. */
export interface Asked {
  query?: unknown;
  /** `sha256:` and the digest of the text. */
  documentId?: unknown;
  extensions?: unknown;
}

const variable = "STEMMA_TRUSTED_DOCUMENTS";

/** The only documents that run, where an operator has listed them. */
export class TrustedDocuments {
  constructor(private readonly texts: ReadonlyMap<string, string>) {}

  /** Reads a manifest: a JSON object of texts by the SHA-256 of each, in hex. Throws what is wrong with it. */
  static async read(path: string): Promise<TrustedDocuments> {
    let manifest: unknown;
    try {
      manifest = JSON.parse(await readFile(path, "utf8"));
    } catch (cause) {
      throw new Error(`${variable}: ${path} cannot be read as JSON: ${(cause as Error).message}`, { cause });
    }
    if (typeof manifest !== "object" || manifest === null || Array.isArray(manifest))
      throw new Error(`${variable}: ${path}: expected an object of documents by their SHA-256`);
    for (const [digest, text] of Object.entries(manifest)) {
      if (typeof text !== "string") throw new Error(`${variable}: ${path}: ${digest} is no text`);
      const found = digestOf(text);
      if (digest !== found)
        throw new Error(`${variable}: ${path}: ${digest} is not the SHA-256 of its text, which is ${found}`);
    }
    return new TrustedDocuments(new Map(Object.entries(manifest)));
  }

  /** The text that is meant. Throws UNTRUSTED_DOCUMENT. */
  textOf(asked: Asked): string {
    const digest = digestIn(asked);
    const text = digest === null ? undefined : this.texts.get(digest);
    if (text !== undefined) return text;
    const message =
      digest === null
        ? "only listed documents are run here: send documentId, sha256: and the digest of one"
        : `only listed documents are run here, and sha256:${digest} is none of them`;
    throw new StemmaError("UNTRUSTED_DOCUMENT", message);
  }
}

/** What is sent as text counts first: a digest beside it claims no more. */
function digestIn({ query, documentId, extensions }: Asked): string | null {
  if (typeof query === "string" && query !== "") return digestOf(query);
  if (typeof documentId === "string") return hexIn(documentId.replace(/^sha256:/, ""));
  const persisted = (extensions as { persistedQuery?: { sha256Hash?: unknown } } | null | undefined)
    ?.persistedQuery;
  return typeof persisted?.sha256Hash === "string" ? hexIn(persisted.sha256Hash) : null;
}

function hexIn(text: string): string | null {
  const digest = text.toLowerCase();
  return /^[0-9a-f]{64}$/.test(digest) ? digest : null;
}
