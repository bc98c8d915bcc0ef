import { hash } from "node:crypto";
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  validate,
} from "graphql";
import { LRUCache } from "lru-cache";
import type { StemmaError } from "../kernel/errors.ts";
import { type DocumentLimits, excessOf, mostErrors } from "./limits.ts";
import { refusalOf } from "./refusal.ts";

const mostKept = 2_000;
const mostCharacters = 20_000_000;
const digestLength = 64;

/** What is known of a text: why it is refused, or that it is within limits and, once it was validated, its document. */
interface Known {
  excess: StemmaError | null;
  document: DocumentNode | null;
  characters: number;
}

/** Stands for one that is refused, so that nobody parses or validates it. */
const refused: DocumentNode = { kind: Kind.DOCUMENT, definitions: [] };

/** The digest by which a document is known: SHA-256 in hex. */
export function digestOf(text: string): string {
  return hash("sha256", text);
}

/** The documents that were asked lately, by the digest of their text: each is bounded, parsed and validated once. */
export class Documents {
  private readonly known = new LRUCache<string, Known>({
    max: mostKept,
    maxSize: mostCharacters,
    sizeCalculation: ({ characters }) => characters + digestLength,
  });

  /** Where Apollo looks for a document before it parses one; its keys end in the digest. */
  readonly store = {
    get: async (key: string): Promise<DocumentNode | undefined> => {
      const known = this.known.get(key.slice(-digestLength));
      return known?.excess ? refused : (known?.document ?? undefined);
    },
    set: async (key: string, document: DocumentNode): Promise<void> => {
      const known = this.known.get(key.slice(-digestLength));
      if (known) known.document = document;
    },
    delete: async (key: string): Promise<boolean> => this.known.delete(key.slice(-digestLength)),
  };

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly limits: DocumentLimits,
  ) {}

  /** Why this text is not even to be validated. */
  excessOf(digest: string, text: string): StemmaError | null {
    return this.look(digest, text).excess;
  }

  /** Parsed and validated, as Apollo does it; or the errors for which it is not to be run. */
  documentOf(text: string): DocumentNode | GraphQLError[] {
    const known = this.look(digestOf(text), text);
    if (known.excess) return [refusalOf(known.excess)];
    if (known.document) return known.document;
    let document: DocumentNode;
    try {
      document = parse(text);
    } catch (error) {
      return [coded("GRAPHQL_PARSE_FAILED", error as GraphQLError)];
    }
    const errors = validate(this.schema, document, specifiedRules, { maxErrors: mostErrors });
    if (errors.length > 0) return errors.map((error) => coded("GRAPHQL_VALIDATION_FAILED", error));
    known.document = document;
    return document;
  }

  private look(digest: string, text: string): Known {
    const known = this.known.get(digest);
    if (known) return known;
    const excess = excessOf(text, this.limits);
    const made = { excess, document: null, characters: excess ? 0 : text.length };
    this.known.set(digest, made);
    return made;
  }
}

/** Which operation of a valid document is meant; or why none is. */
export function operationOf(
  document: DocumentNode,
  name: string | null | undefined,
): OperationDefinitionNode | GraphQLError {
  const operation = getOperationAST(document, name);
  if (operation) return operation;
  const message = name
    ? `operationName: the document holds no operation ${JSON.stringify(name)}`
    : "operationName: needed where a document holds several operations";
  return coded("OPERATION_RESOLUTION_FAILURE", new GraphQLError(message));
}

function coded(code: string, { message, nodes, source, positions }: GraphQLError): GraphQLError {
  return new GraphQLError(message, { nodes, source, positions, extensions: { code } });
}
