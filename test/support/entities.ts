import { getMetadataArgsStorage } from "typeorm";
import type { EntityClass } from "../../src/db/sources.ts";
import { EdgeRow, GraphLock, NodeRow, ScopeRevision } from "../../src/graph/graph.entity.ts";
import { EventText, JournalHead, RegistryEvent } from "../../src/journal/event.entity.ts";
import { Idempotency } from "../../src/journal/idempotency.entity.ts";

/** What journal and graph need: enough where no noun is in play. */
export const journalEntities: EntityClass[] = [
  RegistryEvent,
  EventText,
  JournalHead,
  Idempotency,
  NodeRow,
  EdgeRow,
  GraphLock,
  ScopeRevision,
];

/** Every class with @Entity in the sources: loading its file is what makes one known. */
export async function everyEntity(): Promise<EntityClass[]> {
  const files = import.meta.glob("../../src/**/*.entity.ts");
  await Promise.all(Object.values(files).map((load) => load()));
  return getMetadataArgsStorage().tables.map((table) => table.target as EntityClass);
}
