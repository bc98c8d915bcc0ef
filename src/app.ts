import "reflect-metadata";
import type { GraphQLSchema } from "graphql";
import { type Logger, pino } from "pino";
import { Counter, collectDefaultMetrics, Registry } from "prom-client";
import { ActorRow } from "./access/actor.entity.ts";
import { ActorLoaders } from "./access/actor.loaders.ts";
import { ActorResolver } from "./access/actor.resolver.ts";
import { AdminToken, type Authenticator, keptToken, NoAuthentication } from "./access/authenticate.ts";
import { type AuthSettings, type Config, type DatabaseSettings, databaseName } from "./config.ts";
import { Database, type DatabaseOptions } from "./db/database.ts";
import type { EntityClass } from "./db/sources.ts";
import { EdgeRow, GraphLock, NodeRow } from "./graph/graph.entity.ts";
import { GraphLoaders } from "./graph/graph.loaders.ts";
import { Graph } from "./graph/graph.ts";
import { NodeResolver } from "./graph/node.resolver.ts";
import { NodeDirectory } from "./graph/node-directory.ts";
import { SqlTraversal } from "./graph/sql-traversal.ts";
import { GraphqlEndpoint } from "./graphql/apollo.ts";
import type { SocketLimits } from "./graphql/line.ts";
import { schemaOf } from "./graphql/schema.ts";
import { mountSockets } from "./graphql/sockets.ts";
import { httpServer } from "./http/server.ts";
import { ImportResolver } from "./imports/import.resolver.ts";
import { ImportService } from "./imports/import.service.ts";
import { ModelImport } from "./imports/model-import.ts";
import { TrackingImport } from "./imports/tracking-import.ts";
import { VersionImport } from "./imports/version-import.ts";
import { EventText, JournalHead, RegistryEvent } from "./journal/event.entity.ts";
import { EventLoaders } from "./journal/event.loaders.ts";
import { EventResolver, type ModelFinder } from "./journal/event.resolver.ts";
import { Feed } from "./journal/feed.ts";
import { Idempotency } from "./journal/idempotency.entity.ts";
import { Journal } from "./journal/journal.ts";
import { EventSubscriptions } from "./journal/subscription.ts";
import { Verbs } from "./journal/verbs.ts";
import { type Clock, systemClock } from "./kernel/clock.ts";
import { CompareQuery } from "./lineage/compare.query.ts";
import { CompareResolver } from "./lineage/compare.resolver.ts";
import { DiffQuery } from "./lineage/diff.query.ts";
import { DiffResolver } from "./lineage/diff.resolver.ts";
import { Drawing } from "./lineage/drawing.ts";
import { ImpactQuery } from "./lineage/impact.query.ts";
import { ImpactResolver } from "./lineage/impact.resolver.ts";
import { LineageLoaders } from "./lineage/lineage.loaders.ts";
import { LineageQuery } from "./lineage/lineage.query.ts";
import { LineageResolver } from "./lineage/lineage.resolver.ts";
import { LineageEdgeResolver, LineageNodeResolver } from "./lineage/lineage-node.resolver.ts";
import { LineageNodes } from "./lineage/lineage-nodes.ts";
import { LineageRows } from "./lineage/lineage-rows.ts";
import { PathQuery } from "./lineage/path.query.ts";
import { RecordLineageResolver } from "./lineage/record-lineage.resolver.ts";
import { RecordLineageService } from "./lineage/record-lineage.service.ts";
import { ReproductionQuery } from "./lineage/reproduction.query.ts";
import { Walks } from "./lineage/walks.ts";
import { PromotionResolver } from "./promotion/promotion.resolver.ts";
import { PromotionService } from "./promotion/promotion.service.ts";
import { StageChangeLoaders } from "./promotion/stage-change.loaders.ts";
import { StageChangeResolver } from "./promotion/stage-change.resolver.ts";
import { StageMoves } from "./promotion/stage-moves.ts";
import { TransitionsResolver } from "./promotion/transitions.resolver.ts";
import { Alias } from "./registry/alias.entity.ts";
import { AliasLoaders } from "./registry/alias.loaders.ts";
import { AliasResolver } from "./registry/alias.resolver.ts";
import { AliasService } from "./registry/alias.service.ts";
import { DerivationLoaders } from "./registry/derivation.loaders.ts";
import { Evidence } from "./registry/evidence.ts";
import { ModelHistoryResolver, VersionHistoryResolver } from "./registry/history.resolver.ts";
import { Model } from "./registry/model.entity.ts";
import { ModelLoaders } from "./registry/model.loaders.ts";
import { ModelResolver } from "./registry/model.resolver.ts";
import { ModelService } from "./registry/model.service.ts";
import { ModelFactsResolver } from "./registry/model-facts.resolver.ts";
import { LoggedModelVersionsResolver, RunOutputsResolver } from "./registry/origin.resolver.ts";
import { Provenance } from "./registry/provenance.ts";
import { RegistrationService } from "./registry/registration.service.ts";
import { ResolveResolver } from "./registry/resolve.resolver.ts";
import { Stage, StageChangeRow } from "./registry/stage.entity.ts";
import { StageLoaders } from "./registry/stage.loaders.ts";
import { ModelVersion } from "./registry/version.entity.ts";
import { VersionLoaders } from "./registry/version.loaders.ts";
import { VersionResolver } from "./registry/version.resolver.ts";
import { VersionService } from "./registry/version.service.ts";
import { VersionFactsResolver } from "./registry/version-facts.resolver.ts";
import { VersionWriter } from "./registry/version-writer.ts";
import { Commit } from "./tracking/commit.entity.ts";
import { CommitLoaders } from "./tracking/commit.loaders.ts";
import { CommitResolver } from "./tracking/commit.resolver.ts";
import { CommitService } from "./tracking/commit.service.ts";
import { Dataset, DatasetVersion } from "./tracking/dataset.entity.ts";
import { DatasetLoaders } from "./tracking/dataset.loaders.ts";
import { DatasetResolver } from "./tracking/dataset.resolver.ts";
import { DatasetService } from "./tracking/dataset.service.ts";
import { DatasetUseResolver, DatasetVersionResolver } from "./tracking/dataset-version.resolver.ts";
import { Experiment } from "./tracking/experiment.entity.ts";
import { ExperimentLoaders } from "./tracking/experiment.loaders.ts";
import { ExperimentResolver } from "./tracking/experiment.resolver.ts";
import { ExperimentService } from "./tracking/experiment.service.ts";
import { ExperimentImport } from "./tracking/experiment-import.ts";
import { Metric, MetricPoint, Param, Tag } from "./tracking/fact.entity.ts";
import { FactLoaders } from "./tracking/fact.loaders.ts";
import { Facts } from "./tracking/facts.ts";
import { LoggedModel } from "./tracking/logged-model.entity.ts";
import { LoggedModelLoaders } from "./tracking/logged-model.loaders.ts";
import { LoggedModelResolver } from "./tracking/logged-model.resolver.ts";
import { LoggedModelService } from "./tracking/logged-model.service.ts";
import { LoggedModelImport } from "./tracking/logged-model-import.ts";
import { LoggedModelWriter } from "./tracking/logged-model-writer.ts";
import { MetricLoaders } from "./tracking/metric.loaders.ts";
import { Run } from "./tracking/run.entity.ts";
import { RunLoaders } from "./tracking/run.loaders.ts";
import { RunResolver } from "./tracking/run.resolver.ts";
import { RunService } from "./tracking/run.service.ts";
import { RunArrival } from "./tracking/run-arrival.ts";
import { RunCreationService } from "./tracking/run-creation.service.ts";
import { RunGraph } from "./tracking/run-graph.ts";
import { RunImport } from "./tracking/run-import.ts";
import { RunLinkResolver } from "./tracking/run-link.resolver.ts";
import { RunMerge } from "./tracking/run-merge.ts";
import { RunVerbResolver } from "./tracking/run-verb.resolver.ts";

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
  Experiment,
  Run,
  LoggedModel,
  Dataset,
  DatasetVersion,
  Commit,
  Model,
  ModelVersion,
  Alias,
  Stage,
  StageChangeRow,
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

  const actors = new ActorLoaders(db);
  const events = new EventLoaders(db);
  const factLoaders = new FactLoaders(db);
  const experiments = new ExperimentLoaders(db);
  const runs = new RunLoaders(db);
  const loggedModels = new LoggedModelLoaders(db);
  const datasets = new DatasetLoaders(db);
  const commits = new CommitLoaders(db);
  const models = new ModelLoaders(db);
  const versions = new VersionLoaders(db, models);
  const aliases = new AliasLoaders(db);
  const stages = new StageLoaders(db);
  const stageChanges = new StageChangeLoaders(db);
  const evidence = new Evidence(models, factLoaders, runs, commits, datasets);

  const commitService = new CommitService(verbs, journal, graph, clock);
  const datasetService = new DatasetService(verbs, journal, graph, clock);
  const experimentService = new ExperimentService(verbs, journal, graph, facts, clock);
  const runGraph = new RunGraph(graph, commitService, datasetService);
  const runArrival = new RunArrival(journal, runGraph, facts);
  const runService = new RunService(verbs, journal, runGraph, facts, clock);
  const runCreation = new RunCreationService(verbs, runService, experimentService, runArrival, clock);
  const loggedModelWriter = new LoggedModelWriter(journal, graph, facts, clock);
  const loggedModelService = new LoggedModelService(
    verbs,
    loggedModelWriter,
    runService,
    experimentService,
    clock,
  );

  const modelService = new ModelService(verbs, journal, graph, facts, clock);
  const versionService = new VersionService(verbs, journal, facts, clock);
  const provenance = new Provenance(runService, loggedModelService, commitService, datasetService);
  const versionWriter = new VersionWriter(journal, graph, facts, clock);
  const registration = new RegistrationService(verbs, modelService, provenance, versionWriter);
  const aliasService = new AliasService(verbs, journal, modelService, clock);

  const moves = new StageMoves(versionService, journal, clock);
  const promotion = new PromotionService(verbs, versionService, moves);
  const subscriptions = new EventSubscriptions(db, feed);

  const lineageNodes = new LineageNodes(
    runCreation,
    datasetService,
    commitService,
    loggedModelService,
    versionService,
  );
  const recordLineage = new RecordLineageService(
    verbs,
    journal,
    graph,
    lineageNodes,
    new LineageRows(versionService, clock),
  );
  const trackingImport = new TrackingImport(
    new ExperimentImport(journal, experimentService, facts, clock),
    commitService,
    new RunImport(experimentService, runArrival, new RunMerge(journal, runGraph, facts, clock), clock),
    new LoggedModelImport(experimentService, loggedModelWriter, clock),
  );
  const versionImport = new VersionImport(provenance, versionWriter, versionService, moves);
  const imports = new ImportService(
    verbs,
    trackingImport,
    new ModelImport(modelService),
    versionImport,
    aliasService,
  );

  const nodes = new GraphLoaders(db);
  const walks = new Walks(new SqlTraversal(db, clock), clock);
  const drawing = new Drawing(nodes);
  const directory = new NodeDirectory()
    .register("ACTOR", (request, node) => actors.byId(request, node))
    .register("EXPERIMENT", (request, node) => experiments.byId(request, node))
    .register("RUN", (request, node) => runs.byId(request, node))
    .register("LOGGED_MODEL", (request, node) => loggedModels.byId(request, node))
    .register("DATASET", (request, node) => datasets.byId(request, node))
    .register("DATASET_VERSION", (request, node) => datasets.versionById(request, node))
    .register("COMMIT", (request, node) => commits.byId(request, node))
    .register("MODEL", (request, node) => models.byId(request, node))
    .register("MODEL_VERSION", (request, node) => versions.byId(request, node));
  const findModel: ModelFinder = async (request, model) => {
    return (await models.byNameOrId(request, model, "deleted, too"))?.nodeId ?? null;
  };
  const resolvers = [
    new ActorResolver(actors),
    new EventResolver(db, events, subscriptions, findModel),
    new NodeResolver(directory, nodes),
    new ExperimentResolver(db, experiments, runs, factLoaders, experimentService),
    new RunResolver(db, runs, factLoaders, new MetricLoaders(db)),
    new RunLinkResolver(experiments, commits, datasets, loggedModels, actors),
    new RunVerbResolver(runs, runCreation, runService),
    new LoggedModelResolver(loggedModels, runs, experiments, factLoaders, loggedModelService),
    new DatasetResolver(db, datasets, datasetService),
    new DatasetVersionResolver(datasets, runs),
    new DatasetUseResolver(datasets),
    new CommitResolver(db, commits, commitService),
    new ModelResolver(db, models, factLoaders, modelService),
    new ModelFactsResolver(aliases, stages),
    new ModelHistoryResolver(events),
    new VersionResolver(db, versions, versionService, registration),
    new VersionFactsResolver(models, factLoaders, evidence, new DerivationLoaders(db), { aliases, actors }),
    new VersionHistoryResolver(events),
    new RunOutputsResolver(versions),
    new LoggedModelVersionsResolver(versions),
    new AliasResolver(aliases, models, versions, aliasService),
    new ResolveResolver(versions, models, stages),
    new PromotionResolver(promotion, versions, stageChanges),
    new TransitionsResolver(stageChanges),
    new StageChangeResolver(subscriptions, events, actors, { models, versions, stages }),
    new LineageResolver(
      new LineageQuery(db, walks, drawing),
      new PathQuery(db, walks.traversal, drawing, clock),
    ),
    new LineageNodeResolver(directory, nodes),
    new LineageEdgeResolver(new LineageLoaders(db)),
    new ImpactResolver(new ImpactQuery(db, walks, stages, drawing), versions),
    new DiffResolver(new DiffQuery(db, walks, versions, drawing, nodes)),
    new RecordLineageResolver(recordLineage),
    new ImportResolver(imports),
    new CompareResolver(
      new CompareQuery(versions, evidence, datasets),
      new ReproductionQuery(versions, evidence),
    ),
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
  const db = await openDatabase(config.database, {
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
