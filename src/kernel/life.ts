import { StemmaError } from "./errors.ts";

const mostSteps = 250_000; // a second or two of the processor

/**
 * How long something is worked for: until whoever asked is gone, or the time is up. Nothing of it begins a step after
 * that. An AbortController is made only for those who ask for the signal; few do.
 */
export class Life {
  private cause: StemmaError | null = null;
  private controller: AbortController | null = null;
  private taken = 0;

  get isOver(): boolean {
    return this.cause !== null;
  }

  /** Aborted when it is over. */
  get signal(): AbortSignal {
    if (this.controller === null) {
      this.controller = new AbortController();
      if (this.cause) this.controller.abort(this.cause);
    }
    return this.controller.signal;
  }

  /** Only the first end counts. */
  end(why: StemmaError = new StemmaError("TIMEOUT", "whoever asked is gone")): void {
    if (this.cause) return;
    this.cause = why;
    this.controller?.abort(why);
  }

  /** Asked before every step. Throws why it is over. */
  goOn(): void {
    if (this.cause) throw this.cause;
  }

  /**
   * So many steps are taken: objects found, or looked for. What a question costs is told before it runs by how long lists
   * usually are; this ends one whose lists are much longer, which no timer could while it keeps the process to itself.
   */
  take(steps: number): void {
    this.goOn();
    this.taken += steps;
    if (this.taken <= mostSteps) return;
    const message = `this operation finds more than ${mostSteps} objects; ask for less of them at once`;
    this.end(new StemmaError("COST_LIMIT_EXCEEDED", message));
    this.goOn();
  }
}
