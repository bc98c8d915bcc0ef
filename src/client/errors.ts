/** A GraphQL error as an answer carries it. */
export interface GraphqlError {
  message: string;
  path?: readonly (string | number)[];
  extensions?: { code?: string; [key: string]: unknown };
}

/** A refusal as the payload of a mutation carries it. */
export interface UserError {
  code: string;
  message: string;
  path?: readonly string[] | null;
}

/**
 * What went wrong: the server's own codes, and UNREACHABLE where there is no server, NOT_STEMMA where something else
 * answers; of files, STORE where the object store does not take or give them, CHANGED where one changed while it was
 * read, DIGEST_MISMATCH where bytes are not those that were recorded, UNSAFE_PATH and OCCUPIED where one cannot be
 * written. The message is one line for a person.
 */
export class StemmaClientError extends Error {
  override readonly name = "StemmaClientError";

  constructor(
    readonly code: string,
    message: string,
    /** All refusals, where there are several. */
    readonly errors: readonly (GraphqlError | UserError)[] = [],
    options?: ErrorOptions,
    /** When the server said to come again; 0 where it said nothing. */
    readonly retryAfterMillis = 0,
  ) {
    super(message, options);
  }
}

/** A file or folder that was named and cannot be taken; one line that names it. */
export class FileError extends Error {
  override readonly name = "FileError";
}

/** A setting that cannot be used; one line that names where it stands. */
export class SettingError extends Error {
  override readonly name = "SettingError";
}

export function errorOfGraphql(errors: readonly GraphqlError[], retryAfterMillis = 0): StemmaClientError {
  const code = errors[0]?.extensions?.code ?? "INTERNAL_SERVER_ERROR";
  const message = errors.map(({ message }) => message).join("; ");
  return new StemmaClientError(code, message, errors, {}, retryAfterMillis);
}

export function errorOfUser(errors: readonly UserError[]): StemmaClientError {
  const code = errors[0]?.code ?? "INVALID";
  return new StemmaClientError(code, errors.map(({ message }) => message).join("; "), errors);
}

/** `said`: why, in the server's own words. */
export function wrongToken(url: string, hasToken: boolean, said: string): StemmaClientError {
  const trouble = hasToken
    ? `the server at ${url} does not take this token`
    : `the server at ${url} wants a token`;
  return new StemmaClientError(
    "UNAUTHENTICATED",
    `${trouble} (it says: ${said}); run \`stemma login\`, or set STEMMA_TOKEN`,
    [{ message: said }],
  );
}

export function unreachable(url: string, cause: unknown): StemmaClientError {
  const why = reasonOf(cause);
  return new StemmaClientError(
    "UNREACHABLE",
    `no server answers at ${url}${why ? ` (${why})` : ""}; start one with \`npm start\`, or set STEMMA_URL`,
    [],
    { cause },
  );
}

/** ECONNREFUSED and the like, from wherever `fetch` and sockets hide it. */
export function reasonOf(error: unknown): string | undefined {
  const seen = new Set<unknown>();
  for (let at = error as Hiding | undefined; at && !seen.has(at); ) {
    if (typeof at.code === "string") return at.code;
    if (at.name === "TimeoutError") return "no answer in time";
    seen.add(at);
    at = at.cause ?? at.error ?? at.errors?.[0];
  }
  return undefined;
}

type Hiding = { code?: unknown; name?: string; cause?: Hiding; error?: Hiding; errors?: Hiding[] };
