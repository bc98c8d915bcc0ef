import { HeaderMap } from "@apollo/server";
import { GraphQLError } from "graphql";
import { type ErrorCode, StemmaError } from "../kernel/errors.ts";

const statuses: Partial<Record<ErrorCode, number>> = { RATE_LIMITED: 429 };

/** The actor has spent all that it may for now. */
export class RateLimited extends StemmaError {
  constructor(
    message: string,
    readonly retryAfterSeconds: number,
  ) {
    super("RATE_LIMITED", message);
  }
}

/** A refusal before an operation runs, for either door; Apollo takes the status and the headers from it. */
export function refusalOf(error: StemmaError): GraphQLError {
  const { code, message } = error;
  const headers = new HeaderMap();
  if (error instanceof RateLimited) headers.set("retry-after", String(error.retryAfterSeconds));
  const extensions: Record<string, unknown> = { code, http: { status: statuses[code] ?? 400, headers } };
  return new GraphQLError(message, { extensions });
}
