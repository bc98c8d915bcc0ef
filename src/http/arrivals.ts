/** Turns in a row in which a connection may come before work goes on all the same: refusing, too, is work. */
const mostTurns = 8;

/**
 * Lets connections in before more work begins. Node accepts one in each turn of its event loop (libuv since 1.45), and
 * turns full of work are long: whoever is to be refused would stand outside for seconds, and so would probes.
 */
export class Arrivals {
  private hasCome = false;
  private isWatching = false;
  private turns = 0;
  private readonly waiting: (() => void)[] = [];

  /** Told of each connection that is accepted. */
  note(): void {
    this.hasCome = true;
    this.watch();
  }

  /** Whether one has come a moment ago, so that others may stand behind it. */
  get areComing(): boolean {
    return this.isWatching;
  }

  /** Resolves in the order of asking: one in each turn in which none has come, or enough have. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.watch();
    });
  }

  private watch(): void {
    if (this.isWatching) return;
    this.isWatching = true;
    setImmediate(() => this.look());
  }

  /** Runs at the end of a turn. */
  private look(): void {
    this.isWatching = false;
    this.turns = this.hasCome ? this.turns + 1 : mostTurns;
    this.hasCome = false;
    if (this.turns >= mostTurns) {
      this.turns = 0;
      this.waiting.shift()?.();
    }
    if (this.turns > 0 || this.waiting.length > 0) this.watch();
  }
}
