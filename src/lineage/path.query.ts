import type { Database } from "../db/database.ts";
import type { Traversal } from "../graph/traversal.ts";
import { TimeBasis, viewpoint } from "../journal/as-of.ts";
import type { Clock } from "../kernel/clock.ts";
import { invalid } from "../kernel/errors.ts";
import type { Request } from "../kernel/request.ts";
import type { Drawing } from "./drawing.ts";
import type { LineagePath } from "./lineage.entity.ts";
import type { PathArgs } from "./lineage.inputs.ts";
import { Outlook } from "./outlook.ts";
import { rootsOf } from "./roots.ts";
import { usualBudget } from "./walks.ts";

/** How one thing came to bear on another. Both ends are readable, so whatever lies between may be known of. */
export class PathQuery {
  constructor(
    private readonly db: Database,
    private readonly traversal: Traversal,
    private readonly drawing: Drawing,
    private readonly clock: Clock,
  ) {}

  /** Throws INVALID and NOT_FOUND for the arguments, LIMIT where the nodes are too far apart to tell. */
  async ask(request: Request, { from, to, maxDepth = null }: PathArgs): Promise<LineagePath | null> {
    if (maxDepth !== null && maxDepth < 0) throw invalid("maxDepth", "0 or more", maxDepth);
    const { read } = this.db;
    const [start, end] = [
      await rootsOf(this.drawing.loaders, request, [from], "from"),
      await rootsOf(this.drawing.loaders, request, [to], "to"),
    ];
    const { view } = await viewpoint(read, null, TimeBasis.RECORDED);
    const budget = usualBudget(this.clock, request.signal);
    const path = await this.traversal.path({ from: start, to: end, maxDepth, view, budget });
    if (!path) return null;
    const ids = path.nodes;
    const reader = request.actor;
    const sight = { ids, visited: new Set(ids), edgeTypes: null, view, reader, complete: null };
    return this.drawing.path(request, ids, path.edges, new Outlook(this.traversal, sight));
  }
}
