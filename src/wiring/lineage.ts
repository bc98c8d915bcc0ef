import { CompareQuery } from "../lineage/compare.query.ts";
import { CompareResolver } from "../lineage/compare.resolver.ts";
import { DiffQuery } from "../lineage/diff.query.ts";
import { DiffResolver } from "../lineage/diff.resolver.ts";
import { Drawing } from "../lineage/drawing.ts";
import { ImpactQuery } from "../lineage/impact.query.ts";
import { ImpactResolver } from "../lineage/impact.resolver.ts";
import { LineageLoaders } from "../lineage/lineage.loaders.ts";
import { LineageQuery } from "../lineage/lineage.query.ts";
import { LineageResolver } from "../lineage/lineage.resolver.ts";
import { LineageEdgeResolver, LineageNodeResolver } from "../lineage/lineage-node.resolver.ts";
import { LineageNodes } from "../lineage/lineage-nodes.ts";
import { LineageRows } from "../lineage/lineage-rows.ts";
import { PathQuery } from "../lineage/path.query.ts";
import { RecordLineageResolver } from "../lineage/record-lineage.resolver.ts";
import { RecordLineageService } from "../lineage/record-lineage.service.ts";
import { ReproductionQuery } from "../lineage/reproduction.query.ts";
import { Walks } from "../lineage/walks.ts";
import type { Foundation } from "./foundation.ts";
import type { Registry } from "./registry.ts";
import type { Tracking } from "./tracking.ts";

/** Questions over everything, and the recording of a subgraph. */
export function wireLineage(foundation: Foundation, tracking: Tracking, registry: Registry) {
  const { db, clock, journal, verbs, graph, traversal, directory } = foundation;
  const { nodes } = foundation.loaders;
  const { datasets } = tracking.loaders;
  const { versions, stages } = registry.loaders;
  const { evidence } = registry;
  const walks = new Walks(traversal, nodes, clock);
  const drawing = new Drawing(nodes);

  const lineageNodes = new LineageNodes(
    tracking.services.runCreation,
    tracking.services.datasets,
    tracking.services.commits,
    tracking.services.loggedModels,
    registry.services.versions,
  );
  const lineageRows = new LineageRows(registry.services.versions, clock);
  const recordLineage = new RecordLineageService(verbs, journal, graph, lineageNodes, lineageRows);

  const resolvers = [
    new LineageResolver(new LineageQuery(db, walks, drawing), new PathQuery(db, traversal, drawing, clock)),
    new LineageNodeResolver(directory, nodes),
    new LineageEdgeResolver(new LineageLoaders(db)),
    new ImpactResolver(new ImpactQuery(db, walks, stages, drawing), versions),
    new DiffResolver(new DiffQuery(db, walks, versions, drawing, nodes)),
    new RecordLineageResolver(recordLineage),
    new CompareResolver(
      new CompareQuery(versions, evidence, datasets),
      new ReproductionQuery(versions, evidence),
    ),
  ];
  return { resolvers };
}
