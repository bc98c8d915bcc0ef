import { ImportResolver } from "../imports/import.resolver.ts";
import { ImportService } from "../imports/import.service.ts";
import { ModelImport } from "../imports/model-import.ts";
import { TrackingImport } from "../imports/tracking-import.ts";
import { VersionImport } from "../imports/version-import.ts";
import type { Foundation } from "./foundation.ts";
import type { Promotion } from "./promotion.ts";
import type { Registry } from "./registry.ts";
import type { Tracking } from "./tracking.ts";

/** The taking over of a past: each noun's own import, in one transaction. */
export function wireImports(
  { verbs }: Foundation,
  tracking: Tracking,
  registry: Registry,
  promotion: Promotion,
) {
  const { provenance, versionWriter, services } = registry;
  const trackingImport = new TrackingImport(
    tracking.imports.experiments,
    tracking.services.commits,
    tracking.imports.runs,
    tracking.imports.loggedModels,
  );
  const modelImport = new ModelImport(services.models);
  const versionImport = new VersionImport(
    provenance,
    versionWriter,
    services.versions,
    promotion.moves,
    promotion.records,
  );
  const imports = new ImportService(verbs, trackingImport, modelImport, versionImport, services.aliases);
  return { resolvers: [new ImportResolver(imports)] };
}
