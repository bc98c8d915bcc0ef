import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { ObjectStoreError } from "./object-store.ts";
import { partSizesOf } from "./parts.rules.ts";
import { s3Trouble } from "./s3-errors.mapping.ts";

export interface ArrivedPart {
  number: number;
  sizeBytes: number;
  etag: string;
}

/** Putting a large object together takes the store its time; some say nothing until it is done. */
const completionMillis = 120_000;

/** Objects sent in parts. The parts go to the final key, and are nothing there until the server says so. */
export class S3Multipart {
  constructor(
    private readonly client: S3Client,
    private readonly bucket: string,
  ) {}

  /** The upload's id. */
  async begin(key: string, contentType: string): Promise<string> {
    const begun = await this.client.send(
      new CreateMultipartUploadCommand({ Bucket: this.bucket, Key: key, ContentType: contentType }),
    );
    if (!begun.UploadId) throw new ObjectStoreError("AWAY", "the object store gives an upload no id");
    return begun.UploadId;
  }

  /** In order of their numbers; null where there is no such upload: completed, aborted or swept. */
  async arrived(key: string, uploadId: string): Promise<ArrivedPart[] | null> {
    const parts: ArrivedPart[] = [];
    let from: { PartNumberMarker?: string } = {};
    try {
      for (;;) {
        const page = await this.client.send(
          new ListPartsCommand({ Bucket: this.bucket, Key: key, UploadId: uploadId, ...from }),
        );
        for (const { PartNumber: number = 0, Size: sizeBytes = -1, ETag: etag = "" } of page.Parts ?? []) {
          parts.push({ number, sizeBytes, etag });
        }
        // Not the SDK's paginator: it goes by the marker alone, which some servers send with the last page, too.
        if (!page.IsTruncated || page.NextPartNumberMarker === undefined) return parts;
        from = { PartNumberMarker: page.NextPartNumberMarker };
      }
    } catch (error) {
      const trouble = s3Trouble(error);
      if (trouble.trouble === "MISSING") return null;
      throw trouble;
    }
  }

  /** MISSING unless all parts are there, each as long as it should be. */
  async complete(
    key: string,
    uploadId: string,
    sizeBytes: number,
    arrived: readonly ArrivedPart[],
  ): Promise<void> {
    const sizes = partSizesOf(sizeBytes);
    const parts = arrived.filter((part) => part.number <= sizes.length);
    if (parts.length < sizes.length || parts.some((part) => part.sizeBytes !== sizes[part.number - 1])) {
      throw new ObjectStoreError("MISSING", "not all parts have arrived");
    }
    await this.client.send(
      new CompleteMultipartUploadCommand({
        Bucket: this.bucket,
        Key: key,
        UploadId: uploadId,
        MultipartUpload: { Parts: parts.map(({ number, etag }) => ({ PartNumber: number, ETag: etag })) },
      }),
      { requestTimeout: completionMillis },
    );
  }

  /** Where there is no such upload, nothing happens. */
  async abort(key: string, uploadId: string): Promise<void> {
    try {
      await this.client.send(
        new AbortMultipartUploadCommand({ Bucket: this.bucket, Key: key, UploadId: uploadId }),
      );
    } catch (error) {
      const trouble = s3Trouble(error);
      if (trouble.trouble !== "MISSING") throw trouble;
    }
  }

  /** Aborts what was begun before then (epoch ms); how many. */
  async sweep(prefix: string, begunBefore: number): Promise<number> {
    let swept = 0;
    let from: { KeyMarker?: string; UploadIdMarker?: string } = {};
    for (;;) {
      const page = await this.client.send(
        new ListMultipartUploadsCommand({ Bucket: this.bucket, Prefix: prefix, ...from }),
      );
      for (const { Key: key, UploadId: uploadId, Initiated: initiated } of page.Uploads ?? []) {
        if (!key || !uploadId || !initiated || initiated.getTime() >= begunBefore) continue;
        await this.abort(key, uploadId);
        swept += 1;
      }
      if (!page.IsTruncated || page.NextKeyMarker === undefined) return swept;
      from = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker ?? "" };
    }
  }
}
