/** How many are remembered: a bundle of many small files is opened at once. */
const most = 10_000;

/**
 * Keys that were opened here and for which nothing has been signed yet, so nothing can have arrived: the store need not
 * be asked, which spares a bundle of thousands of files as many round trips. Forgetting one costs only the question.
 */
export class FreshKeys {
  private readonly keys = new Set<string>();

  opened(key: string): void {
    if (this.keys.size >= most) this.keys.clear();
    this.keys.add(key);
  }

  /** Whether nothing has been signed for it; asked once, it no longer is. */
  take(key: string): boolean {
    return this.keys.delete(key);
  }
}
