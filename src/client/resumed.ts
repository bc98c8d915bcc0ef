import { type Answer, Connection } from "./connection.ts";
import type { ClientSettings } from "./environment.ts";
import { errorOfGraphql, type GraphqlError, StemmaClientError, unreachable, wrongToken } from "./errors.ts";

const unauthorized = 4401;
/** Close codes that say: the same again would end the same way. */
const hopeless = new Set([4400, 4403, 4406, 4409]);
const longestWaitMillis = 2_000;
const shortestWaitMillis = 100;

/** A subscription over as many connections as it takes, each after the last answer of the one before. */
export async function* resumed<T>(
  settings: ClientSettings,
  document: string,
  variables: Record<string, unknown>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void, void> {
  let { after } = variables;
  let wasAccepted = false;
  let failures = 0;
  while (!signal?.aborted) {
    const connection = new Connection(settings, document, { ...variables, after });
    try {
      for await (const answer of connection.answers(signal)) {
        after = cursorOf(answer);
        failures = 0;
        yield answer.data as T;
      }
      return;
    } catch (ending) {
      if (ending instanceof StemmaClientError) throw ending;
      wasAccepted ||= connection.isAccepted;
      const refusal = refusalIn(ending, settings, wasAccepted);
      if (refusal) throw refusal;
    }
    await wait(failures++, signal);
  }
}

/** Throws the errors of an answer: an event that could not be told must not be skipped. */
function cursorOf({ data, errors }: Answer): unknown {
  if (errors && errors.length > 0) throw errorOfGraphql(errors as unknown as GraphqlError[]);
  const [event] = Object.values(data ?? {}) as { cursor?: unknown }[];
  if (typeof event?.cursor !== "string") {
    throw new StemmaClientError("INVALID", "a subscription that is to be resumed must select `cursor`");
  }
  return event.cursor;
}

/** Null where trying again may help. */
function refusalIn(
  ending: unknown,
  { url, token }: ClientSettings,
  wasAccepted: boolean,
): StemmaClientError | null {
  if (Array.isArray(ending)) {
    const refusal = errorOfGraphql(ending as GraphqlError[]);
    return refusal.code === "UNAVAILABLE" ? null : refusal;
  }
  const { code, reason } = ending as { code?: unknown; reason?: string };
  if (code === unauthorized) return wrongToken(url, token !== null, reason ?? "");
  if (typeof code === "number" && hopeless.has(code)) {
    return new StemmaClientError("NOT_STEMMA", `${url} closed the socket: ${code} ${reason ?? ""}`);
  }
  return wasAccepted ? null : unreachable(url, ending);
}

function wait(failures: number, signal: AbortSignal | undefined): Promise<void> {
  const ceiling = Math.min(longestWaitMillis, shortestWaitMillis * 2 ** failures);
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ceiling * (0.5 + Math.random() / 2));
    signal?.addEventListener("abort", done, { once: true });
  });
}
