import DataLoader from "dataloader";
import type { Database } from "../db/database.ts";
import { readable } from "../db/readable.ts";
import { among, sql } from "../db/sql.ts";
import type { PathPage } from "../kernel/path-page.ts";
import type { Request } from "../kernel/request.ts";
import type { ModelLoaders } from "./model.loaders.ts";
import type { Upload, UploadFile } from "./upload.entity.ts";
import { filesOfUpload, uploadsWhere } from "./upload.query.ts";

const mostAtOnce = 400;

/** Uploads to versions that the actor may upload files of; others are absent. */
export class UploadLoaders {
  constructor(
    private readonly db: Database,
    private readonly models: ModelLoaders,
  ) {}

  /** By node number. */
  byId(request: Request, id: number): Promise<Upload | null> {
    const loader = request.once(
      this.byId,
      () =>
        new DataLoader<number, Upload | null>((ids) => this.found(request, ids), {
          maxBatchSize: mostAtOnce,
        }),
    );
    return loader.load(id);
  }

  /** In order of their paths, those after this one. */
  files(upload: Upload, page: PathPage): Promise<UploadFile[]> {
    return filesOfUpload(this.db.read, upload.nodeId, page);
  }

  private async found(request: Request, ids: readonly number[]): Promise<(Upload | null)[]> {
    const where = [among(sql`u.id`, ids), ...readable(request.actor, sql`u.modelId`)];
    const uploads = new Map((await uploadsWhere(this.db.read, where)).map((one) => [one.nodeId, one]));
    return Promise.all(
      ids.map(async (id) => {
        const upload = uploads.get(id);
        const model = upload && (await this.models.byId(request, upload.modelId));
        return model && request.actor.may("artifact:upload", model.name) ? upload : null;
      }),
    );
  }
}
