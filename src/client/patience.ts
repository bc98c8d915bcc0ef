import { setTimeout as pause } from "node:timers/promises";
import { StemmaClientError } from "./errors.ts";
import { StoreFault } from "./store-connections.ts";

const longestWaitMillis = 10_000;
const shortestWaitMillis = 100;
/** URLs that were just signed and are refused so often are no longer expired ones. */
const mostRefusals = 4;
const passing = new Set(["UNREACHABLE", "UNAVAILABLE", "TIMEOUT", "RATE_LIMITED", "NOT_STEMMA"]);

export interface PatienceOptions {
  /** For how long to try again while nothing gets through; two minutes where not given. */
  patienceMillis?: number;
  /** Told why, before each wait. */
  onWait?: (why: string) => void;
  signal?: AbortSignal;
}

/** Waits after what may pass, each time up to twice as long, until nothing has got through for too long. */
export class Patience {
  private failures = 0;
  private refusals = 0;
  private lastProgress = performance.now();

  constructor(private readonly options: PatienceOptions = {}) {}

  /** Something got through. */
  progressed(): void {
    this.failures = 0;
    this.refusals = 0;
    this.lastProgress = performance.now();
  }

  /** Comes back when it is time to try again; throws the error where that is of no use, or patience has run out. */
  async after(error: unknown): Promise<void> {
    const { patienceMillis = 120_000, onWait, signal } = this.options;
    if (!this.mayPass(error)) throw error;
    const ceiling = Math.min(longestWaitMillis, shortestWaitMillis * 2 ** this.failures++);
    const waitMillis = Math.max(error.retryAfterMillis, ceiling * (0.5 + Math.random() / 2));
    if (performance.now() + waitMillis - this.lastProgress > patienceMillis) throw error;
    onWait?.(error.message);
    await pause(waitMillis, undefined, { signal });
  }

  private mayPass(error: unknown): error is StemmaClientError {
    if (error instanceof StoreFault && error.isRefusal) return ++this.refusals <= mostRefusals;
    if (error instanceof StoreFault) return error.mayPass;
    return error instanceof StemmaClientError && passing.has(error.code);
  }
}

/** Asks until it is answered, as long as patience lasts: for questions that may be asked twice. */
export async function patiently<T>(options: PatienceOptions, ask: () => Promise<T>): Promise<T> {
  const patience = new Patience(options);
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      await patience.after(error);
    }
  }
}
