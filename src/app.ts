import type { GraphQLSchema } from "graphql";
import { type Logger, pino } from "pino";
import { Counter, collectDefaultMetrics, Registry } from "prom-client";
import { RefusalLog } from "./access/refusal-log.ts";
import { type Config, type DatabaseSettings, databaseName } from "./config.ts";
import { Database, type DatabaseOptions } from "./db/database.ts";
import { GraphqlEndpoint } from "./graphql/apollo.ts";
import { Bounds, type OperationLimits, usualOperationLimits } from "./graphql/bounds.ts";
import type { SocketLimits } from "./graphql/line.ts";
import { schemaOf } from "./graphql/schema.ts";
import { mountSockets } from "./graphql/sockets.ts";
import { Admission } from "./http/admission.ts";
import type { ConnectionLimits } from "./http/connections.ts";
import { gateOf } from "./http/gate.ts";
import { httpServer } from "./http/server.ts";
import { type Clock, systemClock } from "./kernel/clock.ts";
import { CollectionCounts } from "./objects/collection-counts.ts";
import { countPolicies } from "./promotion/policy.query.ts";
import { authenticationOf } from "./wiring/access.ts";
import { entities } from "./wiring/entities.ts";
import { openObjects, ownStoreOf } from "./wiring/objects.ts";
import { restraintsOf } from "./wiring/restraints.ts";
import { wire } from "./wiring/rooms.ts";
import { startUpkeep, type Upkeep } from "./wiring/upkeep.ts";

/** What a test may put in place of the real thing. */
export interface AppOptions {
  clock?: Clock;
  log?: Logger;
  onStatement?: (statement: string) => void;
  sockets?: Partial<SocketLimits>;
  connections?: Partial<ConnectionLimits>;
  limits?: Partial<OperationLimits>;
}

/** A running server. */
export interface App {
  /** Where it listens, such as http://127.0.0.1:4000. */
  url: string;
  db: Database;
  /** The administrator's token; null where authentication is off. */
  token: string | null;
  /** How many policies guard stages; where none does, a stage is open. */
  policies: number;
  /** Whether the token was minted by this start. */
  isNewToken: boolean;
  schema: GraphQLSchema;
  /** What it does now and then by itself. */
  upkeep: Pick<Upkeep, "now">;
  /** Stops taking requests, finishes those under way, closes sockets, then the database. */
  close(): Promise<void>;
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

const patienceSeconds = 90; // with a client that takes nothing of its answer

/** Says which database it is that cannot be opened: drivers say only what happened. */
async function openDatabase(settings: DatabaseSettings, options: DatabaseOptions): Promise<Database> {
  try {
    return await Database.open(settings, entities, options);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`DATABASE_URL: ${databaseName(settings)} cannot be opened: ${message}`, { cause });
  }
}

/** Opens the database, wires the rooms, listens. */
export async function createApp(config: Config, options: AppOptions = {}): Promise<App> {
  const clock = options.clock ?? systemClock;
  const log = options.log ?? pino({ level: config.log.level, redact: ["req.headers.authorization"] });
  const { registry, statements } = metricsOf();
  // Known when the server listens: nothing is signed before.
  let listensAt = "";
  const objects = await openObjects(config.objects, () => config.http.publicUrl ?? listensAt);
  const restraints = await restraintsOf(config.limits, log);
  const db = await openDatabase(config.database, {
    readSeconds: config.limits.executionSeconds,
    onStatement: (statement) => {
      statements.inc();
      options.onStatement?.(statement);
    },
  });
  const onFault = (error: unknown) => log.warn({ err: error }, "something in the background went wrong");
  const owner = { db, clock, onFault };
  const {
    store,
    served,
    health: storeHealth,
  } = await ownStoreOf(objects, config.objects, owner).catch(async (error) => {
    await db.close();
    throw error;
  });
  const { urlSeconds, scrub, graceSeconds } = config.objects;
  const bytes = { store, urlSeconds, scrub, graceSeconds, onFault };
  const {
    foundation,
    access,
    tracking,
    registry: nouns,
    retention,
    collection,
    mlflow,
    resolvers,
  } = wire(db, clock, bytes, config.inference);
  const { feed, verbs } = foundation;
  const { authenticator, token, isNewToken } = await authenticationOf(config.auth, foundation, access, log);
  await access.changes.start();
  const refusals = new RefusalLog(registry, log);
  const schema = schemaOf(resolvers);
  const limits = { ...usualOperationLimits, seconds: config.limits.executionSeconds, ...options.limits };
  const bounds = new Bounds(schema, limits, restraints);
  const endpoint = new GraphqlEndpoint(bounds, log, refusals);
  await endpoint.start();
  const health = {
    troubles: async () => ({
      database: (await db.isReady()) ? null : "does not answer",
      feed: feed.isHealthy ? null : "events cannot be read from the database",
      objects: await storeHealth.reason(),
    }),
    metrics: registry,
  };
  const admission = new Admission(config.http, config.auth.mode !== "off", log);
  // An operation that may take long leaves its connection silent for as long.
  const silenceMillis = (config.limits.executionSeconds + patienceSeconds) * 1_000;
  const gate = gateOf(config.http, registry, log);
  const door = {
    settings: config.http,
    endpoint,
    authenticator,
    refusals,
    gate,
    admission,
    health,
    serving: nouns.serving,
    mlflow,
    blobs: served && { store: served, clock },
    log,
    connections: { silenceMillis, ...options.connections },
  };
  const server = httpServer(door);
  const sockets = mountSockets(server.server, {
    bounds,
    turns: gate,
    authenticator,
    changes: access.changes,
    clock,
    log,
    refusals,
    admission,
    limits: options.sockets,
  });
  const { verifier, scrubber, services } = nouns;
  const upkeep = startUpkeep({
    ...{ verbs, verifier, scrubber, uploads: services.uploads, store, clock, log },
    arrivals: tracking.services.arrivals,
    ...{ ...collection, ...retention, counts: new CollectionCounts(registry) },
  });
  listensAt = await server.listen({ host: config.http.host, port: config.http.port });
  const close = async () => {
    upkeep.end();
    scrubber.stop();
    await verifier.stop();
    await sockets.close();
    await server.close();
    access.changes.stop();
    await access.uses.flush().catch((error) => log.warn({ err: error }, "last uses of tokens were not kept"));
    feed.stop();
    await endpoint.stop();
    await restraints.limiter?.close();
    await verbs
      .idle()
      .catch((error) => log.warn({ err: error }, "keys of answered requests were not forgotten"));
    await db.close();
  };
  const policies = await countPolicies(db.read);
  return { url: listensAt, db, token, policies, isNewToken, schema, upkeep, close };
}
