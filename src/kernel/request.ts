import type { Actor } from "./actor.ts";
import { Life } from "./life.ts";

/** What an actor may still spend, in points of cost; the bucket fills by itself. */
export interface RateLimit {
  /** What a full bucket holds. */
  readonly limit: number;
  readonly remaining: number;
  /** Epoch milliseconds at which it is full again, if nothing is taken till then. */
  readonly resetAt: number;
}

/** What the operation of a request was charged before it ran. */
export interface Charge {
  readonly cost: number;
  /** The most that one operation may cost. */
  readonly limit: number;
  /** After this charge; null where actors may spend as much as they like. */
  readonly rateLimit: RateLimit | null;
}

/**
 * One unit of asking: an HTTP request, or one event on its way to one subscriber. It keeps one instance of whatever a
 * room makes for it (loaders, mostly), so no door has to know a list of loaders.
 */
export class Request {
  /** Set by the door before the operation runs; null where there is none to charge. */
  charge: Charge | null = null;
  private readonly made = new Map<unknown, unknown>();

  constructor(
    /** Repeated in logs and answers. */
    readonly id: string,
    private asker: Actor,
    readonly life = new Life(),
    /** The actor by the rights that are known to stand now. */
    private readonly look: () => Promise<Actor> = async () => asker,
  ) {}

  get actor(): Actor {
    return this.asker;
  }

  /** Aborted when the caller is gone or time is up. */
  get signal(): AbortSignal {
    return this.life.signal;
  }

  /**
   * Who asks by the rights that stand once the journal has reached this seq. A request that is answered at once keeps
   * those it began with; one that lasts overrides this. Throws UNAUTHENTICATED.
   */
  renew(_seq: number): Promise<Actor> {
    return Promise.resolve(this.actor);
  }

  /**
   * An operation that lasts is about to tell of something. `isReadable` says whether an actor may read it: rights may
   * change while the telling waits.
   */
  tells(_isReadable: (actor: Actor) => Promise<boolean>): void {}

  /**
   * Looks again at what the actor may do: a request under way, or a list of mutations, takes time. Throws
   * UNAUTHENTICATED where the token is good no more.
   */
  async lookAgain(): Promise<void> {
    this.asker = await this.look();
  }

  /** The one `make()` of this request under this key (any value; objects by identity). Throws where its life is over. */
  once<T>(key: unknown, make: () => T): T {
    this.life.take(1);
    if (!this.made.has(key)) this.made.set(key, make());
    return this.made.get(key) as T;
  }

  /** Makes all of it anew when asked again: a mutation has changed what was loaded. */
  forget(): void {
    this.made.clear();
  }
}
