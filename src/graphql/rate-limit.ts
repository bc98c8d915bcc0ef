import { LRUCache } from "lru-cache";
import type { RateLimit } from "../kernel/request.ts";

/** A bucket of points: full at first, it fills by itself. */
export interface RateSettings {
  perSecond: number;
  /** What a full one holds. */
  burst: number;
}

export interface Taken extends RateLimit {
  /** False where the bucket held too few: then nothing was taken. */
  isAllowed: boolean;
  /** When it will hold enough; 0 where it did. */
  retryAfterSeconds: number;
}

/**
 * Counts what each actor spends. It does not promise that a bucket is remembered for longer than it takes to fill, nor,
 * where several processes share one, that what was spent is known while they cannot reach it.
 */
export interface RateLimiter {
  /** Takes the points of one operation from its actor's bucket, whole or not at all. */
  take(actor: number, cost: number): Promise<Taken>;
  close(): Promise<void>;
}

/** What came of it, from what the bucket holds now. */
export function takenOf(
  { perSecond, burst }: RateSettings,
  outcome: { isAllowed: boolean; points: number; cost: number; now: number },
): Taken {
  const { isAllowed, points, cost, now } = outcome;
  return {
    isAllowed,
    limit: burst,
    remaining: Math.floor(points),
    resetAt: Math.ceil(now + ((burst - points) / perSecond) * 1_000),
    retryAfterSeconds: isAllowed ? 0 : Math.max(1, Math.ceil((cost - points) / perSecond)),
  };
}

const mostActors = 100_000;

/** Of this process alone. An actor that was not seen for long is forgotten; its bucket is full by then, as a rule. */
export class MemoryRateLimiter implements RateLimiter {
  private readonly buckets = new LRUCache<number, { points: number; at: number }>({ max: mostActors });

  constructor(private readonly settings: RateSettings) {}

  async take(actor: number, cost: number): Promise<Taken> {
    const { perSecond, burst } = this.settings;
    const now = Date.now();
    const { points: before, at } = this.buckets.get(actor) ?? { points: burst, at: now };
    const filled = Math.min(burst, before + (Math.max(0, now - at) / 1_000) * perSecond);
    const isAllowed = cost <= filled;
    const points = isAllowed ? filled - cost : filled;
    this.buckets.set(actor, { points, at: now });
    return takenOf(this.settings, { isAllowed, points, cost, now });
  }

  async close(): Promise<void> {}
}
