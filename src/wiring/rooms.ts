import "reflect-metadata";
import type { GraphQLSchema } from "graphql";
import type { Database } from "../db/database.ts";
import { schemaOf } from "../graphql/schema.ts";
import { type Clock, systemClock } from "../kernel/clock.ts";
import type { ObjectStore } from "../objects/object-store.ts";
import type { InferenceRule } from "../tracking/inference.rules.ts";
import { wireAccess } from "./access.ts";
import { wireFoundation } from "./foundation.ts";
import { wireImports } from "./imports.ts";
import { wireLineage } from "./lineage.ts";
import { wireMlflow } from "./mlflow.ts";
import { type Bytes, wireCollection } from "./objects.ts";
import { wirePromotion } from "./promotion.ts";
import { wireRegistry } from "./registry.ts";
import { wireRetention } from "./retention.ts";
import { wireTracking } from "./tracking.ts";

/** The rooms, wired from the ground up: what `schema.graphql` is printed from and what a server runs. */
export function wire(db: Database, clock: Clock, bytes: Bytes, inference: readonly InferenceRule[] = []) {
  const foundation = wireFoundation(db, clock);
  const access = wireAccess(foundation);
  const tracking = wireTracking(foundation, bytes, inference);
  const registry = wireRegistry(foundation, tracking, bytes);
  const promotion = wirePromotion(foundation, registry);
  const retention = wireRetention(foundation, registry, bytes);
  const lineage = wireLineage(foundation, tracking, registry);
  const imports = wireImports(foundation, tracking, registry, promotion);
  const collection = wireCollection(db, clock, bytes);
  const rooms = [foundation, access, tracking, registry, promotion, retention, collection, lineage, imports];
  const resolvers = rooms.flatMap((room): object[] => room.resolvers);
  const mlflow = wireMlflow(tracking, registry, promotion, bytes);
  return { foundation, access, tracking, registry, retention, collection, mlflow, resolvers };
}

const noBytes: Bytes = {
  store: null as unknown as ObjectStore,
  urlSeconds: 0,
  scrub: null,
  graceSeconds: 0,
  onFault: () => {},
};

/** The schema without a server: for printing it. */
export function schemaOfApp(): GraphQLSchema {
  return schemaOf(wire(null as unknown as Database, systemClock, noBytes).resolvers);
}
