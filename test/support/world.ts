import { type Client, createClient, type FormattedExecutionResult } from "graphql-ws";
import { WebSocket } from "ws";
import { type AppOptions, createApp } from "../../src/app.ts";
import type { InferenceSettings } from "../../src/config/inference.ts";
import type { ObjectStoreSettings, ScrubSettings } from "../../src/config/objects.ts";
import type { OidcSettings } from "../../src/config/oidc.ts";
import { type Config, type DatabaseSettings, type RateSettings, readConfig } from "../../src/config.ts";
import { migratedDatabase, objectFolderOf } from "./engines.ts";
import { post } from "./posting.ts";

// biome-ignore lint/suspicious/noExplicitAny: an answer has the shape of its question
type Data = any;

export interface Answer {
  status: number;
  data: Data;
  errors?: {
    message: string;
    path?: (string | number)[];
    extensions: { code: string } & Record<string, unknown>;
  }[];
  extensions?: Record<string, unknown>;
}

export type Answers = AsyncIterableIterator<FormattedExecutionResult<Data, unknown>>;

/** Somebody who asks a server, by what token he shows. */
export interface Asker {
  /** One request over HTTP. Refusals come back; nothing throws. */
  graphql(
    query: string,
    variables?: Record<string, unknown>,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  /** The same, for questions that must succeed: throws where there are top-level errors. */
  ask(query: string, variables?: Record<string, unknown>): Promise<Data>;
  /** One subscription over a socket of its own. `next()` waits for the next answer, `return()` ends it. */
  subscribe(query: string, variables?: Record<string, unknown>): Answers;
}

/** A real server on a port and a database of its own, and an administrator who asks it. */
export interface World extends Asker {
  readonly url: string;
  readonly token: string;
  readonly settings: DatabaseSettings;
  /** The same server as another asks it; its sockets close with the world. */
  as(token: string): Asker;
  /** Has the server do now what it does now and then. */
  upkeep(): Promise<void>;
  /** Statements sent to the database while `work` ran. */
  statementsOf(work: () => Promise<unknown>): Promise<string[]>;
  /** Closes sockets and server, and drops the database unless it was given. */
  close(): Promise<void>;
}

export interface WorldOptions
  extends Pick<AppOptions, "clock" | "log" | "onStatement" | "sockets" | "limits"> {
  /** An identity provider whose tokens let people in, too. */
  oidc?: OidcSettings;
  /** Where bytes go; a folder beside the database where not given. */
  store?: ObjectStoreSettings;
  /** How stored bytes are hashed again; as usual where not given. */
  scrub?: ScrubSettings;
  /** An existing database, which close() leaves in place. */
  settings?: DatabaseSettings;
  /** Any free one, unless it must be the port of a server that was here before. */
  port?: number;
  /** What an actor may spend; as much as it likes where not given. */
  rate?: RateSettings;
  /** Params and tags that edges are inferred from; the usual ones where not given. */
  inference?: readonly InferenceSettings[];
  /** What the server takes on at once; as much as usual where not given. */
  room?: Pick<Config["http"], "maxConcurrentRequests" | "maxWaitingRequests">;
}

export const adminToken = "a-token-for-tests-of-at-least-32-characters";

export function configOf(
  settings: DatabaseSettings,
  given: Pick<WorldOptions, "port" | "rate" | "oidc" | "room" | "store" | "scrub" | "inference"> = {},
): Config {
  const { port = 0, rate, oidc, room, store } = given;
  const usual = readConfig({}).objects;
  return {
    http: { ...readConfig({}).http, ...room, port },
    database: settings,
    objects: {
      ...usual,
      store: store ?? { kind: "file", path: objectFolderOf(settings) },
      scrub: given.scrub ?? usual.scrub,
    },
    auth: { mode: "token", token: adminToken, tokenFile: null, oidc: oidc ?? null },
    limits: { ...readConfig({}).limits, rate: rate ?? null },
    inference: given.inference ?? readConfig({}).inference,
    log: { level: "silent" },
  };
}

export async function askOver(
  url: string,
  query: string,
  variables?: object,
  headers?: object,
): Promise<Answer> {
  const asked = { authorization: `Bearer ${adminToken}`, ...headers };
  const { status, body } = await post(`${url}/graphql`, { query, variables }, asked);
  return { status, ...JSON.parse(body) };
}

/** A client whose sockets are closed for good when they close: reconnecting is the test's own business. */
export function socketClient(url: string, token = adminToken): Client {
  return createClient({
    url: `${url.replace(/^http/, "ws")}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
  });
}

/**
 * Starts a world on this project's engine. One per file is enough where tests use names of their own:
 * `beforeAll(async () => { world = await startWorld(); return world.close; })`.
 */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const fresh = options.settings ? null : await migratedDatabase();
  const settings = options.settings ?? fresh!.settings;
  const listeners = new Set<(statement: string) => void>();
  const onStatement = (statement: string) => {
    options.onStatement?.(statement);
    for (const tell of listeners) tell(statement);
  };
  const app = await createApp(configOf(settings, options), { ...options, onStatement });
  const clients = new Set<Client>();
  const as = (token: string): Asker => {
    const graphql: Asker["graphql"] = (query, variables, headers) =>
      askOver(app.url, query, variables, { authorization: `Bearer ${token}`, ...headers });
    return {
      graphql,
      async ask(query, variables) {
        const { data, errors } = await graphql(query, variables);
        if (errors) throw new Error(`the server answered ${JSON.stringify(errors, null, 2)}`);
        return data;
      },
      subscribe(query, variables) {
        const client = socketClient(app.url, token);
        clients.add(client);
        return client.iterate<Data>({ query, variables });
      },
    };
  };
  return {
    url: app.url,
    token: adminToken,
    settings,
    as,
    ...as(adminToken),
    upkeep: () => app.upkeep.now(),
    async statementsOf(work) {
      const statements: string[] = [];
      // The looks of the feed go on all the time, whoever asks.
      const listen = (statement: string) => {
        if (!statement.endsWith("/* look */")) statements.push(statement);
      };
      listeners.add(listen);
      try {
        await work();
      } finally {
        listeners.delete(listen);
      }
      return statements;
    },
    close: async () => {
      await Promise.all([...clients].map((client) => client.dispose()));
      await app.close();
      await fresh?.drop();
    },
  };
}

/** The next `count` answers of a subscription. */
export async function take<T>(answers: AsyncIterator<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  while (taken.length < count) {
    const { value, done } = await answers.next();
    if (done) throw new Error(`the subscription ended after ${taken.length} of ${count} answers`);
    taken.push(value);
  }
  return taken;
}
