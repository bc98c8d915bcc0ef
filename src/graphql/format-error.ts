import { randomUUID } from "node:crypto";
import { unwrapResolverError } from "@apollo/server/errors";
import { GraphQLError, type GraphQLFormattedError } from "graphql";
import type { Logger } from "pino";
import { type ErrorCode, StemmaError } from "../kernel/errors.ts";

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
): GraphQLFormattedError {
  const cause = unwrapResolverError(thrown);
  const { message, locations, path } = formatted;
  const place = { ...(locations ? { locations } : {}), ...(path ? { path } : {}) };
  if (cause instanceof StemmaError) {
    const argument = cause.inputPath ? { argumentPath: cause.inputPath } : {};
    return { message: cause.message, ...place, extensions: { code: publicCode(cause.code), ...argument } };
  }
  const code = formatted.extensions?.code;
  if (isOfGraphql(thrown, cause) && code !== "INTERNAL_SERVER_ERROR") {
    return { message, ...place, extensions: { code: code ?? "BAD_USER_INPUT" } };
  }
  const reference = randomUUID();
  log.error({ err: cause, reference, path }, "a request failed");
  return {
    message: `Something went wrong here; reference ${reference}`,
    ...place,
    extensions: { code: "INTERNAL_SERVER_ERROR", reference },
  };
}

/** A syntax, validation or coercion error: made by graphql-js itself, nothing of ours behind it. */
function isOfGraphql(thrown: unknown, cause: unknown): boolean {
  return (
    cause instanceof GraphQLError &&
    (cause === thrown || !cause.originalError || cause.originalError instanceof GraphQLError)
  );
}
