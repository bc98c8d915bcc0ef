const longestMillis = 10;

/**
 * SQLite answers on the spot, so that a long question would run to its end before anything else is heard: a caller that
 * goes away, a time that is up, another question. Reads ask here whether it is others' turn.
 */
export class Turns {
  private since: number | null = null;

  /** Whether this turn of the event loop has lasted long enough. */
  get isLong(): boolean {
    const now = performance.now();
    if (this.since !== null) return now - this.since > longestMillis;
    this.since = now;
    setImmediate(() => {
      this.since = null;
    });
    return false;
  }

  /** Resolves when everybody else had a turn. */
  pass(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }
}
