import type { Database } from "../db/database.ts";
import { sql } from "../db/sql.ts";
import { type Feed, headOf } from "../journal/feed.ts";
import { canonical, sha256 } from "../kernel/canonical.ts";
import type { Request } from "../kernel/request.ts";
import type { Resolved, ResolveQuery, ResolveWish } from "./resolve.query.ts";

/** What a reference stands for, and a mark that is another one when something of that is. */
export interface Marked extends Resolved {
  mark: string;
}

/** Tells when what a reference stands for changes: by the journal, so nothing is missed and nothing polled for. */
export class ResolveWatch {
  constructor(
    private readonly db: Database,
    private readonly feed: Feed,
    private readonly query: ResolveQuery,
  ) {}

  async now(request: Request, wish: ResolveWish): Promise<Marked | null> {
    const resolved = await this.query.of(request, wish);
    return resolved && { ...resolved, mark: markOf(resolved) };
  }

  /**
   * What it stands for as soon as its mark is another one than this; what it stood for last where `signal` comes first.
   * Each look is by the rights that stand then. Throws as `now` does, and UNAUTHENTICATED.
   */
  async changed(
    request: Request,
    wish: ResolveWish,
    mark: string,
    signal: AbortSignal,
  ): Promise<Marked | null> {
    // The place in the journal first: what happens after it is heard of below.
    const { seq } = await headOf(this.db.read);
    let found = await this.now(request, wish);
    if (found === null || found.mark !== mark) return found;
    const { nodeId } = found.model;
    const anyOf = [
      sql`containerId = ${nodeId}`,
      sql`subjectId = ${nodeId} AND (containerId IS NULL OR containerId <> ${nodeId})`,
    ];
    for await (const _ of this.feed.follow(seq, { anyOf, all: [] }, signal)) {
      await request.lookAgain();
      request.forget();
      found = await this.now(request, wish);
      if (found === null || found.mark !== mark) return found;
    }
    await request.lookAgain();
    return found;
  }
}

function markOf({ modelVersion, model, uri, alias }: Resolved): string {
  const { id, number, stage, semanticVersion, digest, image } = modelVersion;
  const said = { id, model: model.name, number, stage, semanticVersion, digest, uri, alias };
  return sha256(canonical({ ...said, image: image && { ...image } })).slice(0, 32);
}
