import { BlobPlacer } from "../objects/blob-placer.ts";
import { ColdKeeper } from "../retention/cold-keeper.ts";
import {
  LegalHoldResolver,
  ModelHoldResolver,
  VersionHoldResolver,
} from "../retention/legal-hold.resolver.ts";
import { LegalHoldService } from "../retention/legal-hold.service.ts";
import { LockKeeper } from "../retention/lock-keeper.ts";
import { RetentionLoaders } from "../retention/retention.loaders.ts";
import { RetentionResolver, RetentionStepResolver } from "../retention/retention.resolver.ts";
import { RetentionService } from "../retention/retention.service.ts";
import { RetentionKeeper } from "../retention/retention-keeper.ts";
import { RunFilesKeeper } from "../retention/run-files-keeper.ts";
import type { Foundation } from "./foundation.ts";
import type { Bytes } from "./objects.ts";
import type { Registry } from "./registry.ts";

/** How long files are kept, and what is kept whatever is set. */
export function wireRetention(foundation: Foundation, registry: Registry, { store }: Pick<Bytes, "store">) {
  const { db, clock, journal, verbs, graph, directory, loaders } = foundation;
  const { models, versions } = registry.loaders;
  const retention = new RetentionLoaders(db);
  directory.register("RETENTION", (request, node) => retention.byId(request, node));
  const holds = new LegalHoldService(verbs, journal, clock);
  const resolvers = [
    new RetentionResolver(retention, new RetentionService(verbs, journal, graph, clock)),
    new RetentionStepResolver(versions),
    new LegalHoldResolver(holds, models, versions, loaders.actors, retention),
    new ModelHoldResolver(retention),
    new VersionHoldResolver(retention),
  ];
  const keeper = new RetentionKeeper(db, journal, registry.services.versions, clock);
  const placer = new BlobPlacer(db, store, clock);
  const cold = new ColdKeeper(db, journal, placer, clock);
  const locks = new LockKeeper(db, placer, clock);
  const runFiles = new RunFilesKeeper(db, journal, clock);
  return { keeper, runFiles, cold, locks, resolvers };
}
