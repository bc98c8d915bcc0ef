/**
 * A request of a caller who names no idempotency key, and sends the same again where no answer was heard. A verb that
 * takes it stands to its outcome until that is known.
 */
export class Repetition {
  private settle: ((isHeard: boolean) => Promise<void>) | null = null;

  constructor(
    /** Derived from the request: the same for what is sent again, at most 255 characters. */
    readonly key: string,
  ) {}

  /** Of the verb: what is to be done once it is known whether its outcome was heard. */
  whenAnswered(settle: (isHeard: boolean) => Promise<void>): void {
    this.settle = settle;
  }

  /** Of the door: whether the answer went out to somebody who was still there. Once, when all work for it has ended. */
  async answered(isHeard: boolean): Promise<void> {
    await this.settle?.(isHeard);
  }
}
