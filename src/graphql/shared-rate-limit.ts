import type { Logger } from "pino";
import type { RateLimiter, Taken } from "./rate-limit.ts";

const restMillis = 1_000;

/** Shares buckets with other processes for as long as it can, and counts alone for as long as it cannot. */
export class SharedRateLimiter implements RateLimiter {
  private restsUntil = 0;
  private isAlone = false;

  constructor(
    private readonly shared: RateLimiter,
    private readonly own: RateLimiter,
    private readonly log: Logger,
  ) {}

  async take(actor: number, cost: number): Promise<Taken> {
    // One that does not answer is not waited for by every request.
    if (Date.now() < this.restsUntil) return this.own.take(actor, cost);
    try {
      const taken = await this.shared.take(actor, cost);
      this.tell(false);
      return taken;
    } catch (error) {
      this.restsUntil = Date.now() + restMillis;
      this.tell(true, error);
      return this.own.take(actor, cost);
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.shared.close(), this.own.close()]);
  }

  private tell(isAlone: boolean, error?: unknown): void {
    if (isAlone === this.isAlone) return;
    this.isAlone = isAlone;
    if (isAlone)
      this.log.warn({ err: error }, "Redis does not answer: this process counts what is spent alone");
    else this.log.info("Redis answers again: what is spent is counted together");
  }
}
