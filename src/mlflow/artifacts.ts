import { z } from "zod";
import { StemmaError } from "../kernel/errors.ts";
import type { Request } from "../kernel/request.ts";
import type { Downloads } from "../objects/downloads.ts";
import type { LoggedFileService } from "../tracking/logged-file.service.ts";
import type { LoggedFileUploadService } from "../tracking/logged-file-upload.service.ts";
import { filePlaceOf } from "./artifact-bytes.ts";
import {
  type LoggedPlace,
  loggedPlaceOf,
  modelArtifactsOf,
  placeOf,
  runArtifactsOf,
  safePath,
} from "./artifact-path.rules.ts";
import type { ArtifactReads } from "./artifact-reads.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { badParameter, MlflowError } from "./mlflow-error.ts";
import { listOf, missingParameter, requiredText, requiredWhole, text } from "./parameters.ts";
import { listOrNothing } from "./registered-model.mapping.ts";

const path = z.object({ "*": requiredText });
const begun = path.extend({ path: requiredText, num_parts: requiredWhole });
const ended = path.extend({ path: requiredText, upload_id: requiredText });
const completed = ended.extend({
  parts: listOf(z.object({ part_number: requiredWhole, etag: text, url: text })),
});
const noParts = "Multipart upload is not supported for the current artifact repository";
const noPresigned = "Multipart download is not supported for the current artifact repository";

/** Lists of files below `/api/2.0/mlflow/`, by run and by logged model. */
export class ArtifactLists {
  constructor(private readonly reads: ArtifactReads) {}

  endpoints(): Endpoint[] {
    const ofModel = z.object({ model_id: requiredText, artifact_directory_path: text });
    return [
      endpoint(
        "GET",
        "artifacts/list",
        z.object({ run_id: text, run_uuid: text, path: text }),
        (request, given) => this.ofRun(request, given.run_id ?? given.run_uuid, given.path),
      ),
      endpoint(
        "GET",
        "logged-models/:model_id/artifacts/directories",
        ofModel,
        async (request, { model_id, artifact_directory_path: folder = "" }) => {
          const place = await this.reads.placeInModel(request, model_id, folder);
          return this.shown(request, place, modelArtifactsOf(place.experimentId, model_id));
        },
      ),
    ];
  }

  private async ofRun(request: Request, runId: string | undefined, folder = ""): Promise<object> {
    if (runId === undefined) throw missingParameter("run_id");
    const place = await this.reads.placeInRun(request, runId, folder);
    return this.shown(request, place, runArtifactsOf(place.experimentId, runId));
  }

  /** By their paths within the run or logged model. */
  private async shown(request: Request, place: LoggedPlace, root_uri: string): Promise<object> {
    const found = await this.reads.folder(request, place);
    const below = place.path === "" ? "" : `${place.path}/`;
    return {
      root_uri,
      files: listOrNothing(found.map((file) => ({ ...file, path: `${below}${file.path}` }))),
    };
  }
}

/** The artifact proxy, `/api/2.0/mlflow-artifacts/…`: files of runs and logged models, and those of versions to read. */
export class Artifacts {
  constructor(
    private readonly reads: ArtifactReads,
    private readonly uploads: LoggedFileUploadService,
    private readonly files: LoggedFileService,
    private readonly downloads: Downloads,
  ) {}

  /** Those whose answers are JSON, below `/api/2.0/mlflow-artifacts/`. */
  endpoints(): Endpoint[] {
    return [
      endpoint("GET", "artifacts", z.object({ path: text }), async (request, { path: told }) => {
        const place = placeOf(told ?? "");
        return { files: place ? await this.reads.folder(request, place) : [] };
      }),
      endpoint("DELETE", "artifacts/*", path, (request, given) => this.delete(request, given["*"])),
      endpoint("POST", "mpu/create/*", begun, (request, given) => this.begin(request, given)),
      {
        ...endpoint("POST", "mpu/complete/*", completed, (request, given) => this.complete(request, given)),
        isLong: true, // What has come is read once, to hash it.
      },
      endpoint("POST", "mpu/abort/*", ended, async (request, given) => {
        this.mustSignParts();
        await this.uploads.abort(request.actor, filePlaceOf(placeOfUpload(given)), given.upload_id);
        return {};
      }),
      endpoint("GET", "presigned/*", path, async (request, given) => {
        // A store that signs for no parts is this server's own: its bytes come this way in any case.
        if (!this.uploads.isPossible) throw new MlflowError("NOT_IMPLEMENTED", noPresigned);
        const file = await this.reads.fileAt(request, given["*"]);
        const { url, headers } = await this.downloads.sign(file, null);
        return { url, headers: headersOf(headers), file_size: file.sizeBytes };
      }),
    ];
  }

  /** What is not there need not be deleted. */
  private async delete(request: Request, told: string): Promise<object> {
    const place = loggedPlaceOf(told);
    const { owner, path: within } = filePlaceOf(place);
    await this.reads.mustBeThere(request, place);
    try {
      await this.files.delete(request.actor, { ...owner, path: within === "" ? null : within });
    } catch (error) {
      const isOfPath =
        error instanceof StemmaError && error.code === "NOT_FOUND" && error.inputPath?.[0] === "path";
      if (!isOfPath) throw error;
    }
    return {};
  }

  private async begin(request: Request, given: z.output<typeof begun>): Promise<object> {
    this.mustSignParts();
    const place = placeOfUpload(given);
    await this.reads.mustBeThere(request, place);
    const partCount = given.num_parts;
    const { id, parts } = await this.uploads.begin(request.actor, filePlaceOf(place), { partCount });
    const credentials = parts.map(({ url, headers }, at) => ({
      url,
      part_number: at + 1,
      headers: headersOf(headers),
    }));
    return { upload_id: id, credentials };
  }

  private async complete(request: Request, given: z.output<typeof completed>): Promise<object> {
    this.mustSignParts();
    const parts = given.parts.map(({ part_number: number, etag = "" }) => ({ number, etag }));
    await this.uploads.complete(request.actor, filePlaceOf(placeOfUpload(given)), given.upload_id, parts);
    return {};
  }

  /** The client then sends the file in one piece. */
  private mustSignParts(): void {
    if (!this.uploads.isPossible) throw new MlflowError("NOT_IMPLEMENTED", noParts);
  }
}

/** The URL names the folder; the client tells the file by the path it has on its own machine. */
function placeOfUpload({ "*": folder, path: local }: { "*": string; path: string }): LoggedPlace {
  const name = local.split(/[/\\]/).at(-1)!;
  if (name === "")
    throw badParameter(`Invalid value '${local.slice(0, 200)}' for parameter 'path': expected a file`);
  return loggedPlaceOf(`${safePath(folder)}/${name}`);
}

function headersOf(headers: readonly { name: string; value: string }[]): Record<string, string> {
  return Object.fromEntries(headers.map(({ name, value }) => [name, value]));
}
