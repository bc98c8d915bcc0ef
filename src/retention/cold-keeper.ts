import type { Database } from "../db/database.ts";
import { readPage } from "../db/keyset.ts";
import { scopeTerm } from "../db/readable.ts";
import { among, type Sql, some, sql } from "../db/sql.ts";
import type { Journal } from "../journal/journal.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import type { PageSlice } from "../kernel/page.ts";
import type { Account, BlobPlacer } from "../objects/blob-placer.ts";
import type { StorageClass } from "../objects/object-store.ts";
import { grouped } from "../tracking/grouping.ts";
import {
  blobsOf,
  coldFiles,
  freeToMove,
  inPortions,
  type StoredFile,
  versionsWith,
  warmFiles,
} from "./placement.query.ts";
import type { RetentionPolicy } from "./retention.entity.ts";
import { RetentionAction } from "./retention-plan.entity.ts";
import { type Candidate, candidates, type Judged, judged, policiesSet } from "./retention-plan.query.ts";

const versionsPerLook = 100;
const filesPerLook = 400;
/** Of one run; the next one goes on where it stopped. */
const mostMoves = 5_000;

/** What one run goes by, and how far it is. */
interface Run {
  system: Actor;
  policies: readonly RetentionPolicy[];
  at: number;
  /** Whether a version lets its files be cold, by its node number, as far as anybody asked. */
  lets: Map<number, boolean>;
  moved: number;
  trouble: unknown;
  isStuck: boolean;
}

/** Why a version's files are moved, as the journal tells it. */
interface Why {
  reason: string;
  retention?: { model: string; revision: number };
}

const outside: Why = { reason: "no retention policy says that it may be cold" };

/**
 * Has the store keep in its class for what is cold what retention policies say belongs there, and brings back what is used
 * again. Bytes may be shared: they go only where each version that has them lets them go. What a version under legal hold
 * has stays where it is. A move does nothing that cannot be undone, so it rests on what was seen a moment ago; whatever
 * changed meanwhile, the next run puts right.
 */
export class ColdKeeper {
  private after: string | null = null;

  constructor(
    private readonly db: Database,
    private readonly journal: Journal,
    private readonly placer: BlobPlacer,
    private readonly clock: Clock,
  ) {}

  /** How many blobs were moved. Throws the first trouble, having gone on where the store is there. */
  async moveDue(system: Actor): Promise<number> {
    if (!this.placer.hasCold) return 0;
    const policies = await policiesSet(this.db.read);
    const found = { moved: 0, trouble: null, isStuck: false };
    const run: Run = { system, policies, at: this.clock(), lets: new Map(), ...found };
    await this.moveAll(run, [this.isOutside(run), ...coldFiles(run.at)], "STANDARD", () => outside);
    while (!isOver(run)) {
      const { nodes, pageInfo } = await this.page(run, this.after, []);
      const after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
      await this.look(run, await judged(this.db.read, nodes, policies, run.at));
      // Where the store refuses what is here, others are to have their turn.
      if (!isOver(run) || run.isStuck) this.after = after;
      if (after === null) break;
    }
    if (run.trouble !== null) throw run.trouble;
    return run.moved;
  }

  private async look(run: Run, found: readonly Judged[]): Promise<void> {
    const reasons = new Map(found.map((one) => [one.candidate.nodeId, whyOf(one)]));
    const tell = ({ versionId }: StoredFile) => reasons.get(versionId)!;
    for (const one of found) run.lets.set(one.candidate.nodeId, letsGo(one));
    const due = (action: RetentionAction) =>
      found.filter((one) => one.action === action && !one.isHeld).map(({ candidate }) => candidate.nodeId);
    const [kept, cold] = [due(RetentionAction.KEEP), due(RetentionAction.COLD)];
    if (kept.length > 0) {
      await this.moveAll(run, [among(sql`a.versionId`, kept), ...coldFiles(run.at)], "STANDARD", tell);
    }
    if (cold.length > 0) await this.moveAll(run, warmFiles(cold, run.at), "COLD", tell);
  }

  private async moveAll(
    run: Run,
    where: readonly Sql[],
    to: StorageClass,
    tell: (file: StoredFile) => Why,
  ): Promise<void> {
    for await (const files of inPortions(this.db.read, where, filesPerLook)) {
      // Each for the sake of the first that has it.
      const firsts = new Map(files.toReversed().map((file) => [file.blobId, file]));
      const blobs = to === "COLD" ? await this.letGoByAll(run, [...firsts.keys()]) : [...firsts.keys()];
      const bundles = grouped(
        blobs.map((id) => firsts.get(id)!),
        ({ versionId }) => versionId,
      );
      for (const bundle of bundles.values()) await this.move(run, bundle, to, tell(bundle[0]!));
      if (isOver(run)) return;
    }
  }

  private async move(run: Run, files: readonly StoredFile[], to: StorageClass, why: Why): Promise<void> {
    if (run.isStuck) return;
    const { versionId, modelId, number, digest } = files[0]!;
    const account: Account = {
      open: async (tx) => void (await tx.lock(sql`SELECT id FROM model WHERE id = ${modelId}`)),
      record: (tx, placed) => {
        const sizeBytes = placed.reduce((sum, blob) => sum + Number(blob.sizeBytes), 0);
        this.journal.record(tx, run.system, {
          type: "bundle.moved",
          subject: versionId,
          container: modelId,
          body: { version: number, digest, storageClass: to, blobCount: placed.length, sizeBytes, ...why },
        });
      },
    };
    const blobs = files.map(({ blobId }) => blobId);
    const { placed, trouble, isStuck } = await this.placer.move(blobs, to, account);
    run.moved += placed;
    run.trouble ??= trouble;
    run.isStuck ||= isStuck;
  }

  /** What no policy lets be cold, though one may have. */
  private isOutside({ policies, at }: Run): Sql {
    const patterns = policies.map(({ pattern }) => pattern);
    const isUnsealed = sql`(v.sealedAt IS NULL OR v.sealedAt > ${at})`;
    return some([sql`a.isEvidence = ${true}`, isUnsealed, sql`NOT ${scopeTerm(sql`m.name`, patterns)}`]);
  }

  /** Those of these blobs that every version lets go cold. The newest are asked first: they are the likeliest not to. */
  private async letGoByAll(run: Run, blobs: readonly number[]): Promise<number[]> {
    let open = await freeToMove(this.db.read, blobs);
    for (let below = Number.MAX_SAFE_INTEGER; open.length > 0; ) {
      const versions = await versionsWith(this.db.read, open, below, versionsPerLook);
      if (versions.length === 0) break;
      const unknown = versions.filter((id) => !run.lets.has(id));
      await this.ask(run, unknown);
      const keeping = versions.filter((id) => !run.lets.get(id));
      const kept = keeping.length > 0 ? new Set(await blobsOf(this.db.read, keeping, open)) : null;
      if (kept) open = open.filter((id) => !kept.has(id));
      below = versions.at(-1)!;
    }
    return open;
  }

  private async ask(run: Run, versions: readonly number[]): Promise<void> {
    if (versions.length === 0) return;
    for (const id of versions) run.lets.set(id, false);
    const { nodes } = await this.page(run, null, [among(sql`v.id`, versions)]);
    for (const one of await judged(this.db.read, nodes, run.policies, run.at)) {
      run.lets.set(one.candidate.nodeId, letsGo(one));
    }
  }

  private page({ policies, at }: Run, after: string | null, conditions: readonly Sql[]) {
    const slice: PageSlice = { limit: versionsPerLook, isBackward: false, after, before: null };
    const list = candidates(policies, at, conditions);
    return readPage(this.db.read, list, slice, (row) => row as unknown as Candidate);
  }
}

function isOver({ isStuck, moved }: Run): boolean {
  return isStuck || moved >= mostMoves;
}

/** What is due to be let go keeps nothing warm that others have, too. */
function letsGo({ action }: Judged): boolean {
  return action !== RetentionAction.KEEP;
}

function whyOf({ reason, policy }: Judged): Why {
  return { reason, retention: { model: policy.pattern, revision: policy.revision } };
}
