import { setTimeout as pause } from "node:timers/promises";
import { gql } from "./document.ts";
import type { ClientSettings } from "./environment.ts";
import {
  errorOfGraphql,
  errorOfUser,
  type GraphqlError,
  StemmaClientError,
  type UserError,
  unreachable,
  wrongToken,
} from "./errors.ts";
import type { MlflowSettings } from "./mlflow-server.ts";

const answerMillis = 120_000;
const patienceMillis = 60_000;

export type Variables = Record<string, unknown>;

export const eventHeadDocument = gql`
  query EventHead {
    eventHead
  }
`;

/** Asks one Stemma server. Everything that goes wrong is a StemmaClientError. */
export class StemmaClient {
  constructor(private readonly settings: ClientSettings) {}

  /** Of the server. */
  get url(): string {
    return this.settings.url;
  }

  /** The same server and token, for what MLflow's clients are shown of it. */
  get asMlflow(): MlflowSettings {
    const { url, token } = this.settings;
    return { url, authorization: token === null ? null : `Bearer ${token}` };
  }

  /** The same server, as somebody else asks it. */
  as(token: string | null): StemmaClient {
    return new StemmaClient({ ...this.settings, token });
  }

  /**
   * Answers `data`. Throws where there is any error, partial answers included. Where this actor asked too much it waits
   * as long as the server says, a minute at most, and asks again: nothing was done.
   */
  async query<T>(document: string, variables: Variables = {}): Promise<T> {
    const { url, token } = this.settings;
    const patientUntil = performance.now() + patienceMillis;
    for (;;) {
      const response = await this.post(JSON.stringify({ query: document, variables }));
      const { data, errors } = await answerOf(response, url);
      if (!errors || errors.length === 0) return data as T;
      if (response.status === 401) throw wrongToken(url, token !== null, errors[0]!.message);
      const waitMillis = Number(response.headers.get("retry-after")) * 1_000 || 0;
      const isWorthIt = waitMillis > 0 && performance.now() + waitMillis <= patientUntil;
      if (response.status !== 429 || !isWorthIt) throw errorOfGraphql(errors, waitMillis);
      await pause(waitMillis);
    }
  }

  /** A query whose fields may be refused by `userErrors`: throws those, too. */
  async mutate<T>(document: string, variables: Variables = {}): Promise<T> {
    const data = await this.query<Record<string, { userErrors?: UserError[] } | null>>(document, variables);
    const refusals = Object.values(data).flatMap((payload) => payload?.userErrors ?? []);
    if (refusals.length > 0) throw errorOfUser(refusals);
    return data as T;
  }

  /**
   * Answers of a subscription that takes `$after` and selects `cursor`: from `variables.after` on, or from now. A lost
   * connection is taken up again after the last answer, for as long as it takes; nothing is lost or repeated. Ends
   * when `signal` aborts. Throws where the server was never there, and what it refuses.
   */
  async *subscribe<T>(
    document: string,
    variables: Variables = {},
    signal?: AbortSignal,
  ): AsyncGenerator<T, void, void> {
    // From a place that has a name: what happens while a first connection is lost is not missed.
    const after = variables.after ?? (await this.query<{ eventHead: string }>(eventHeadDocument)).eventHead;
    // Sockets take half of a start, and few programs follow.
    const { resumed } = await import("./resumed.ts");
    yield* resumed<T>(this.settings, document, { ...variables, after }, signal);
  }

  private async post(body: string): Promise<Response> {
    const { url, token } = this.settings;
    try {
      return await fetch(`${url}/graphql`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          accept: "application/graphql-response+json, application/json",
          ...(token ? { authorization: `Bearer ${token}` } : {}),
        },
        body,
        redirect: "manual", // the token is for this server
        signal: AbortSignal.timeout(answerMillis),
      });
    } catch (cause) {
      throw unreachable(url, cause);
    }
  }
}

async function answerOf(
  response: Response,
  url: string,
): Promise<{ data?: unknown; errors?: GraphqlError[] }> {
  const text = await response.text().catch((cause) => {
    throw unreachable(url, cause);
  });
  try {
    const answer = JSON.parse(text);
    if (typeof answer === "object" && answer !== null && ("data" in answer || Array.isArray(answer.errors))) {
      return answer;
    }
  } catch {
    // Not JSON: below.
  }
  throw new StemmaClientError(
    "NOT_STEMMA",
    `${url}/graphql answers ${response.status}, but not as a Stemma server; check STEMMA_URL`,
  );
}
