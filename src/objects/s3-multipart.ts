import { randomUUID } from "node:crypto";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { inLanes } from "../kernel/lanes.ts";
import { ObjectStoreError, type SentPart } from "./object-store.ts";
import { partBytesOf, partSizesOf } from "./parts.rules.ts";
import { type Change, changed, type Head, patience, type S3Bucket } from "./s3-bucket.ts";
import { ifMissing, s3Trouble } from "./s3-errors.mapping.ts";
import { inOrder, isSameTag } from "./sent-parts.rules.ts";

/** One upload: what it is to become, and its id. */
export interface Upload {
  key: string;
  id: string;
}

export interface ArrivedPart {
  number: number;
  sizeBytes: number;
  etag: string;
}

/**
 * What is copied in one request, and how many requests at once. S3 copies up to 5 GiB in one, but one request is one
 * reader and one writer: what takes Swift 2.3 times as long as it took the parts to arrive takes 1.7 in such slices.
 */
const mostCopiedBytes = 64 * 1024 ** 2;
const copiesAtOnce = 4;

export interface MultipartOptions {
  /** What is copied in one request; at least 5 MiB. */
  copiedBytes?: number;
  /** Else it is found out. */
  forgetsCompleted?: boolean;
}

/** Objects in parts, by their full keys. */
export class S3Multipart {
  private forgetting: Promise<boolean> | null = null;
  private readonly sliceBytes: number;

  constructor(
    private readonly bucket: S3Bucket,
    { copiedBytes = mostCopiedBytes, forgetsCompleted }: MultipartOptions = {},
  ) {
    this.sliceBytes = copiedBytes;
    if (forgetsCompleted !== undefined) this.forgetting = Promise.resolve(forgetsCompleted);
  }

  async begin(key: string, contentType: string, change?: Change): Promise<Upload> {
    const given = { Bucket: this.bucket.name, Key: key, ContentType: contentType };
    const { UploadId: id } = await this.bucket.client.send(
      new CreateMultipartUploadCommand({ ...given, ...(change && changed(change)) }),
    );
    if (!id) throw new ObjectStoreError("AWAY", "the object store gives an upload no id");
    return { key, id };
  }

  /** In order of their numbers; null where there is no such upload: completed, aborted or swept. */
  arrived(upload: Upload): Promise<ArrivedPart[] | null> {
    return ifMissing(null, async () => {
      const parts: ArrivedPart[] = [];
      let from: { PartNumberMarker?: string } = {};
      for (;;) {
        const page = await this.bucket.client.send(new ListPartsCommand({ ...this.named(upload), ...from }));
        for (const { PartNumber: number = 0, Size: sizeBytes = -1, ETag: etag = "" } of page.Parts ?? []) {
          parts.push({ number, sizeBytes, etag });
        }
        // Not the SDK's paginator: it goes by the marker alone, which some servers send with the last page, too.
        if (!page.IsTruncated || page.NextPartNumberMarker === undefined) return parts;
        from = { PartNumberMarker: page.NextPartNumberMarker };
      }
    });
  }

  /** MISSING unless all parts are there, each as long as it should be. */
  complete(upload: Upload, sizeBytes: number): Promise<void> {
    const sizes = partSizesOf(sizeBytes);
    const numbers = sizes.map((_, at) => at + 1);
    return this.completeOf(upload, numbers, (part) => part.sizeBytes === sizes[part.number - 1]);
  }

  /** MISSING unless these parts are there as told. */
  completeTold(upload: Upload, parts: readonly SentPart[]): Promise<void> {
    const tags = new Map(inOrder(parts).map(({ number, etag }) => [number, etag]));
    return this.completeOf(upload, [...tags.keys()], ({ number, etag }) => {
      const told = tags.get(number);
      return told === "" || (told !== undefined && isSameTag(told, etag));
    });
  }

  async send(upload: Upload, number: number, bytes: Buffer): Promise<ArrivedPart> {
    const part = { ...this.named(upload), PartNumber: number, Body: bytes };
    const { ETag: etag = "" } = await this.bucket.client.send(new UploadPartCommand(part), patience);
    return { number, sizeBytes: bytes.length, etag };
  }

  /** The object is there as a whole, or not at all. */
  async putTogether(upload: Upload, parts: readonly ArrivedPart[], isNew = true): Promise<void> {
    const Parts = parts.map(({ number, etag }) => ({ PartNumber: number, ETag: etag }));
    const given = { ...this.named(upload), MultipartUpload: { Parts } };
    const complete = (condition: { IfNoneMatch?: string }) =>
      this.bucket.client.send(new CompleteMultipartUploadCommand({ ...given, ...condition }), patience);
    await (isNew ? this.bucket.ifNew(complete) : complete({}));
  }

  /** Where there is no such upload, nothing happens. */
  async abort(upload: Upload): Promise<void> {
    await ifMissing(null, () => this.bucket.client.send(new AbortMultipartUploadCommand(this.named(upload))));
  }

  /** Aborts what was begun before then (epoch ms); how many. */
  async sweep(prefix: string, begunBefore: number): Promise<number> {
    let swept = 0;
    let from: { KeyMarker?: string; UploadIdMarker?: string } = {};
    for (;;) {
      const page = await this.bucket.client.send(
        new ListMultipartUploadsCommand({ Bucket: this.bucket.name, Prefix: prefix, ...from }),
      );
      for (const { Key: key, UploadId: id, Initiated: begun } of page.Uploads ?? []) {
        if (!key || !id || !begun || begun.getTime() >= begunBefore) continue;
        await this.abort({ key, id });
        swept += 1;
      }
      if (!page.IsTruncated || page.NextKeyMarker === undefined) return swept;
      from = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker ?? "" };
    }
  }

  /** Copies within the store, in slices where it is large; nothing is at `to` before all of it is. */
  async copy(from: Head, to: string): Promise<void> {
    if (from.sizeBytes <= this.sliceBytes) return this.bucket.copy(from, to);
    await this.copyInSlices(from, await this.begin(to, from.contentType), true);
  }

  /** The same in its own place, which is never empty meanwhile. */
  async copyOnto(from: Head, change: Change): Promise<void> {
    if (from.sizeBytes <= this.sliceBytes) return this.bucket.copyOnto(from, change);
    await this.copyInSlices(from, await this.begin(from.key, from.contentType, change), false);
  }

  private async copyInSlices(from: Head, upload: Upload, isNew: boolean): Promise<void> {
    try {
      const sliceBytes = Math.max(this.sliceBytes, partBytesOf(from.sizeBytes));
      const slices = Array.from({ length: Math.ceil(from.sizeBytes / sliceBytes) }, (_, at) => at);
      const copied: ArrivedPart[] = [];
      await inLanes(slices, copiesAtOnce, async (at) => {
        copied.push(await this.copySlice(upload, from, at, sliceBytes));
      });
      await this.putTogether(
        upload,
        copied.sort((a, b) => a.number - b.number),
        isNew,
      );
    } catch (error) {
      await this.abort(upload).catch(() => {}); // What remains is swept; the first trouble is the one to tell.
      throw s3Trouble(error);
    }
  }

  /**
   * Whether this server refuses further parts once an upload is completed, found out with an object of one byte. AWS does;
   * Swift lets its owner, or whoever has a signed request of his, replace parts under the finished object.
   */
  forgetsCompleted(probeKey: string): Promise<boolean> {
    this.forgetting ??= this.probe(`${probeKey}${randomUUID()}`).catch((error) => {
      this.forgetting = null; // Asked anew next time.
      throw error;
    });
    return this.forgetting;
  }

  private async probe(key: string): Promise<boolean> {
    const upload = await this.begin(key, "application/octet-stream");
    await this.putTogether(upload, [await this.send(upload, 1, Buffer.from("?"))]);
    const left = await this.arrived(upload);
    await this.bucket.delete(key);
    return left === null;
  }

  private async copySlice(upload: Upload, from: Head, at: number, sliceBytes: number): Promise<ArrivedPart> {
    const start = at * sliceBytes;
    const end = Math.min(start + sliceBytes, from.sizeBytes) - 1;
    const { CopyPartResult: copied } = await this.bucket.client.send(
      new UploadPartCopyCommand({
        ...this.bucket.copyOf(from),
        ...this.named(upload),
        PartNumber: at + 1,
        CopySourceRange: `bytes=${start}-${end}`,
      }),
      patience,
    );
    return { number: at + 1, sizeBytes: end + 1 - start, etag: copied?.ETag ?? "" };
  }

  private async completeOf(upload: Upload, numbers: number[], fits: (part: ArrivedPart) => boolean) {
    const arrived = (await this.arrived(upload)) ?? [];
    // By number: SeaweedFS lists one that was sent again beside what it replaces.
    const fitting = new Map(arrived.filter(fits).map((part) => [part.number, part]));
    const parts = numbers.flatMap((number) => fitting.get(number) ?? []);
    if (parts.length < numbers.length) throw new ObjectStoreError("MISSING", "not all parts have arrived");
    await this.putTogether(upload, parts);
  }

  private named({ key, id }: Upload): { Bucket: string; Key: string; UploadId: string } {
    return { Bucket: this.bucket.name, Key: key, UploadId: id };
  }
}
