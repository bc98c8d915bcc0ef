import type { EdgeType } from "../graph/graph.entity.ts";
import { LineageDirection, type Traversal } from "../graph/traversal.ts";
import type { View } from "../journal/as-of.ts";
import type { Actor } from "../kernel/actor.ts";

type OneWay = LineageDirection.UPSTREAM | LineageDirection.DOWNSTREAM;

interface Sight {
  /** The nodes of the page. */
  ids: readonly number[];
  /** Everything that the whole answer visited. */
  visited: { has(id: number): boolean };
  edgeTypes: readonly EdgeType[] | null;
  view: View;
  /** Whose neighbours are to count. */
  reader: Actor;
  /** The direction in which the answer left nothing out. */
  complete: LineageDirection | null;
}

/** Which nodes of an answer have neighbours beyond it: asked for a page at once, and only when somebody wants to know. */
export class Outlook {
  private readonly open = new Map<OneWay, Promise<ReadonlySet<number>>>();

  constructor(
    private readonly traversal: Traversal,
    private readonly sight: Sight,
  ) {}

  async hasMore(id: number, direction: OneWay): Promise<boolean> {
    const { complete, ...question } = this.sight;
    if (complete === direction) return false;
    let open = this.open.get(direction);
    if (!open) {
      open = this.traversal.openEnds({ ...question, direction });
      this.open.set(direction, open);
    }
    return (await open).has(id);
  }
}
