import { ActorLoaders } from "../access/actor.loaders.ts";
import type { Database } from "../db/database.ts";
import { ContainerScopes } from "../graph/container-scopes.ts";
import { GraphLoaders } from "../graph/graph.loaders.ts";
import { Graph } from "../graph/graph.ts";
import { NodeResolver } from "../graph/node.resolver.ts";
import { NodeDirectory } from "../graph/node-directory.ts";
import { NodeFacts } from "../graph/node-facts.ts";
import { SqlTraversal } from "../graph/sql-traversal.ts";
import { EventLoaders } from "../journal/event.loaders.ts";
import { Feed } from "../journal/feed.ts";
import { Journal } from "../journal/journal.ts";
import { EventSubscriptions } from "../journal/subscription.ts";
import { Verbs } from "../journal/verbs.ts";
import type { Clock } from "../kernel/clock.ts";
import type { ObjectStore } from "../objects/object-store.ts";

/** What every noun stands on. The rooms above add their kinds to the directory. */
export function wireFoundation(db: Database, clock: Clock, objects: ObjectStore) {
  const feed = new Feed(db);
  const journal = new Journal(clock, feed.wake);
  const verbs = new Verbs(db, clock);
  const graph = new Graph();
  const subscriptions = new EventSubscriptions(db, feed);
  const traversal = new SqlTraversal(db, clock);
  const nodes = new GraphLoaders(db, new NodeFacts(db), new ContainerScopes(db));
  const loaders = { actors: new ActorLoaders(db), events: new EventLoaders(db), nodes };

  const { actors } = loaders;
  const directory = new NodeDirectory().register("ACTOR", (request, node) => actors.byId(request, node));

  const resolvers = [new NodeResolver(directory, nodes)];
  return {
    db,
    clock,
    objects,
    feed,
    journal,
    verbs,
    graph,
    subscriptions,
    traversal,
    loaders,
    directory,
    resolvers,
  };
}

export type Foundation = ReturnType<typeof wireFoundation>;
