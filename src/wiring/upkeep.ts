import type { Logger } from "pino";
import { administrator } from "../access/authenticate.ts";
import type { Verbs } from "../journal/verbs.ts";
import type { Clock } from "../kernel/clock.ts";
import type { BlobCollector } from "../objects/blob-collector.ts";
import type { CollectionCounts } from "../objects/collection-counts.ts";
import type { ObjectStore } from "../objects/object-store.ts";
import type { OrphanSweep } from "../objects/orphan-sweep.ts";
import type { Scrubber } from "../registry/scrubber.ts";
import type { UploadService } from "../registry/upload.service.ts";
import type { UploadVerifier } from "../registry/upload-verifier.ts";
import type { ColdKeeper } from "../retention/cold-keeper.ts";
import type { LockKeeper } from "../retention/lock-keeper.ts";
import type { RetentionKeeper } from "../retention/retention-keeper.ts";
import type { RunFilesKeeper } from "../retention/run-files-keeper.ts";
import type { FileArrivals } from "../tracking/file-arrivals.ts";

/** What is looked after while the server runs. */
export interface Kept {
  verbs: Pick<Verbs, "forgetOldKeys">;
  uploads: Pick<UploadService, "abortExpired">;
  verifier: Pick<UploadVerifier, "resume" | "forget">;
  scrubber: Pick<Scrubber, "scrubDue">;
  store: Pick<ObjectStore, "sweep">;
  keeper: Pick<RetentionKeeper, "purgeDue">;
  runFiles: Pick<RunFilesKeeper, "purgeDue">;
  arrivals: Pick<FileArrivals, "giveUpExpired">;
  cold: Pick<ColdKeeper, "moveDue">;
  locks: Pick<LockKeeper, "settleDue">;
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

export interface Upkeep {
  /** Does it all once, now. */
  now(): Promise<void>;
  end(): void;
}

interface Chore {
  everyMillis: number;
  /** Whether it is due at once when the server starts. */
  isFirst?: boolean;
  /** What the log says where it fails. */
  trouble: string;
  work(): Promise<unknown>;
}

/** Does what is due now and then, in this process as in every other. */
export function startUpkeep(kept: Kept): Upkeep {
  const chores = choresOf(kept);
  const timers = new Map<Chore, NodeJS.Timeout>();
  let isOver = false;
  const run = ({ work, trouble }: Chore) => work().catch((error) => kept.log.warn({ err: error }, trouble));
  /** One of a kind at a time; the next is due so long after the end of the one before. */
  const plan = (chore: Chore, millis: number) => {
    const timer = setTimeout(async () => {
      await run(chore);
      if (!isOver) plan(chore, chore.everyMillis);
    }, millis).unref();
    timers.set(chore, timer);
  };
  for (const chore of chores) plan(chore, chore.isFirst ? 0 : chore.everyMillis);
  return {
    async now() {
      for (const chore of chores) await run(chore);
    },
    end() {
      isOver = true;
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}

function choresOf({ verbs, uploads, verifier, scrubber, store, clock, ...kept }: Kept): Chore[] {
  const { keeper, runFiles, arrivals, cold, locks, collector, orphans, counts } = kept;
  return [
    {
      everyMillis: 15 * second,
      isFirst: true,
      trouble: "uploads left by others were not verified",
      work: () => verifier.resume(),
    },
    {
      everyMillis: minute,
      trouble: "stored bytes were not hashed again",
      work: () => scrubber.scrubDue(administrator),
    },
    {
      everyMillis: hour,
      trouble: "old idempotency keys were not forgotten",
      work: () => verbs.forgetOldKeys(),
    },
    {
      everyMillis: hour,
      trouble: "expired uploads were not given up",
      work: () => giveUp(uploads, verifier),
    },
    {
      everyMillis: hour,
      trouble: "abandoned bytes were not swept",
      work: () => store.sweep(clock() - abandonedMillis),
    },
    {
      everyMillis: hour,
      trouble: "files that were kept long enough were not let go",
      work: () => keeper.purgeDue(administrator),
    },
    {
      everyMillis: hour,
      trouble: "files of runs that were kept long enough were not let go",
      work: () => runFiles.purgeDue(administrator),
    },
    {
      everyMillis: hour,
      trouble: "expired uploads of files of runs were not given up",
      work: () => arrivals.giveUpExpired(),
    },
    {
      everyMillis: hour,
      trouble: "files were not moved to the storage class in which they belong",
      work: () => cold.moveDue(administrator),
    },
    {
      everyMillis: 15 * second,
      isFirst: true,
      trouble: "the object store does not lock what is under legal hold, or not unlock what is no longer",
      work: () => locks.settleDue(),
    },
    {
      everyMillis: 10 * minute,
      trouble: "bytes that nothing refers to were not removed",
      work: async () => counts.addBlobs(await collector.collect()),
    },
    {
      everyMillis: 5 * minute,
      trouble: "objects that nothing names were not removed",
      work: async () => counts.addOrphans(await orphans.next()),
    },
  ];
}

async function giveUp(uploads: Kept["uploads"], verifier: Kept["verifier"]): Promise<void> {
  for (;;) {
    const expired = await uploads.abortExpired(administrator);
    if (!expired) return;
    await verifier.forget(expired.upload);
  }
}
