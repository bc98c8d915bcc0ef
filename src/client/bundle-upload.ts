// Files to a version: announced, sent straight to the object store, and completed.
import { setTimeout as pause } from "node:timers/promises";
import { bundleDigestOf, inOrderOfPaths } from "./bundle-paths.ts";
import type { StemmaClient } from "./client.ts";
import { gql } from "./document.ts";
import { StemmaClientError } from "./errors.ts";
import type { DigestedFile } from "./file-digests.ts";
import { type Asked, type Transfer, type TransferOptions, transferAll } from "./paged-transfers.ts";
import { patiently } from "./patience.ts";
import { type SignedPut, StoreConnections, type Stretch } from "./store-connections.ts";

export const createUploadDocument = gql`
  mutation CreateUpload($input: CreateUploadInput!) {
    createUpload(input: $input) {
      upload {
        id
        state
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const completeUploadDocument = gql`
  mutation CompleteUpload($input: CompleteUploadInput!) {
    completeUpload(input: $input) {
      upload {
        id
        state
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const uploadStateDocument = gql`
  query UploadState($id: ID!) {
    upload(id: $id) {
      state
      message
      modelVersion {
        digest
        statusMessage
      }
    }
  }
`;

/** The page is to be small: each file costs about seven points, for what is signed for it. */
export const missingDocument = gql`
  query MissingOfUpload($id: ID!, $first: Int!, $after: String) {
    upload(id: $id) {
      files(first: $first, after: $after) {
        path
        url
        headers {
          name
          value
        }
        parts {
          number
          offsetBytes
          sizeBytes
          url
          headers {
            name
            value
          }
        }
      }
    }
  }
`;

/** How far an upload has come, in bytes. */
export interface UploadProgress {
  /** Of the whole: there already, or sent. */
  doneBytes: number;
  /** By this process, what had to be sent again counted again. */
  sentBytes: number;
}

export interface UploadOptions extends TransferOptions {
  /** Beside the version's bundle rather than into it. */
  isEvidence?: boolean;
  onProgress?: (progress: UploadProgress) => void;
  /** All of it has been sent: the registry is hashing it. */
  onVerifying?: () => void;
}

export interface UploadOutcome extends UploadProgress {
  /** Its id. */
  upload: string;
  /** Of the version's bundle, 64 hex digits; null where it has none. */
  digest: string | null;
  /** What the registry has to say of it, such as why a file was not taken for the card. */
  note: string | null;
}

/** A file to be uploaded; where no role is given, the registry guesses. */
export type FileToUpload = DigestedFile & { role?: string };

interface Missing {
  path: string;
  url: string | null;
  headers: SignedPut["headers"];
  parts: (SignedPut & { number: number; offsetBytes: number; sizeBytes: number })[];
}

type Task = SignedPut & Stretch & { index: number };

const filesPerPage = 200;
/** More parts of a file are not told at once. */
const mostPartsTold = 1_000;
/** What was sent and found wrong is sent again; more often than so, it is wrong here. */
const mostAttempts = 3;
const shortestPollMillis = 50;
const longestPollMillis = 2_000;

/**
 * Uploads files of a version, to its end: an upload of the same files that is open goes on with what is missing. `version`
 * is an id or a reference. Waits while the registry hashes what arrived. Throws StemmaClientError: the registry's codes
 * (CONFLICT where the version takes no files), STORE, CHANGED, DIGEST_MISMATCH; FileError.
 */
export async function uploadFiles(
  client: StemmaClient,
  version: string,
  files: readonly FileToUpload[],
  options: UploadOptions = {},
): Promise<UploadOutcome> {
  const upload = new Sending(client, inOrderOfPaths(files), options);
  return upload.run(version);
}

class Sending {
  private id = "";
  private readonly connections: StoreConnections;
  private readonly positions: ReadonlyMap<string, number>;
  /** Of each file. */
  private readonly done: number[];
  private readonly progress: UploadProgress = { doneBytes: 0, sentBytes: 0 };

  constructor(
    private readonly client: StemmaClient,
    private readonly files: readonly FileToUpload[],
    private readonly options: UploadOptions,
  ) {
    this.connections = new StoreConnections(options.connections ?? 6, options.signal);
    this.positions = new Map(files.map(({ path }, index) => [path, index]));
    this.done = files.map(() => 0);
  }

  async run(version: string): Promise<UploadOutcome> {
    try {
      let state = await this.create(version);
      for (let attempt = 1; ; attempt++) {
        if (state === "OPEN") await this.sendMissing();
        try {
          const { digest, statusMessage } = await this.complete();
          return { upload: this.id, digest, note: statusMessage, ...this.progress };
        } catch (error) {
          const isWrong = error instanceof StemmaClientError && error.code === "INVALID";
          if (!isWrong || attempt === mostAttempts) throw error;
          this.options.onWait?.(error.message);
          state = "OPEN";
        }
      }
    } finally {
      this.connections.close();
    }
  }

  private async create(version: string): Promise<string> {
    const files = this.files.map(({ path, role, sizeBytes, sha256 }) => ({ path, role, sizeBytes, sha256 }));
    const input = { version, files, isEvidence: this.options.isEvidence ?? false };
    const { createUpload } = await patiently(this.options, () =>
      this.client.mutate<{ createUpload: { upload: { id: string; state: string } } }>(createUploadDocument, {
        input,
      }),
    );
    this.id = createUpload.upload.id;
    return createUpload.upload.state;
  }

  private sendMissing(): Promise<void> {
    const transfer: Transfer<FileToUpload, Task> = {
      mostItems: filesPerPage,
      ask: (page) => this.ask(page),
      act: (task) => this.send(task),
    };
    return transferAll(this.files, transfer, this.options);
  }

  /** What is missing of a page of files; what is not counts as done. */
  private async ask(page: readonly FileToUpload[]): Promise<Asked<Task>> {
    const begin = this.positions.get(page[0]!.path)!;
    const variables = { id: this.id, first: page.length, after: this.files[begin - 1]?.path ?? null };
    const { upload } = await patiently(this.options, () =>
      this.client.query<{ upload: { files: Missing[] } | null }>(missingDocument, variables),
    );
    if (!upload) throw new StemmaClientError("NOT_FOUND", `upload ${this.id} is not there anymore`);
    const tasks = upload.files.flatMap((told) => this.tasksOf(told));
    return { tasks, isCut: upload.files.some(({ parts }) => parts.length >= mostPartsTold) };
  }

  private tasksOf({ path, url, headers, parts }: Missing): Task[] {
    const index = this.positions.get(path);
    if (index === undefined)
      throw new StemmaClientError("NOT_FOUND", `upload ${this.id}: no file is ${path}`);
    const file = this.files[index]!;
    const { sizeBytes } = file;
    const whole = url === null ? [] : [{ url, headers, offsetBytes: 0, sizeBytes }];
    const tasks = [...whole, ...parts].map((stretch) => ({ ...stretch, file, index }));
    const untold = parts.length >= mostPartsTold ? sizeBytes - endOf(parts.at(-1)!) : 0;
    const missing = tasks.reduce((sum, task) => sum + task.sizeBytes, untold);
    this.count(index, sizeBytes - missing - this.done[index]!);
    return tasks;
  }

  private async send(task: Task): Promise<void> {
    await this.connections.put(task, task, (count) => {
      this.progress.sentBytes += count;
      this.count(task.index, count);
    });
  }

  private count(index: number, bytes: number): void {
    this.done[index]! += bytes;
    this.progress.doneBytes += bytes;
    this.options.onProgress?.(this.progress);
  }

  /** What the version has become. Throws INVALID where what arrived is not as announced. */
  private async complete(): Promise<VersionNow> {
    this.options.onVerifying?.();
    const { options, client, id } = this;
    await patiently(options, () => client.mutate(completeUploadDocument, { input: { upload: id } }));
    const begun = performance.now();
    for (;;) {
      const { upload } = await patiently(options, () =>
        client.query<{ upload: UploadNow | null }>(uploadStateDocument, { id }),
      );
      if (upload?.state === "COMPLETED") return this.mustAgree(upload.modelVersion);
      const message = upload?.message ?? `upload ${id} is ${upload?.state ?? "not there anymore"}`;
      if (upload?.state === "OPEN") throw new StemmaClientError("INVALID", message);
      if (upload?.state !== "VERIFYING") throw new StemmaClientError("CONFLICT", message);
      await pause(pollMillis(performance.now() - begun), undefined, { signal: options.signal });
    }
  }

  private mustAgree(version: VersionNow | null): VersionNow {
    const now = version ?? { digest: null, statusMessage: null };
    const own = bundleDigestOf(this.files);
    if (this.options.isEvidence || now.digest === own) return now;
    throw new StemmaClientError("DIGEST_MISMATCH", `the digest of these files is ${own}; got ${now.digest}`);
  }
}

/** Hashing that is done is heard of late by a tenth of what it took, not by half of it. */
function pollMillis(elapsedMillis: number): number {
  return Math.min(longestPollMillis, Math.max(shortestPollMillis, elapsedMillis / 10));
}

interface UploadNow {
  state: string;
  message: string | null;
  modelVersion: VersionNow | null;
}

interface VersionNow {
  digest: string | null;
  statusMessage: string | null;
}

function endOf({ offsetBytes, sizeBytes }: { offsetBytes: number; sizeBytes: number }): number {
  return offsetBytes + sizeBytes;
}
