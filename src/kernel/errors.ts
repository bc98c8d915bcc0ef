/**
 * The closed list of what can go wrong for a caller. A door translates codes to its own wire form;
 * anything that is not a StemmaError is a fault of ours and leaves the server as a reference only.
 */
export const errorCodes = [
  // What a caller can act on: data in `userErrors` of a mutation.
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "INVALID",
  "CONFLICT",
  "REFUSED_BY_POLICY",
  "APPROVAL_REQUIRED",
  "STALE",
  "LIMIT",
  "IDEMPOTENCY_MISMATCH",
  // What ends a request.
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "CURSOR_EXPIRED",
  "SLOW_CONSUMER",
  "COST_LIMIT_EXCEEDED",
  "RATE_LIMITED",
  "UNTRUSTED_DOCUMENT",
  "TIMEOUT",
  "UNAVAILABLE",
] as const;

export type ErrorCode = (typeof errorCodes)[number];

const endsRequest: ReadonlySet<ErrorCode> = new Set([
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "CURSOR_EXPIRED",
  "SLOW_CONSUMER",
  "COST_LIMIT_EXCEEDED",
  "RATE_LIMITED",
  "UNTRUSTED_DOCUMENT",
  "TIMEOUT",
  "UNAVAILABLE",
]);

/** A refusal with a code, a sentence for people, and the input field it speaks of. */
export class StemmaError extends Error {
  override readonly name = "StemmaError";

  constructor(
    readonly code: ErrorCode,
    message: string,
    /** Where in the input, e.g. `["metrics", "3", "value"]`. Not `path`: graphql-js would take that for its own. */
    readonly inputPath?: readonly string[],
  ) {
    super(message);
  }

  /** True where a mutation answers it as data rather than as a top-level error. */
  get isForUser(): boolean {
    return !endsRequest.has(this.code);
  }
}

/** What came, short enough to repeat to the caller. */
export function shown(came: unknown): string {
  const text = typeof came === "bigint" ? String(came) : String(JSON.stringify(came) ?? came);
  return text.length > 80 ? `${text.slice(0, 60)}… (${text.length} characters)` : text;
}

/** The field, what was expected there, what came. */
export function invalid(field: string, expected: string, came: unknown): StemmaError {
  return new StemmaError("INVALID", `${field}: expected ${expected}; got ${shown(came)}`, field.split("."));
}

const longestWhat = 300;

export function notFound(what: string, field?: string): StemmaError {
  const named =
    what.length > longestWhat ? `${what.slice(0, longestWhat)}… (${what.length} characters)` : what;
  return new StemmaError("NOT_FOUND", `${named} not found`, field?.split("."));
}

export function conflict(message: string, field?: string): StemmaError {
  return new StemmaError("CONFLICT", message, field?.split("."));
}

export function alreadyExists(message: string, field?: string): StemmaError {
  return new StemmaError("ALREADY_EXISTS", message, field?.split("."));
}

export function overLimit(message: string, field?: string): StemmaError {
  return new StemmaError("LIMIT", message, field?.split("."));
}
