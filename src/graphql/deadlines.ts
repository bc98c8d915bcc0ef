/** Calls what is not done in time. All have the same time, so one timer is enough: the first to begin is the first to be late. */
export class Deadlines {
  private readonly waiting = new Map<() => void, number>();
  private timer: NodeJS.Timeout | null = null;

  constructor(private readonly millis: number) {}

  /** Answers what to call when it is done. */
  begin(giveUp: () => void): () => void {
    this.waiting.set(giveUp, performance.now() + this.millis);
    this.timer ??= this.later(this.millis);
    return () => this.waiting.delete(giveUp);
  }

  private later(millis: number): NodeJS.Timeout {
    return setTimeout(() => this.look(), Math.ceil(millis)).unref();
  }

  private look(): void {
    this.timer = null;
    for (const [giveUp, endsAt] of this.waiting) {
      const left = endsAt - performance.now();
      if (left > 0) {
        this.timer = this.later(left);
        return;
      }
      this.waiting.delete(giveUp);
      giveUp();
    }
  }
}
