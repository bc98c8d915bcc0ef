import type { Database } from "../db/database.ts";
import type { GraphLoaders } from "../graph/graph.loaders.ts";
import { LineageDirection, PartialReason } from "../graph/traversal.ts";
import { TimeBasis, type View, viewpoint } from "../journal/as-of.ts";
import { invalid, notFound } from "../kernel/errors.ts";
import { formatId } from "../kernel/ids.ts";
import type { Request } from "../kernel/request.ts";
import type { VersionLoaders } from "../registry/version.loaders.ts";
import type { LineageDiff } from "./diff.entity.ts";
import { differenceOf } from "./diff.rules.ts";
import type { Drawing } from "./drawing.ts";
import type { LineageNode } from "./lineage.entity.ts";
import { Outlook } from "./outlook.ts";
import type { Walks } from "./walks.ts";

const mostNodes = 10_000;
const deepest = 1_000_000;

/** How what two versions came from differs. */
export class DiffQuery {
  constructor(
    private readonly db: Database,
    private readonly walks: Walks,
    private readonly versions: VersionLoaders,
    private readonly drawing: Drawing,
    private readonly graph: GraphLoaders,
  ) {}

  /** Throws INVALID and NOT_FOUND for the arguments. */
  async ask(request: Request, left: string, right: string, depth: number | null): Promise<LineageDiff> {
    if (depth !== null && (depth < 1 || depth > deepest)) throw invalid("depth", `1–${deepest}`, depth);
    const { view, snapshot } = await viewpoint(this.db.read, null, TimeBasis.RECORDED);
    const [before, after] = [
      await this.upstreamOf(request, await this.find(request, left, "left"), depth, view),
      await this.upstreamOf(request, await this.find(request, right, "right"), depth, view),
    ];
    const { added, removed, changed } = differenceOf(before.nodes, after.nodes);
    request.life.take(added.length + removed.length + changed.length);
    const reason = before.reason ?? after.reason;
    return {
      added,
      removed,
      changed: await Promise.all(
        changed.map(async (pair) => {
          // Readable, since its members are.
          const { kind, id, label } = (await this.graph.node(request, pair.left.containerId!))!;
          return { container: formatId(kind, id), containerLabel: label ?? "", ...pair };
        }),
      ),
      isPartial: reason !== null,
      partialReason: reason,
      snapshot,
    };
  }

  private async find(request: Request, ref: string, field: string): Promise<number> {
    const version = await this.versions.byRef(request, ref);
    if (!version) throw notFound(`model version ${ref}`, field);
    return version.nodeId;
  }

  /** Everything upstream of a version that the caller may read, but for itself. */
  private async upstreamOf(
    request: Request,
    id: number,
    depth: number | null,
    view: View,
  ): Promise<{ nodes: LineageNode[]; reason: PartialReason | null }> {
    const everything = { kinds: null, edgeTypes: null, stopAt: null, maxPerNode: null };
    const roots = [{ id, kind: "MODEL_VERSION" as const }];
    const wish = { ...everything, roots, direction: LineageDirection.UPSTREAM, depth, view };
    const known = await this.walks.of(request, wish, null);
    const { walk } = known;
    const all = walk.shown.slice(1).filter((node) => known.isReadable(node));
    const ids = all.slice(0, mostNodes);
    const { visited } = walk;
    const outlook = new Outlook(this.walks.traversal, {
      ids,
      visited,
      edgeTypes: null,
      view,
      reader: request.actor,
      complete: null,
    });
    const layout = {
      degreeOf: (node: number) => visited.get(node)!,
      placeOf: (node: number) => known.placeOf(node),
    };
    return {
      nodes: await this.drawing.nodes(request, ids, layout, outlook),
      reason: walk.reason ?? (all.length > ids.length ? PartialReason.NODE_BUDGET : null),
    };
  }
}
