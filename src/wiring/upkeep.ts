import type { Logger } from "pino";
import { administrator } from "../access/authenticate.ts";
import type { Verbs } from "../journal/verbs.ts";
import type { Clock } from "../kernel/clock.ts";
import type { BlobCollector } from "../objects/blob-collector.ts";
import type { CollectionCounts } from "../objects/collection-counts.ts";
import type { ObjectStore } from "../objects/object-store.ts";
import type { OrphanSweep } from "../objects/orphan-sweep.ts";
import type { UploadService } from "../registry/upload.service.ts";
import type { UploadVerifier } from "../registry/upload-verifier.ts";
import type { RetentionKeeper } from "../retention/retention-keeper.ts";

/** What is looked after while the server runs. */
export interface Kept {
  verbs: Pick<Verbs, "forgetOldKeys">;
  uploads: Pick<UploadService, "abortExpired">;
  verifier: Pick<UploadVerifier, "resume" | "forget">;
  store: Pick<ObjectStore, "sweep">;
  keeper: Pick<RetentionKeeper, "purgeDue">;
  collector: Pick<BlobCollector, "collect">;
  orphans: Pick<OrphanSweep, "next">;
  counts: CollectionCounts;
  clock: Clock;
  log: Logger;
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
/** Longer than an upload is kept: what is older belongs to none that may still be completed. */
const abandonedMillis = 8 * 24 * hour;

/** Does what is due now and then, in this process as in every other; answers what ends that. */
export function startUpkeep(kept: Kept): () => void {
  const { verbs, uploads, verifier, store, keeper, collector, orphans, counts, clock, log } = kept;
  const chores = [
    every(15 * second, "uploads left by others were not verified", () => verifier.resume()),
    every(hour, "old idempotency keys were not forgotten", () => verbs.forgetOldKeys()),
    every(hour, "expired uploads were not given up", () => giveUp(uploads, verifier)),
    every(hour, "abandoned bytes were not swept", () => store.sweep(clock() - abandonedMillis)),
    every(hour, "files that were kept long enough were not let go", () => keeper.purgeDue(administrator)),
    every(10 * minute, "bytes that nothing refers to were not removed", async () =>
      counts.addBlobs(await collector.collect()),
    ),
    every(5 * minute, "objects that nothing names were not removed", async () =>
      counts.addOrphans(await orphans.next()),
    ),
  ];

  /** One at a time; the next is due so long after the end of the one before. */
  function every(millis: number, trouble: string, work: () => Promise<unknown>): () => void {
    let timer: NodeJS.Timeout;
    let isStopped = false;
    const plan = () => {
      timer = setTimeout(async () => {
        await work().catch((error) => log.warn({ err: error }, trouble));
        if (!isStopped) plan();
      }, millis).unref();
    };
    plan();
    return () => {
      isStopped = true;
      clearTimeout(timer);
    };
  }

  return () => {
    for (const end of chores) end();
  };
}

async function giveUp(uploads: Kept["uploads"], verifier: Kept["verifier"]): Promise<void> {
  for (;;) {
    const expired = await uploads.abortExpired(administrator);
    if (!expired) return;
    await verifier.forget(expired.upload);
  }
}
