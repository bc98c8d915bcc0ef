import "reflect-metadata";
import type { GraphQLSchema } from "graphql";
import { type Logger, pino } from "pino";
import { Counter, collectDefaultMetrics, Registry } from "prom-client";
import { ActorRow } from "./access/actor.entity.ts";
import { ActorLoaders } from "./access/actor.loaders.ts";
import { ActorResolver } from "./access/actor.resolver.ts";
import { AdminToken, type Authenticator, keptToken, NoAuthentication } from "./access/authenticate.ts";
import type { AuthSettings, Config } from "./config.ts";
import { Database } from "./db/database.ts";
import type { EntityClass } from "./db/sources.ts";
import { EdgeRow, GraphLock, NodeRow } from "./graph/graph.entity.ts";
import { GraphLoaders } from "./graph/graph.loaders.ts";
import { Graph } from "./graph/graph.ts";
import { NodeResolver } from "./graph/node.resolver.ts";
import { NodeDirectory } from "./graph/node-directory.ts";
import { GraphqlEndpoint } from "./graphql/apollo.ts";
import type { SocketLimits } from "./graphql/line.ts";
import { schemaOf } from "./graphql/schema.ts";
import { mountSockets } from "./graphql/sockets.ts";
import { httpServer } from "./http/server.ts";
import { EventText, JournalHead, RegistryEvent } from "./journal/event.entity.ts";
import { EventLoaders } from "./journal/event.loaders.ts";
import { EventResolver, type ModelFinder } from "./journal/event.resolver.ts";
import { Feed } from "./journal/feed.ts";
import { Idempotency } from "./journal/idempotency.entity.ts";
import { Journal } from "./journal/journal.ts";
import { EventSubscriptions } from "./journal/subscription.ts";
import { Verbs } from "./journal/verbs.ts";
import { type Clock, systemClock } from "./kernel/clock.ts";
import { readId } from "./kernel/ids.ts";
import { Model } from "./registry/model.entity.ts";
import { ModelLoaders } from "./registry/model.loaders.ts";
import { ModelResolver } from "./registry/model.resolver.ts";
import { ModelService } from "./registry/model.service.ts";
import { Metric, MetricPoint, Param, Tag } from "./tracking/fact.entity.ts";
import { FactLoaders } from "./tracking/fact.loaders.ts";
import { Facts } from "./tracking/facts.ts";

/** Every table there is. */
export const entities: EntityClass[] = [
  NodeRow,
  EdgeRow,
  GraphLock,
  RegistryEvent,
  EventText,
  JournalHead,
  Idempotency,
  ActorRow,
  Tag,
  Param,
  Metric,
  MetricPoint,
  Model,
];

/** What a test may put in place of the real thing. */
export interface AppOptions {
  clock?: Clock;
  log?: Logger;
  onStatement?: (statement: string) => void;
  sockets?: Partial<SocketLimits>;
}

/** A running server. */
export interface App {
  /** Where it listens, such as http://127.0.0.1:4000. */
  url: string;
  db: Database;
  /** The administrator's token; null where authentication is off. */
  token: string | null;
  /** Whether the token was minted by this start. */
  isNewToken: boolean;
  schema: GraphQLSchema;
  /** Stops taking requests, finishes those under way, closes sockets, then the database. */
  close(): Promise<void>;
}

/** The rooms, wired: what `schema.graphql` is printed from and what a server runs. */
function wire(db: Database, clock: Clock) {
  const feed = new Feed(db);
  const journal = new Journal(clock, feed.wake);
  const verbs = new Verbs(db, clock);
  const graph = new Graph();
  const facts = new Facts();
  const factLoaders = new FactLoaders(db);
  const actors = new ActorLoaders(db);
  const models = new ModelLoaders(db);
  const modelService = new ModelService(verbs, journal, graph, facts, clock);
  const directory = new NodeDirectory()
    .register("ACTOR", (request, node) => actors.byId(request, node))
    .register("MODEL", (request, node) => models.byId(request, node));
  const findModel: ModelFinder = async (request, model) => {
    const id = readId(model);
    if (id?.kind === "MODEL" && (await models.byId(request, id.node))) return id.node;
    return (await models.byName(request, model))?.nodeId ?? null;
  };
  const resolvers = [
    new ActorResolver(actors),
    new EventResolver(db, new EventLoaders(db), new EventSubscriptions(db, feed), findModel),
    new NodeResolver(directory, new GraphLoaders(db)),
    new ModelResolver(db, models, factLoaders, modelService),
  ];
  return { feed, verbs, resolvers };
}

/** The schema without a server: for printing it. */
export function schemaOfApp(): GraphQLSchema {
  return schemaOf(wire(null as unknown as Database, systemClock).resolvers);
}

async function authenticatorOf(auth: AuthSettings) {
  if (auth.mode === "off") return { authenticator: new NoAuthentication(), token: null, isNewToken: false };
  const kept = auth.token === null ? await keptToken(auth.tokenFile) : { token: auth.token, isNew: false };
  const authenticator: Authenticator = new AdminToken(kept.token);
  return { authenticator, token: kept.token, isNewToken: kept.isNew };
}

function metricsOf(): { registry: Registry; statements: Counter } {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const statements = new Counter({
    name: "stemma_sql_statements_total",
    help: "SQL statements sent to the database.",
    registers: [registry],
  });
  return { registry, statements };
}

const keyPurgeMillis = 3600 * 1000;

/** Opens the database, wires the rooms, listens. */
export async function createApp(config: Config, options: AppOptions = {}): Promise<App> {
  const clock = options.clock ?? systemClock;
  const log = options.log ?? pino({ level: config.log.level, redact: ["req.headers.authorization"] });
  const { registry, statements } = metricsOf();
  const db = await Database.open(config.database, entities, {
    onStatement: (statement) => {
      statements.inc();
      options.onStatement?.(statement);
    },
  });
  const { authenticator, token, isNewToken } = await authenticatorOf(config.auth);
  const { feed, verbs, resolvers } = wire(db, clock);
  const endpoint = new GraphqlEndpoint(schemaOf(resolvers), log);
  await endpoint.start();
  const health = {
    parts: async () => ({ database: await db.isReady(), feed: feed.isHealthy }),
    metrics: registry,
  };
  const server = httpServer(log, endpoint, authenticator, health);
  const sockets = mountSockets(server.server, {
    schema: endpoint.schema,
    authenticator,
    log,
    publicUrl: config.http.publicUrl,
    limits: options.sockets,
  });
  const purge = setInterval(() => {
    verbs
      .forgetOldKeys()
      .catch((error) => log.warn({ err: error }, "old idempotency keys were not forgotten"));
  }, keyPurgeMillis);
  purge.unref();
  const url = await server.listen({ host: config.http.host, port: config.http.port });
  const close = async () => {
    clearInterval(purge);
    await sockets.close();
    await server.close();
    feed.stop();
    await endpoint.stop();
    await db.close();
  };
  return { url, db, token, isNewToken, schema: endpoint.schema, close };
}
