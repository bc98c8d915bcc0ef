import type { Database } from "../db/database.ts";
import { carriedBy, type KeysetList, readPage, type SortKey } from "../db/keyset.ts";
import { readable } from "../db/readable.ts";
import { among, type Sql, sql } from "../db/sql.ts";
import { TimeBasis, type View, viewpoint, viewpointAt } from "../journal/as-of.ts";
import { eventColumns, eventOfRow } from "../journal/feed.ts";
import { invalid } from "../kernel/errors.ts";
import { sliceOf } from "../kernel/page.ts";
import type { Request } from "../kernel/request.ts";
import { livingIn } from "../registry/model.query.ts";
import type { StageLoaders } from "../registry/stage.loaders.ts";
import { stageKey } from "../registry/stage.rules.ts";
import { lasting } from "../registry/stay.query.ts";
import { StageChange, type StageChangeConnection } from "./stage-change.entity.ts";
import type { RegistryArgs } from "./standing.inputs.ts";

const mostStages = 100;

/** By the time that the basis means, the latest first; each has an index that says all that is asked of a stay. */
const orders: Record<TimeBasis, readonly SortKey[]> = {
  [TimeBasis.RECORDED]: [{ column: sql`c.fromSeq`, as: "seq", isDescending: true }],
  [TimeBasis.OCCURRED]: [
    { column: sql`c.fromAt`, as: "occurredAt", isDescending: true },
    { column: sql`c.fromSeq`, as: "seq", isDescending: true },
  ],
};

/** What stood in which stage at an instant, by the change that had put it there. */
export class StandingQuery {
  constructor(
    private readonly db: Database,
    private readonly stages: StageLoaders,
  ) {}

  /** Throws INVALID for arguments and unknown stages, CURSOR_EXPIRED for a page of another registry. */
  async ask(request: Request, args: RegistryArgs): Promise<StageChangeConnection> {
    const slice = sliceOf(args);
    const stages = args.stages ?? null;
    if (stages !== null && (stages.length < 1 || stages.length > mostStages))
      throw invalid("stages", `1–${mostStages} stages, or null`, stages.length);
    const { asOf } = args;
    const basis = args.basis ?? TimeBasis.RECORDED;
    const wanted = stages && [...new Set(stages.map(stageKey))].sort();
    const place = { scope: JSON.stringify(["registry", asOf, basis, wanted]), order: orders[basis] };
    // Later pages show what the first one did: the instant may be still to come, or its last event still on its way.
    const { view, snapshot } =
      slice.after === null
        ? await viewpoint(this.db.read, asOf, basis)
        : await viewpointAt(this.db.read, String(carriedBy(place, slice.after, 1, "after")[0]), asOf, basis);
    const list: KeysetList = {
      ...place,
      carried: [snapshot],
      select: eventColumns,
      // An outer join has the stays read first, along their index: the journal is larger.
      from: sql`stage_change c LEFT JOIN event ON event.seq = c.fromSeq`,
      where: [
        stages ? await this.inThese(request, stages) : besidesTheFirst,
        lasting(view, sql`c`),
        ...once(view),
        hasMoved,
        livingIn(view, sql`c.modelId`),
        ...readable(request.actor, sql`c.modelId`),
      ],
    };
    return readPage(this.db.read, list, slice, (row) => new StageChange(eventOfRow(row)));
  }

  private async inThese(request: Request, stages: readonly string[]): Promise<Sql> {
    const names = stages.map((stage, index) => this.stages.nameThen(request, stage, `stages.${index}`));
    return among(sql`c.stage`, [...new Set(await Promise.all(names))]);
  }
}

/** A stage that was taken away keeps the position that it had. */
const besidesTheFirst = sql`c.stage NOT IN (SELECT g.name FROM stage g WHERE g.position = 0)`;

/** Into its first stay a version was put by no change, but when it was registered. */
const hasMoved = sql`(SELECT f.fromSeq FROM stage_change f WHERE f.versionId = c.versionId ORDER BY f.fromSeq LIMIT 1) < c.fromSeq`;

/** Stays told out of order may overlap: a version that stands in a stage twice is shown by the last of them. */
function once(view: View): Sql[] {
  if (view.occurredBy === null) return [];
  const later = sql`l.versionId = c.versionId AND l.stage = c.stage AND l.fromSeq > c.fromSeq`;
  return [sql`NOT EXISTS (SELECT 1 FROM stage_change l WHERE ${later} AND ${lasting(view, sql`l`)})`];
}
