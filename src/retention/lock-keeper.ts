import type { Database } from "../db/database.ts";
import type { Clock } from "../kernel/clock.ts";
import type { BlobPlacer } from "../objects/blob-placer.ts";
import { stateOfHolds, toBeLocked, toBeUnlocked } from "./placement.query.ts";

const blobsPerLook = 2_000;
/** All is looked through once in so long, whatever seems to have changed. */
const restMillis = 3_600_000;

/**
 * Has the store lock what is under legal hold, where it can, and unlock what is no longer. A hold protects by the database
 * from the moment it is set; the lock follows, and protects from whoever gets at the store without the registry.
 */
export class LockKeeper {
  private known: { state: string; at: number } | null = null;

  constructor(
    private readonly db: Database,
    private readonly placer: BlobPlacer,
    private readonly clock: Clock,
  ) {}

  /** How many blobs were locked or unlocked. Throws the first trouble, having gone on. */
  async settleDue(): Promise<number> {
    const state = await stateOfHolds(this.db.read);
    const at = this.clock();
    if (this.known?.state === state && at - this.known.at < restMillis) return 0;
    this.known = null;
    if (!(await this.placer.canLock())) {
      this.known = { state, at };
      return 0;
    }
    // Those first that are not protected as they should be.
    const locked = await this.settle(true);
    const unlocked = await this.settle(false);
    if (locked.isAll && unlocked.isAll) this.known = { state, at };
    const trouble = locked.trouble ?? unlocked.trouble;
    if (trouble !== null) throw trouble;
    return locked.placed + unlocked.placed;
  }

  private async settle(isLocked: boolean): Promise<{ placed: number; isAll: boolean; trouble: unknown }> {
    const sum = { placed: 0, isAll: true, trouble: null as unknown };
    const due = isLocked ? toBeLocked : toBeUnlocked;
    for (let after = 0; ; ) {
      const blobs = await due(this.db.read, after, blobsPerLook);
      if (blobs.length === 0) return sum;
      const { placed, trouble, isStuck } = await this.placer.lock(blobs, isLocked);
      sum.placed += placed;
      sum.isAll &&= placed === blobs.length;
      sum.trouble ??= trouble;
      if (isStuck) return sum;
      after = blobs.at(-1)!;
    }
  }
}
