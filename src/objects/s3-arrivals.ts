import { type Arriving, ObjectStoreError } from "./object-store.ts";
import type { Head, S3Bucket } from "./s3-bucket.ts";
import { ifMissing } from "./s3-errors.mapping.ts";
import type { S3Multipart, Upload } from "./s3-multipart.ts";
import type { StoreFolders } from "./store-folders.ts";

/** How an object is sent, kept in its ticket. */
type Way =
  /** In one request. */
  | { kind: "whole" }
  /** In parts of what becomes the object. */
  | { kind: "direct"; upload: Upload }
  /** In parts of what is copied when it is complete. */
  | { kind: "staged"; upload: Upload };

/** What makes an object of what has arrived. */
interface Completion {
  /** Puts the parts together; MISSING where one is not there. */
  complete(upload: Upload): Promise<void>;
  /** Whether this is the object. */
  isIt(head: Head): boolean;
}

/** What callers send into a bucket, and how it becomes an object; S3Store says why so. */
export class S3Arrivals {
  constructor(
    private readonly folders: StoreFolders,
    private readonly bucket: S3Bucket,
    private readonly multipart: S3Multipart,
  ) {}

  /** The ticket of an object that comes in parts. */
  async beginParts(key: string, contentType: string): Promise<string> {
    const { folders, multipart } = this;
    const isDirect = await multipart.forgetsCompleted(folders.incoming(".probe-"));
    const at = isDirect ? folders.committed(key) : folders.incoming(key);
    const { id } = await multipart.begin(at, contentType);
    return `${isDirect ? "direct" : "staged"}:${id}`;
  }

  wayOf({ key, ticket }: Arriving): Way {
    const [kind = "", id = ""] = ticket.split(/:(.*)/s);
    if (kind === "direct") return { kind, upload: { key: this.folders.committed(key), id } };
    if (kind === "staged") return { kind, upload: { key: this.folders.incoming(key), id } };
    return { kind: "whole" };
  }

  /** Makes it the object at its key, unless it is already. MISSING where not everything is there. */
  async commit(arriving: Arriving, completion: Completion): Promise<void> {
    const way = this.wayOf(arriving);
    // Never twice: what has been sent again since is not what was committed.
    if (!(await this.isCommitted(arriving, completion))) {
      try {
        if (way.kind === "direct") await completion.complete(way.upload);
        else await this.copyArrived(arriving, way, completion);
      } catch (error) {
        // Another server may have committed it meanwhile, and tidied up.
        if (!(await this.isCommitted(arriving, completion))) throw error;
      }
    }
    if (way.kind !== "direct") await this.bucket.delete(this.folders.incoming(arriving.key));
  }

  async abort(arriving: Arriving): Promise<void> {
    const way = this.wayOf(arriving);
    if (way.kind !== "whole") await this.multipart.abort(way.upload);
    if (way.kind !== "direct") await this.bucket.delete(this.folders.incoming(arriving.key));
  }

  private async isCommitted({ key }: Arriving, { isIt }: Completion): Promise<boolean> {
    const head = await this.bucket.head(this.folders.committed(key));
    return head !== null && isIt(head);
  }

  private async copyArrived({ key }: Arriving, way: Way, { complete, isIt }: Completion): Promise<void> {
    const at = this.folders.incoming(key);
    let arrived = await this.bucket.head(at);
    if (!arrived && way.kind === "staged") {
      await ifMissing(null, () => complete(way.upload));
      // Put together here, or by another server since we asked.
      arrived = await this.bucket.head(at);
    }
    if (!arrived || !isIt(arrived)) throw new ObjectStoreError("MISSING", "not everything has arrived");
    await this.multipart.copy(arrived, this.folders.committed(key));
  }
}
