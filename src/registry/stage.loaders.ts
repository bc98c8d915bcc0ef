import DataLoader from "dataloader";
import type { Database } from "../db/database.ts";
import { among, type Sql, sql } from "../db/sql.ts";
import { seqAt, TimeBasis } from "../journal/as-of.ts";
import type { Request } from "../kernel/request.ts";
import type { Stage } from "./stage.entity.ts";
import { readStages, stageNamed } from "./stage.query.ts";
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

  /** A model's versions in a stage, highest number first, at most 100. Throws INVALID for an unknown stage. */
  async inStage(request: Request, modelId: number, stage: string, moment: Moment): Promise<ModelVersion[]> {
    const { name } = stageNamed(await this.all(request), stage, "stage");
    const key = `inStage ${name} ${moment.asOf} ${moment.basis}`;
    return request.once(key, () => this.loader(name, moment)).load(modelId);
  }

  private loader(stage: string, moment: Moment): DataLoader<number, ModelVersion[]> {
    return new DataLoader(
      async (modelIds) => {
        // Cut per model by the database: a stage may hold thousands.
        const ranked = sql`SELECT v.id, ROW_NUMBER() OVER (PARTITION BY v.modelId ORDER BY v.number DESC) AS place
          FROM ${await this.standing(stage, moment)} AND ${among(sql`v.modelId`, modelIds)}`;
        const rows = await this.db.read.query<object>(
          sql`SELECT ${versionColumns} FROM (${ranked}) AS r JOIN model_version v ON v.id = r.id
              WHERE r.place <= ${mostInStage} ORDER BY v.number DESC`,
        );
        const byModel = new Map<number, ModelVersion[]>(modelIds.map((id) => [id, []]));
        for (const version of rows.map(versionOfRow)) byModel.get(version.modelId)?.push(version);
        return modelIds.map((id) => byModel.get(id)!);
      },
      { maxBatchSize: 900 },
    );
  }

  private async standing(stage: string, { asOf, basis }: Moment): Promise<Sql> {
    if (asOf === null) return sql`model_version v WHERE v.stage = ${stage} AND v.deletedAt IS NULL`;
    const stays = sql`stage_change c JOIN model_version v ON v.id = c.versionId WHERE c.stage = ${stage}`;
    if (basis === TimeBasis.OCCURRED) {
      return sql`${stays} AND c.fromAt <= ${asOf} AND (c.toAt IS NULL OR c.toAt > ${asOf})`;
    }
    const seq = await seqAt(this.db.read, asOf);
    return sql`${stays} AND c.fromSeq <= ${seq} AND (c.toSeq IS NULL OR c.toSeq > ${seq})`;
  }
}
