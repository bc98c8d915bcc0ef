import DataLoader from "dataloader";
import type { Database } from "../db/database.ts";
import { readableIn } from "../db/readable.ts";
import { among, every, type Sql, sql } from "../db/sql.ts";
import { seqAt, TimeBasis } from "../journal/as-of.ts";
import type { Request } from "../kernel/request.ts";
import type { Stage, StageSet } from "./stage.entity.ts";
import { readFormerStages, readStageSet, readStages, stageCalled, stageNamed } from "./stage.query.ts";
import { stageKey } from "./stage.rules.ts";
import type { ModelVersion } from "./version.entity.ts";
import { versionColumns, versionOfRow } from "./version.query.ts";

/** At which moment a stage is looked at; now where `asOf` is null. */
export interface Moment {
  asOf: number | null;
  basis: TimeBasis;
}

const mostInStage = 100;

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
    const name = await this.nameAt(request, stage, moment);
    const key = `inStage ${name} ${moment.asOf} ${moment.basis}`;
    return request.once(key, () => this.loader(request, name, moment)).load(modelId);
  }

  private async nameAt(request: Request, stage: string, { asOf }: Moment): Promise<string> {
    const stages = await this.all(request);
    const known = stageCalled(stages, stage);
    if (!known && asOf !== null) {
      const former = await request.once(this.nameAt, () => readFormerStages(this.db.read));
      const found = former.find((name) => stageKey(name) === stageKey(stage));
      if (found) return found;
    }
    return (known ?? stageNamed(stages, stage, "stage")).name;
  }

  private loader(request: Request, stage: string, moment: Moment): DataLoader<number, ModelVersion[]> {
    return new DataLoader(
      async (modelIds) => {
        // Cut per model by the database: a stage may hold thousands.
        const ranked = sql`SELECT v.id, ROW_NUMBER() OVER (PARTITION BY v.modelId ORDER BY v.number DESC) AS place
          FROM model_version v WHERE ${among(sql`v.modelId`, modelIds)} AND ${await this.standing(stage, moment, modelIds)}`;
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
      { maxBatchSize: 900 },
    );
  }

  private async standing(stage: string, { asOf, basis }: Moment, modelIds: readonly number[]): Promise<Sql> {
    if (asOf === null) return sql`v.stage = ${stage} AND v.deletedAt IS NULL`;
    // IN, not JOIN: stays told out of order may overlap, and a version that stands there twice is still one.
    const inStays = (time: Sql) =>
      sql`v.id IN (SELECT c.versionId FROM stage_change c WHERE ${among(sql`c.modelId`, modelIds)} AND c.stage = ${stage} AND ${time})`;
    if (basis === TimeBasis.OCCURRED) {
      return inStays(sql`c.fromAt <= ${asOf} AND (c.toAt IS NULL OR c.toAt > ${asOf})`);
    }
    const seq = await seqAt(this.db.read, asOf);
    return inStays(sql`c.fromSeq <= ${seq} AND (c.toSeq IS NULL OR c.toSeq > ${seq})`);
  }
}
