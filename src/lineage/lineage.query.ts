import type { Database } from "../db/database.ts";
import type { Root } from "../graph/traversal.ts";
import { LineageDirection } from "../graph/traversal.ts";
import { TimeBasis, viewpoint, viewpointAt } from "../journal/as-of.ts";
import { invalid } from "../kernel/errors.ts";
import type { Kind } from "../kernel/ids.ts";
import type { Request } from "../kernel/request.ts";
import type { Drawing } from "./drawing.ts";
import type { Lineage } from "./lineage.entity.ts";
import type { LineageArgs, WalkArgs } from "./lineage.inputs.ts";
import { Outlook } from "./outlook.ts";
import { formatPlace, readPlace } from "./place.ts";
import { rootsOf } from "./roots.ts";
import type { Walks, Wish } from "./walks.ts";

const largestPage = 1_000;
const usualPage = 200;
const mostPerNode = 100_000;
const deepest = 1_000_000;

/** What something came from, and what came of it. */
export class LineageQuery {
  constructor(
    private readonly db: Database,
    private readonly walks: Walks,
    private readonly drawing: Drawing,
  ) {}

  /** Throws INVALID for arguments, NOT_FOUND for the root, CURSOR_EXPIRED for a page of another registry. */
  async ask(request: Request, args: LineageArgs): Promise<Lineage> {
    const roots = await rootsOf(this.drawing.loaders, request, [args.root], "root");
    return this.from(request, roots, args);
  }

  /** From nodes that the caller is known to read. */
  async from(request: Request, roots: Root[], args: WalkArgs & Partial<LineageArgs>): Promise<Lineage> {
    const asked = checked(args);
    const scope = JSON.stringify(["lineage", roots, asked]);
    const { view, snapshot, place } = await this.startOf(scope, args);
    const offset = place?.offset ?? 0;
    const wish: Wish = { ...asked, roots, view };
    const known = await this.walks.of(request, wish, place);
    const { visited, shown, reason } = known.walk;
    const end = Math.min(offset + pageSizeOf(args), shown.length);
    const ids = shown.slice(offset, end);
    const isWhole = reason === null && asked.depth === null && asked.stopAt === null;
    const outlook = new Outlook(this.walks.traversal, {
      ids,
      visited,
      edgeTypes: asked.edgeTypes,
      view,
      reader: request.actor,
      complete: isWhole && asked.direction !== LineageDirection.BOTH ? asked.direction : null,
    });
    const layout = {
      degreeOf: (id: number) => visited.get(id)!,
      placeOf: (id: number) => known.placeOf(id),
    };
    const [nodes, edges] = await Promise.all([
      this.drawing.nodes(request, ids, layout, outlook),
      this.drawing.edges(request, known.edgesOn(offset, end), layout),
    ]);
    const { cutAt, seen } = known;
    const cursorAt = (at: number) => formatPlace(scope, { snapshot, offset: at, cutAt, seen });
    return {
      nodes,
      edges,
      totalNodes: shown.length,
      isPartial: reason !== null,
      partialReason: reason,
      snapshot,
      pageInfo: {
        hasNextPage: end < shown.length,
        hasPreviousPage: offset > 0,
        startCursor: ids.length > 0 ? cursorAt(offset + 1) : null,
        endCursor: ids.length > 0 ? cursorAt(end) : null,
      },
    };
  }

  private async startOf(scope: string, { after, asOf = null, basis }: WalkArgs & Partial<LineageArgs>) {
    const time = basis ?? TimeBasis.RECORDED;
    if (after == null) return { ...(await viewpoint(this.db.read, asOf, time)), place: null };
    const place = readPlace(scope, after);
    return { ...(await viewpointAt(this.db.read, place.snapshot, asOf, time)), place };
  }
}

function pageSizeOf({ first }: WalkArgs): number {
  return first ?? usualPage;
}

/** What makes a walk the one it is; equal for arguments that mean the same. */
function checked(args: WalkArgs & Partial<LineageArgs>) {
  const { direction, depth = null, maxPerNode = null } = args;
  within("first", pageSizeOf(args), 1, largestPage);
  within("depth", depth, 0, deepest);
  within("maxPerNode", maxPerNode, 1, mostPerNode);
  return {
    direction,
    depth,
    kinds: listed("kinds", args.kinds) as Kind[] | null,
    edgeTypes: listed("edgeTypes", args.edgeTypes),
    stopAt: listed("stopAt", args.stopAt) as Kind[] | null,
    maxPerNode,
    asOf: args.asOf ?? null,
    basis: args.basis ?? TimeBasis.RECORDED,
  };
}

function within(field: string, value: number | null, least: number, most: number): void {
  if (value !== null && (value < least || value > most)) throw invalid(field, `${least}–${most}`, value);
}

function listed<T>(field: string, values: readonly T[] | null | undefined): T[] | null {
  if (values == null) return null;
  if (values.length === 0) throw invalid(field, "at least one, or null for all", values);
  return [...new Set(values)].sort();
}
