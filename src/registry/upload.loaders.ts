import type { Database } from "../db/database.ts";
import { readable } from "../db/readable.ts";
import { sql } from "../db/sql.ts";
import type { Request } from "../kernel/request.ts";
import type { PathPage } from "./artifact.inputs.ts";
import type { ModelLoaders } from "./model.loaders.ts";
import type { Upload, UploadFile } from "./upload.entity.ts";
import { filesOfUpload, uploadsWhere } from "./upload.query.ts";

/** Uploads to versions that the actor may upload files of; others are absent. */
export class UploadLoaders {
  constructor(
    private readonly db: Database,
    private readonly models: ModelLoaders,
  ) {}

  /** By node number. */
  async byId(request: Request, id: number): Promise<Upload | null> {
    const where = [sql`u.id = ${id}`, ...readable(request.actor, sql`u.modelId`)];
    const [upload] = await uploadsWhere(this.db.read, where);
    if (!upload) return null;
    const model = await this.models.byId(request, upload.modelId);
    return model && request.actor.may("artifact:upload", model.name) ? upload : null;
  }

  /** In order of their paths, those after this one. */
  files(upload: Upload, page: PathPage): Promise<UploadFile[]> {
    return filesOfUpload(this.db.read, upload.nodeId, page);
  }
}
