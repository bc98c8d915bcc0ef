import { LRUCache } from "lru-cache";
import type { Logger } from "pino";
import { Counter, type Registry } from "prom-client";
import type { Actor } from "../kernel/actor.ts";

const windowMillis = 10 * 60_000;
const suspicious = 5; // failed logins from one address within the window
const mostAddresses = 10_000;

/** What somebody known was not allowed to do. */
export interface Denial {
  actor: Actor;
  /** Code of the refusal, as errors.ts lists it. */
  code: string;
  /** The GraphQL field that was refused, such as transitionModelVersion. */
  field: string;
  message: string;
  /** The request's id, as its answer repeats it. */
  request: string;
}

/** Refusals that matter to whoever guards the registry: each is counted, and logged with who was refused. */
export class RefusalLog {
  private readonly refusals: Counter<"code">;
  private readonly denials: Counter<"field">;
  private readonly failures = new LRUCache<string, { count: number }>({
    max: mostAddresses,
    ttl: windowMillis,
  });

  constructor(
    metrics: Registry,
    private readonly log: Logger,
  ) {
    const registers = [metrics];
    this.refusals = new Counter({
      name: "stemma_refusals_total",
      help: "Refusals by code: UNAUTHENTICATED counts failed logins, FORBIDDEN denied fields.",
      labelNames: ["code"],
      registers,
    });
    this.denials = new Counter({
      name: "stemma_denials_total",
      help: "What actors asked for without the permission, by GraphQL field.",
      labelNames: ["field"],
      registers,
    });
  }

  /** Somebody showed nothing, or nothing that is good. `from` is the client's address. */
  failedLogin(from: string, reason: string): void {
    this.refusals.inc({ code: "UNAUTHENTICATED" });
    const failures = this.failures.get(from) ?? { count: 0 };
    failures.count++;
    // The window begins with the first failure.
    if (failures.count === 1) this.failures.set(from, failures);
    const line = { from, reason, failures: failures.count };
    // The first few, then one of a hundred: nobody fills the log by knocking.
    if (failures.count === suspicious || failures.count % 100 === 0)
      this.log.warn(line, "repeated failed logins from one address");
    else if (failures.count < suspicious) this.log.info(line, "a login failed");
  }

  /** Somebody known asked for what he may not do. */
  denied({ actor, code, field, message, request }: Denial): void {
    this.refusals.inc({ code });
    if (code !== "FORBIDDEN") return;
    this.denials.inc({ field });
    this.log.warn({ actor: actor.node, field, message, request }, "an actor was denied");
  }
}
