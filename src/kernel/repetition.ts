import type { Life } from "./life.ts";

/**
 * A request of a caller who names no idempotency key, and sends the same again where no answer was heard. One verb takes
 * it, and stands to its outcome until that is known.
 */
export class Repetition {
  private settle: ((isHeard: boolean) => Promise<void>) | null = null;

  constructor(
    /** Derived from the request: the same for what is sent again, at most 255 characters. */
    readonly key: string,
    /** Which member of the verb's outcome is the node that it makes. */
    readonly made: string,
    private readonly life: Life,
  ) {}

  /** Whether its caller has gone, and may be back with the same. */
  get isAbandoned(): boolean {
    return this.life.isOver;
  }

  /** Of the verb: what is to be done once it is known whether its outcome was heard. */
  whenAnswered(settle: (isHeard: boolean) => Promise<void>): void {
    if (this.settle) throw new Error("one verb takes a repetition");
    this.settle = settle;
  }

  /** Of the door: whether the answer went out to somebody who was still there. Once, when all work for it has ended. */
  async answered(isHeard: boolean): Promise<void> {
    await this.settle?.(isHeard);
  }
}
