import { keyIsTaken } from "./object-store.ts";
import type { S3Bucket } from "./s3-bucket.ts";
import { told } from "./s3-errors.mapping.ts";
import type { ArrivedPart, S3Multipart, Upload } from "./s3-multipart.ts";
import type { PartTaker } from "./streamed-parts.ts";

/** An object that this server writes, at its full key. Nobody else knows the upload, so its parts go where they are to stay. */
export class S3Writing implements PartTaker {
  private upload: Upload | null = null;
  private readonly sent: ArrivedPart[] = [];

  constructor(
    private readonly bucket: S3Bucket,
    private readonly multipart: S3Multipart,
    private readonly key: string,
    private readonly contentType: string,
  ) {}

  /** Not all servers refuse to write where something is. */
  async begin(): Promise<void> {
    if (await this.bucket.head(this.key)) throw keyIsTaken();
  }

  takeWhole(bytes: Buffer): Promise<void> {
    return unlessTaken(() => this.bucket.write(this.key, bytes, this.contentType));
  }

  takePart(number: number, bytes: Buffer): Promise<void> {
    return told(async () => {
      this.upload ??= await this.multipart.begin(this.key, this.contentType);
      this.sent.push(await this.multipart.send(this.upload, number, bytes));
    });
  }

  putTogether(): Promise<void> {
    return unlessTaken(() => this.multipart.putTogether(this.upload!, this.sent));
  }

  async giveUp(): Promise<void> {
    if (this.upload) await this.multipart.abort(this.upload);
  }
}

/** What is written only where nothing is: the key may have been taken since that was asked. */
function unlessTaken(write: () => Promise<void>): Promise<void> {
  return told(() =>
    write().catch((error) => {
      throw error?.$metadata?.httpStatusCode === 412 ? keyIsTaken() : error;
    }),
  );
}
