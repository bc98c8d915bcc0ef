import { randomUUID } from "node:crypto";
import { unwrapResolverError } from "@apollo/server/errors";
import { GraphQLError, type GraphQLFormattedError } from "graphql";
import type { Logger } from "pino";
import { type ErrorCode, StemmaError } from "../kernel/errors.ts";
import type { Request } from "../kernel/request.ts";

const longestMessage = 900;

/** graphql-js guesses what was meant, also for those who may not read the schema. */
function withoutGuess(message: string): string {
  const guess = message.lastIndexOf(" Did you mean ");
  return guess >= 0 && message.endsWith("?") ? message.slice(0, guess) : message;
}

/** graphql-js repeats what came, however long it is. */
function shortened(message: string): string {
  if (message.length <= longestMessage) return message;
  return `${message.slice(0, longestMessage)}… (${message.length} characters)`;
}

/** Codes of top-level errors; where a refusal ends a query rather than being data, INVALID is the GraphQL world's BAD_USER_INPUT. */
function publicCode(code: ErrorCode): string {
  return code === "INVALID" ? "BAD_USER_INPUT" : code;
}

/**
 * The one translator of this door. A refusal keeps its sentence; GraphQL's own errors keep theirs; anything else is
 * logged under a reference, and the caller is given the reference only.
 */
export function formatError(
  formatted: GraphQLFormattedError,
  thrown: unknown,
  log: Logger,
  request?: Request,
): GraphQLFormattedError {
  const cause = unwrapResolverError(thrown);
  const { message, locations, path } = formatted;
  const place = { ...(locations ? { locations } : {}), ...(path ? { path } : {}) };
  if (cause instanceof StemmaError) {
    const argument = cause.inputPath ? { argumentPath: cause.inputPath } : {};
    return { message: cause.message, ...place, extensions: { code: publicCode(cause.code), ...argument } };
  }
  if (isOfGraphql(cause)) {
    const code = formatted.extensions?.code;
    // Apollo takes an argument that graphql-js refuses while executing for a fault of the server.
    const told = code === undefined || code === "INTERNAL_SERVER_ERROR" ? "BAD_USER_INPUT" : code;
    return { message: shortened(withoutGuess(message)), ...place, extensions: { code: told } };
  }
  const reference = randomUUID();
  log.error({ err: cause, reference, path, request: request?.id }, "a request failed");
  return {
    message: `Something went wrong here; reference ${reference}`,
    ...place,
    extensions: { code: "INTERNAL_SERVER_ERROR", reference },
  };
}

/**
 * A syntax, validation or coercion error: made by graphql-js itself of the caller's document, nothing of ours behind
 * it. What it says of a resolver's result has an error behind it, or no place in the document.
 */
function isOfGraphql(cause: unknown): boolean {
  if (!(cause instanceof GraphQLError)) return false;
  if (cause.originalError && !(cause.originalError instanceof GraphQLError)) return false;
  const isPlaced = (cause.nodes?.length ?? 0) > 0 || cause.source !== undefined;
  return isPlaced || cause.extensions.code !== undefined;
}
