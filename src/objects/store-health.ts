import { type ObjectStore, ObjectStoreError } from "./object-store.ts";

const freshMillis = 2_000;
const patienceMillis = 5_000;

/** Whether a store works. However many want to know, it is asked one question at a time, and not too often. */
export class StoreHealth {
  private asking: Promise<string | null> | null = null;
  private known: { reason: string | null; until: number } | null = null;

  constructor(private readonly store: Pick<ObjectStore, "check">) {}

  /** Why it does not work, for people; null where it does. */
  async reason(): Promise<string | null> {
    if (this.known && performance.now() < this.known.until) return this.known.reason;
    this.asking ??= this.ask().finally(() => {
      this.asking = null;
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(resolve, patienceMillis, "does not answer");
    });
    return Promise.race([this.asking, late]).finally(() => clearTimeout(timer));
  }

  private async ask(): Promise<string | null> {
    const reason = await this.store.check().then(
      () => null,
      (error) => (error instanceof ObjectStoreError ? error.message : "does not work"),
    );
    this.known = { reason, until: performance.now() + freshMillis };
    return reason;
  }
}
