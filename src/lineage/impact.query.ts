import type { Database } from "../db/database.ts";
import { readable } from "../db/readable.ts";
import { among, chunksOf, every, sql } from "../db/sql.ts";
import { LineageDirection } from "../graph/traversal.ts";
import { TimeBasis, viewpoint, viewpointAt } from "../journal/as-of.ts";
import { invalid } from "../kernel/errors.ts";
import { instanceOf } from "../kernel/node.ts";
import { type ForwardArgs, sliceOf } from "../kernel/page.ts";
import type { Request } from "../kernel/request.ts";
import type { StageLoaders } from "../registry/stage.loaders.ts";
import { stageNamed } from "../registry/stage.query.ts";
import { livingVersion } from "../registry/version.query.ts";
import type { Drawing } from "./drawing.ts";
import { Impact, ImpactConnection } from "./impact.entity.ts";
import type { LineagePath } from "./lineage.entity.ts";
import { Outlook } from "./outlook.ts";
import { formatPlace, readPlace } from "./place.ts";
import { rootsOf } from "./roots.ts";
import type { Walks } from "./walks.ts";

const mostAsked = 100;
const nodesPerStatement = 999;

/** Which model versions something reached. */
export class ImpactQuery {
  constructor(
    private readonly db: Database,
    private readonly walks: Walks,
    private readonly stages: StageLoaders,
    private readonly drawing: Drawing,
  ) {}

  /** Throws INVALID for arguments and unknown stages, NOT_FOUND for what is not there. */
  async ask(
    request: Request,
    of: readonly string[],
    stages: readonly string[] | null,
    page: ForwardArgs,
  ): Promise<ImpactConnection> {
    if (of.length < 1 || of.length > mostAsked) throw invalid("of", `1–${mostAsked} ids`, of.length);
    const { limit, after } = sliceOf(page);
    const wanted = stages && (await this.named(request, stages));
    const roots = await rootsOf(this.drawing.loaders, request, of, "of");
    const scope = JSON.stringify(["impact", roots, wanted]);
    const place = after === null ? null : readPlace(scope, after);
    const { view, snapshot } = place
      ? await viewpointAt(this.db.read, place.snapshot, null, TimeBasis.RECORDED)
      : await viewpoint(this.db.read, null, TimeBasis.RECORDED);
    const offset = place?.offset ?? 0;
    const everything = { depth: null, kinds: null, edgeTypes: null, stopAt: null, maxPerNode: null };
    const wish = { ...everything, roots, direction: LineageDirection.DOWNSTREAM, view };
    const known = await this.walks.of(request, wish, place);
    const { visited, reason } = known.walk;
    const { cutAt, seen } = known;
    // What was asked for is not downstream of itself; what may not be read has no place in the list.
    const reached = [...visited.keys()].filter((id) => visited.get(id)! > 0 && known.isReadable(id));
    const found = await this.versionsAmong(request, reached, offset, limit + 1, wanted);
    const edges = found.slice(0, limit).map((at) => {
      const versionId = reached[at]!;
      const node = instanceOf(Impact, { versionId, walk: known, degree: visited.get(versionId)! });
      return { cursor: formatPlace(scope, { snapshot, offset: at + 1, cutAt, seen }), node };
    });
    return instanceOf(ImpactConnection, {
      edges,
      nodes: edges.map(({ node }) => node),
      pageInfo: {
        hasNextPage: found.length > limit,
        hasPreviousPage: offset > 0,
        startCursor: edges[0]?.cursor ?? null,
        endCursor: edges.at(-1)?.cursor ?? null,
      },
      isPartial: reason !== null,
      partialReason: reason,
      count: async () => (await this.versionsAmong(request, reached, 0, reached.length, wanted)).length,
    });
  }

  /** One shortest path to an impact from what was asked for. */
  pathTo(request: Request, { versionId, walk }: Impact): Promise<LineagePath> {
    const edges = walk.pathTo(versionId);
    const ids = [...edges.map(({ src }) => src), versionId];
    const { view } = walk.wish;
    const reader = request.actor;
    const sight = { ids, visited: new Set(ids), edgeTypes: null, view, reader, complete: null };
    return this.drawing.path(request, ids, edges, new Outlook(this.walks.traversal, sight));
  }

  private async named(request: Request, stages: readonly string[]): Promise<string[]> {
    const known = await this.stages.all(request);
    const names = stages.map((stage, index) => stageNamed(known, stage, `stages.${index}`).name);
    return [...new Set(names)].sort();
  }

  /** Places, from one on, of living versions of living models that are in one of these stages now; at most so many. */
  private async versionsAmong(
    { actor }: Request,
    reached: readonly number[],
    from: number,
    most: number,
    stages: readonly string[] | null,
  ): Promise<number[]> {
    const places: number[] = [];
    let at = from;
    for (const chunk of chunksOf(reached.slice(from), nodesPerStatement)) {
      const wanted = [
        among(sql`v.id`, chunk),
        livingVersion,
        // A remembered walk may show what has been renamed out of sight since.
        ...readable(actor, sql`v.modelId`),
        ...(stages ? [among(sql`v.stage`, stages)] : []),
      ];
      const rows = await this.db.read.query<{ id: number }>(
        sql`SELECT v.id FROM model_version v WHERE ${every(wanted)}`,
      );
      const versions = new Set(rows.map(({ id }) => id));
      for (const id of chunk) {
        if (versions.has(id)) places.push(at);
        at++;
      }
      if (places.length >= most) break;
    }
    return places.slice(0, most);
  }
}
