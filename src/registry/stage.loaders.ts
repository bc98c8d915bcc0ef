import DataLoader from "dataloader";
import type { Database } from "../db/database.ts";
import { readableIn } from "../db/readable.ts";
import { among, every, type Sql, sql } from "../db/sql.ts";
import { lastBy, TimeBasis, type View } from "../journal/as-of.ts";
import type { Request } from "../kernel/request.ts";
import type { Stage, StageSet } from "./stage.entity.ts";
import { readFormerStages, readStageSet, readStages, stageCalled, stageNamed } from "./stage.query.ts";
import { stageKey } from "./stage.rules.ts";
import { lasting } from "./stay.query.ts";
import type { ModelVersion } from "./version.entity.ts";
import { versionColumns, versionOfRow } from "./version.query.ts";

/** At which moment a stage is looked at; now where `asOf` is null. */
export interface Moment {
  asOf: number | null;
  basis: TimeBasis;
}

const mostInStage = 100;
const modelsPerStatement = 900;

export class StageLoaders {
  constructor(private readonly db: Database) {}

  all(request: Request): Promise<Stage[]> {
    return request.once(this.all, () => readStages(this.db.read));
  }

  /** The set of them, with its revision. */
  set(request: Request): Promise<StageSet> {
    return request.once(this.set, () => readStageSet(this.db.read));
  }

  async setById(request: Request, node: number): Promise<StageSet | null> {
    const set = await this.set(request);
    return set.nodeId === node ? set : null;
  }

  /**
   * A model's versions in a stage, highest number first, at most 100. The past is asked for by names of former stages,
   * too. Throws INVALID for an unknown stage.
   */
  async inStage(request: Request, modelId: number, stage: string, moment: Moment): Promise<ModelVersion[]> {
    const { asOf, basis } = moment;
    const name = await (asOf === null
      ? this.nameNow(request, stage, "stage")
      : this.nameThen(request, stage, "stage"));
    const key = `inStage ${name} ${asOf} ${basis}`;
    return request.once(key, () => this.loader(request, name, moment)).load(modelId);
  }

  /** Of each stage in which a model's versions stand, the one with the highest number; in the order of the stages. */
  latestOfEach(request: Request, modelId: number): Promise<ModelVersion[]> {
    const loader = request.once(
      this.latestOfEach,
      () =>
        new DataLoader<number, ModelVersion[]>(
          async (modelIds) => {
            // Which stages are taken, and which version came last to each, are looks into the index of stages: a model
            // may have any number of versions.
            const taken = sql`SELECT DISTINCT t.modelId, t.stage FROM model_version t WHERE ${among(sql`t.modelId`, modelIds)}`;
            const last = sql`SELECT l.id FROM model_version l WHERE l.modelId = s.modelId AND l.stage = s.stage
              AND l.deletedAt IS NULL ORDER BY l.number DESC LIMIT 1`;
            const latest = sql`SELECT g.position, (${last}) AS id FROM (${taken}) AS s
              JOIN stage g ON g.name = s.stage WHERE g.removedAt IS NULL`;
            const where = every(readableIn(request, sql`v.modelId`, modelIds));
            const rows = await this.db.read.query<object>(
              sql`SELECT ${versionColumns} FROM (${latest}) AS r JOIN model_version v ON v.id = r.id
                  WHERE ${where} ORDER BY r.position`,
            );
            const byModel = new Map<number, ModelVersion[]>(modelIds.map((id) => [id, []]));
            for (const version of rows.map(versionOfRow)) byModel.get(version.modelId)?.push(version);
            return modelIds.map((id) => byModel.get(id)!);
          },
          { maxBatchSize: modelsPerStatement },
        ),
    );
    return loader.load(modelId);
  }

  /** What a stage is called that is or was. Throws INVALID that names the field for one that never was. */
  async nameThen(request: Request, stage: string, field: string): Promise<string> {
    const known = stageCalled(await this.all(request), stage);
    if (known) return known.name;
    const former = await request.once(this.nameThen, () => readFormerStages(this.db.read));
    const found = former.find((name) => stageKey(name) === stageKey(stage));
    return found ?? this.nameNow(request, stage, field);
  }

  private async nameNow(request: Request, stage: string, field: string): Promise<string> {
    return stageNamed(await this.all(request), stage, field).name;
  }

  private loader(request: Request, stage: string, moment: Moment): DataLoader<number, ModelVersion[]> {
    return new DataLoader(
      async (modelIds) => {
        // Cut per model by the database: a stage may hold thousands.
        const ranked = sql`SELECT v.id, ROW_NUMBER() OVER (PARTITION BY v.modelId ORDER BY v.number DESC) AS place
          FROM ${await this.standing(request, stage, moment, modelIds)}`;
        const where = every([
          sql`r.place <= ${mostInStage}`,
          ...readableIn(request, sql`v.modelId`, modelIds),
        ]);
        const rows = await this.db.read.query<object>(
          sql`SELECT ${versionColumns} FROM (${ranked}) AS r JOIN model_version v ON v.id = r.id
              WHERE ${where} ORDER BY v.number DESC`,
        );
        const byModel = new Map<number, ModelVersion[]>(modelIds.map((id) => [id, []]));
        for (const version of rows.map(versionOfRow)) byModel.get(version.modelId)?.push(version);
        return modelIds.map((id) => byModel.get(id)!);
      },
      { maxBatchSize: modelsPerStatement },
    );
  }

  /** Versions `v` of these models that stand there. */
  private async standing(
    request: Request,
    stage: string,
    { asOf, basis }: Moment,
    modelIds: readonly number[],
  ): Promise<Sql> {
    if (asOf === null) {
      return sql`model_version v WHERE ${among(sql`v.modelId`, modelIds)} AND v.stage = ${stage} AND v.deletedAt IS NULL`;
    }
    const view = await request.once(`view ${asOf} ${basis}`, () => this.viewAt(asOf, basis));
    const stays = every([among(sql`c.modelId`, modelIds), sql`c.stage = ${stage}`, lasting(view, sql`c`)]);
    // Stays told out of order may overlap: a version that stands there twice is still one.
    return sql`(SELECT DISTINCT c.versionId FROM stage_change c WHERE ${stays}) AS s JOIN model_version v ON v.id = s.versionId`;
  }

  private async viewAt(asOf: number, basis: TimeBasis): Promise<View> {
    // By occurred time, whatever is recorded counts: no later page has to agree.
    if (basis === TimeBasis.OCCURRED) return { seq: Number.MAX_SAFE_INTEGER, occurredBy: asOf };
    return { seq: (await lastBy(this.db.read, asOf)).seq, occurredBy: null };
  }
}
