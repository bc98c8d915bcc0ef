import "reflect-metadata";
import type { GraphQLSchema } from "graphql";
import type { Database } from "../db/database.ts";
import { schemaOf } from "../graphql/schema.ts";
import { type Clock, systemClock } from "../kernel/clock.ts";
import type { ObjectStore } from "../objects/object-store.ts";
import { wireAccess } from "./access.ts";
import { wireFoundation } from "./foundation.ts";
import { wireImports } from "./imports.ts";
import { wireLineage } from "./lineage.ts";
import { wirePromotion } from "./promotion.ts";
import { wireRegistry } from "./registry.ts";
import { wireTracking } from "./tracking.ts";

/** The rooms, wired from the ground up: what `schema.graphql` is printed from and what a server runs. */
export function wire(db: Database, clock: Clock, objects: ObjectStore) {
  const foundation = wireFoundation(db, clock, objects);
  const access = wireAccess(foundation);
  const tracking = wireTracking(foundation);
  const registry = wireRegistry(foundation, tracking);
  const promotion = wirePromotion(foundation, registry);
  const lineage = wireLineage(foundation, tracking, registry);
  const imports = wireImports(foundation, tracking, registry, promotion);
  const rooms = [foundation, access, tracking, registry, promotion, lineage, imports];
  const resolvers = rooms.flatMap((room): object[] => room.resolvers);
  return { foundation, access, resolvers };
}

/** The schema without a server: for printing it. */
export function schemaOfApp(): GraphQLSchema {
  const [db, objects] = [null as unknown as Database, null as unknown as ObjectStore];
  return schemaOf(wire(db, systemClock, objects).resolvers);
}
