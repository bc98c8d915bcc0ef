import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "pino";
import { Counter, Gauge, type Registry } from "prom-client";
import type { HttpSettings } from "../config.ts";
import type { Patience, Turns } from "../graphql/socket-operations.ts";
import { StemmaError } from "../kernel/errors.ts";
import { wireError } from "../mlflow/errors.mapping.ts";
import { isOfMlflow } from "../mlflow/mlflow.routes.ts";
import { Arrivals } from "./arrivals.ts";
import { errorBody, headersOfRefusals, retryAfterSeconds } from "./refusals.ts";
import { pathOf } from "./request-log.ts";

/** How much is taken on at once. */
export interface GateLimits {
  /** Requests worked on. */
  atWork: number;
  /** Requests that wait for one of these to end. */
  waiting: number;
  waitMillis: number;
}

type Reason = "full" | "late";

const waitMillis = 1_000;
const logMillis = 1_000;
const weight = 1 / 32; // of the latest request in what is usual
const tooBusy = "too much is asked at once; come again";
const refusal = readyRefusal(errorBody("UNAVAILABLE", tooBusy));
const refusalOfMlflow = readyRefusal(wireError("TEMPORARILY_UNAVAILABLE", tooBusy).body);

/** Head and body go out in one piece: ASCII text. */
function readyRefusal(told: object) {
  const body = JSON.stringify(told);
  const length = { "content-length": String(body.length) };
  return { body, head: { ...headersOfRefusals, ...length, "retry-after": retryAfterSeconds } };
}

/**
 * Bounds the work in progress. What comes beyond is refused at once and cheaply: a server that takes on everything
 * finishes nothing in time. Whoever waits is let in by the order of arrival; where there are both, the hasty and the
 * patient take turns, so that an event on its way to thousands of subscribers does not keep requests out.
 */
export class Gate implements Turns {
  /** Those outside come first: they may be refused, and that is soon done. */
  readonly arrivals = new Arrivals();
  private atWork = 0;
  private readonly waiting = new Set<() => void>();
  private readonly patient = new Set<() => void>();
  private isTurnOfPatient = false;
  /** Bound to their labels once: refusing is to cost next to nothing. */
  private readonly refused: Record<Reason, Counter.Internal>;
  /** For how long a place is taken, of late. */
  private usualMillis = 0;
  private unlogged = 0;

  constructor(
    private readonly limits: GateLimits,
    metrics: Registry,
    private readonly log: Logger,
  ) {
    const registers = [metrics];
    const refused = new Counter({
      name: "stemma_requests_refused_total",
      help: "Requests refused with 503: full, as too many waited already; late, as no turn came in time.",
      labelNames: ["reason"],
      registers,
    });
    this.refused = { full: refused.labels("full"), late: refused.labels("late") };
    const gate = this;
    new Gauge({
      name: "stemma_requests_at_work",
      help: "GraphQL requests being answered, and events being told to subscribers.",
      registers,
      collect() {
        this.set(gate.atWork);
      },
    });
    new Gauge({
      name: "stemma_requests_waiting",
      help: "GraphQL requests, and events for subscribers, that wait for a turn.",
      registers,
      collect() {
        this.set(gate.waiting.size + gate.patient.size);
      },
    });
  }

  /** Whether another request would be refused, be it that its turn would not come in time. */
  get isFull(): boolean {
    const { atWork, waiting, waitMillis } = this.limits;
    if (this.atWork < atWork) return false;
    const turns = this.patient.size > 0 ? this.waiting.size * 2 : this.waiting.size;
    return this.waiting.size >= waiting || (turns * this.usualMillis) / atWork >= waitMillis;
  }

  /** Refuses a request of which no more than its head was read. */
  refuse(request: IncomingMessage, response: ServerResponse): void {
    this.count("full");
    const { head, body } = isOfMlflow(pathOf(request)) ? refusalOfMlflow : refusal;
    response.writeHead(503, head).end(body);
  }

  /** Works as soon as there is room. Throws UNAVAILABLE where there is none for the hasty, or not in time. */
  async admit<T>(
    caller: { readonly signal: AbortSignal },
    work: () => Promise<T>,
    patience: Patience = "hasty",
  ): Promise<T> {
    if (this.atWork < this.limits.atWork) this.atWork++;
    else await this.turn(caller.signal, patience === "patient");
    const begin = performance.now();
    if (this.arrivals.areComing) await this.arrivals.settled();
    try {
      return await work();
    } finally {
      this.leave(performance.now() - begin);
    }
  }

  /** Leaves its place to the one who waits longest. */
  private leave(millis: number): void {
    this.usualMillis += (millis - this.usualMillis) * weight;
    const [first, second] = this.isTurnOfPatient
      ? [this.patient, this.waiting]
      : [this.waiting, this.patient];
    this.isTurnOfPatient = !this.isTurnOfPatient;
    const [next] = first.size > 0 ? first : second;
    if (next) next();
    else this.atWork--;
  }

  private turn(caller: AbortSignal, isPatient: boolean): Promise<void> {
    const queue = isPatient ? this.patient : this.waiting;
    return new Promise((resolve, reject) => {
      const leave = () => {
        clearTimeout(timer);
        caller.removeEventListener("abort", forget);
        queue.delete(enter);
      };
      const enter = () => {
        leave();
        resolve();
      };
      const forget = () => {
        leave();
        reject(caller.reason);
      };
      const refuse = (reason: Reason) => {
        leave();
        this.count(reason);
        reject(new StemmaError("UNAVAILABLE", tooBusy));
      };
      const timer = isPatient ? undefined : setTimeout(refuse, this.limits.waitMillis, "late");
      if (caller.aborted) return forget();
      if (!isPatient && this.isFull) return refuse("full");
      caller.addEventListener("abort", forget, { once: true });
      queue.add(enter);
    });
  }

  /** One line a second, however many are refused. */
  private count(reason: Reason): void {
    this.refused[reason].inc();
    if (this.unlogged++ > 0) return;
    const tell = () => {
      const state = { refused: this.unlogged, atWork: this.atWork, waiting: this.waiting.size };
      this.log.warn(state, "too much is asked at once: requests were refused");
      this.unlogged = 0;
    };
    setTimeout(tell, logMillis).unref();
  }
}

/** The gate of a server, for all of its doors. */
export function gateOf(settings: HttpSettings, metrics: Registry, log: Logger): Gate {
  const { maxConcurrentRequests: atWork, maxWaitingRequests: waiting } = settings;
  return new Gate({ atWork, waiting, waitMillis }, metrics, log);
}
