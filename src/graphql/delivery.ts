// How a subscription's events become answers. graphql-js would share one context among all of them.
import { randomUUID } from "node:crypto";
import { unwrapResolverError } from "@apollo/server/errors";
import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, execute } from "graphql";
import type { Actor } from "../kernel/actor.ts";
import { StemmaError } from "../kernel/errors.ts";
import { Request } from "../kernel/request.ts";

const retryMillis = 400;

/** One operation over a socket, until it is ended. */
export class SocketRequest extends Request {
  private delivered = 0;
  private latest: Actor;

  constructor(
    actor: Actor,
    private readonly renewed: (seq: number) => Promise<Actor>,
  ) {
    super(randomUUID(), actor);
    this.latest = actor;
  }

  override async renew(seq: number): Promise<Actor> {
    this.latest = await this.renewed(seq);
    return this.latest;
  }

  /** For one event: loaders of its own, so that each is told as things stand then. */
  forEvent(): Request {
    return new Request(`${this.id}.${++this.delivered}`, this.latest, this.life);
  }

  end(): void {
    this.life.end();
  }
}

/**
 * Answers of a subscription, one at a time, as fast as they are taken. `return()` ends it at once, even while it waits
 * for an event. A subscription that cannot begin throws its error at the first `next()`, so that it ends in it.
 */
export async function deliver(args: ExecutionArgs): Promise<AsyncGenerator<ExecutionResult, void, void>> {
  const operation = args.contextValue as SocketRequest;
  const source = await createSourceEventStream(args);
  const answers = Symbol.asyncIterator in source ? answersTo(source, args, operation) : refusal(source);
  const answered: AsyncGenerator<ExecutionResult, void, void> = {
    next: () => answers.next(),
    throw: (error) => answers.throw(error),
    return: async () => {
      // A generator that awaits an event would not hear of return() before the next one.
      operation.end();
      return answers.return();
    },
    [Symbol.asyncIterator]: () => answered,
    [Symbol.asyncDispose]: async () => operation.end(),
  };
  return answered;
}

async function* answersTo(source: AsyncIterable<unknown>, args: ExecutionArgs, operation: SocketRequest) {
  for await (const event of source) {
    for (;;) {
      const answer = await execute({ ...args, rootValue: event, contextValue: operation.forEvent() });
      if (operation.life.isOver) return;
      if (!isForLackOfDatabase(answer)) {
        yield answer;
        break;
      }
      // Told without its cursor it would be lost to the subscriber: the feed waits for the database, and so does it.
      await pause(operation.signal);
    }
  }
}

// biome-ignore lint/correctness/useYield: it ends before its first answer
async function* refusal({ errors }: ExecutionResult): AsyncGenerator<ExecutionResult, void, void> {
  throw errors![0];
}

function isForLackOfDatabase({ errors }: ExecutionResult): boolean {
  return (errors ?? []).some((error) => {
    const cause = unwrapResolverError(error);
    return cause instanceof StemmaError && cause.code === "UNAVAILABLE";
  });
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, retryMillis);
    signal.addEventListener("abort", done, { once: true });
  });
}
