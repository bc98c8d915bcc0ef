import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { administrator } from "../../src/access/authenticate.ts";
import type { Database } from "../../src/db/database.ts";
import { sql } from "../../src/db/sql.ts";
import { Actor } from "../../src/kernel/actor.ts";
import { formatId } from "../../src/kernel/ids.ts";
import { permissions } from "../../src/kernel/permission.ts";
import { Request } from "../../src/kernel/request.ts";
import { BodyRefusal } from "../../src/objects/body-refusal.ts";
import type { LocalStore } from "../../src/objects/local-store.ts";
import type { UploadState } from "../../src/registry/upload.entity.ts";
import { filesOfUpload } from "../../src/registry/upload.query.ts";
import { UploadTransfers } from "../../src/registry/upload-transfers.ts";
import { wire } from "../../src/wiring/rooms.ts";
import { sha256Of } from "./uploads.ts";

/** May do everything but download: it has to send all that it uploads. */
export const stranger = new Actor(administrator.node, "stranger", administrator.kind, {
  ...administrator.standing,
  allowances: [
    {
      permissions: new Set(Object.keys(permissions).filter((one) => one !== "artifact:download")),
      scope: "*",
    },
  ],
});

export interface SomeFile {
  path: string;
  bytes: Buffer;
}

export interface Ground {
  db: Database;
  store: LocalStore;
  clock: () => number;
  graceSeconds: number;
  /** Told of what went wrong where nobody waits for it. */
  onFault?: (error: unknown) => void;
}

/** The rooms of one process, asked without doors. */
export type Rig = ReturnType<typeof rigOn>;

export function rigOn({ db, store, clock, graceSeconds, onFault = () => {} }: Ground) {
  const { registry, collection } = wire(db, clock, {
    store,
    urlSeconds: 900,
    graceSeconds,
    scrub: null,
    onFault,
  });
  const { services, verifier } = registry;
  const transfers = new UploadTransfers(db, store, clock, 900);

  /** Sends what is still missing; `isGarbled` sends other bytes for the first of them, as a store might take them. */
  async function send(upload: number, files: readonly SomeFile[], isGarbled = false): Promise<void> {
    for (const file of await filesOfUpload(db.read, upload)) {
      const { storageKey: key, sizeBytes, contentType } = file;
      const { whole } = await transfers.of(new Request("test", administrator), file);
      if (!whole || key === null) continue;
      const right = files.find(({ path }) => path === file.path)!.bytes;
      const bytes = isGarbled && file.position === 0 ? randomBytes(right.length) : right;
      const grant = { kind: "whole" as const, key, sizeBytes, contentType, sha256: sha256Of(bytes) };
      await store.arrivals
        .take({ ...grant, expiresAt: clock() + 1_000 }, Readable.from([bytes]))
        .catch((error) => {
          if (!(error instanceof BodyRefusal && error.fault === "SETTLED")) throw error;
        });
    }
  }

  return {
    ...{ db, store, collection, services, verifier, send },
    async version(model: string): Promise<number> {
      const { version } = await services.registration.register(administrator, { model, createModel: true });
      return version;
    },
    async open(actor: Actor, version: number, files: readonly SomeFile[]): Promise<number> {
      const announced = files.map(({ path, bytes }) => ({
        ...{ path, sizeBytes: bytes.length, sha256: sha256Of(bytes) },
      }));
      const input = { version: formatId("MODEL_VERSION", version), files: announced };
      return (await services.uploads.create(actor, input)).upload;
    },
    /** What the caller of `completeUpload` waits for. */
    async complete(upload: number): Promise<void> {
      await services.uploads.complete(administrator, { upload: formatId("UPLOAD", upload) });
      await verifier.settle(upload);
    },
    async abort(upload: number): Promise<void> {
      await services.uploads.abort(administrator, { upload: formatId("UPLOAD", upload) });
      await verifier.forget(upload);
    },
    /** Lets go of a version's bytes, as retention does. */
    async purge(version: number): Promise<void> {
      await db.write((tx) =>
        tx.run(
          sql`UPDATE artifact SET blobId = NULL, purgedAt = ${clock()}
              WHERE versionId = ${version} AND blobId IS NOT NULL`,
        ),
      );
    },
    /** How uploads of a version stand, the newest last. */
    uploadsOf(version: number): Promise<{ id: number; state: UploadState }[]> {
      return db.read.query(sql`SELECT id, state FROM upload WHERE versionId = ${version} ORDER BY id`);
    },
  };
}
