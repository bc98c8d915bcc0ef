import type { Actor } from "./actor.ts";

/**
 * One unit of asking: an HTTP request, or one event on its way to one subscriber. It keeps one instance of whatever a
 * room makes for it (loaders, mostly), so no door has to know a list of loaders.
 */
export class Request {
  private readonly made = new Map<unknown, unknown>();

  constructor(
    /** Repeated in logs and answers. */
    readonly id: string,
    readonly actor: Actor,
    private readonly life?: { readonly signal: AbortSignal },
  ) {}

  /** Aborted when the caller is gone or time is up. An AbortController makes it when it is asked for; few ask. */
  get signal(): AbortSignal | undefined {
    return this.life?.signal;
  }

  /**
   * Who asks by the rights that stand once the journal has reached this seq. A request that is answered at once keeps
   * those it began with; one that lasts overrides this. Throws UNAUTHENTICATED.
   */
  renew(_seq: number): Promise<Actor> {
    return Promise.resolve(this.actor);
  }

  /** The one `make()` of this request under this key (any value; objects by identity). */
  once<T>(key: unknown, make: () => T): T {
    if (!this.made.has(key)) this.made.set(key, make());
    return this.made.get(key) as T;
  }

  /** Makes all of it anew when asked again: a mutation has changed what was loaded. */
  forget(): void {
    this.made.clear();
  }
}
