import type { Arriving, FreeParts, SentPart, SignedRequest } from "./object-store.ts";
import type { S3Arrivals } from "./s3-arrivals.ts";
import { told } from "./s3-errors.mapping.ts";
import type { S3Multipart, Upload } from "./s3-multipart.ts";
import type { S3Signer } from "./s3-signing.ts";

/** Parts of an upload whose sizes nobody has said, so that they are not signed. */
export class S3FreeParts implements FreeParts {
  constructor(
    private readonly arrivals: S3Arrivals,
    private readonly multipart: S3Multipart,
    private readonly signer: S3Signer,
  ) {}

  begin(key: string, contentType: string): Promise<string> {
    return told(() => this.arrivals.beginParts(key, contentType));
  }

  sign(arriving: Arriving, number: number, expiresAt: number): Promise<SignedRequest> {
    return told(async () => {
      const way = this.arrivals.wayOf(arriving);
      if (way.kind === "whole") throw new Error("the ticket of an object that comes in one request");
      const { key, id } = way.upload;
      const query = { partNumber: String(number), uploadId: id };
      return this.signer.sign({ method: "PUT", key, query }, expiresAt);
    });
  }

  commit(arriving: Arriving, parts: readonly SentPart[]): Promise<void> {
    // Whatever is at a fresh key is the object: of its size, nothing is known.
    const isIt = () => true;
    const complete = (upload: Upload) => this.multipart.completeTold(upload, parts);
    return told(() => this.arrivals.commit(arriving, { complete, isIt }));
  }

  abort(arriving: Arriving): Promise<void> {
    return told(() => this.arrivals.abort(arriving));
  }
}
