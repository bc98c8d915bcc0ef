// How a subscription's events become answers. graphql-js would share one context among all of them.
import { setTimeout as passed } from "node:timers/promises";
import { unwrapResolverError } from "@apollo/server/errors";
import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, getOperationAST } from "graphql";
import { StemmaError } from "../kernel/errors.ts";
import type { Request } from "../kernel/request.ts";
import type { Bounds } from "./bounds.ts";
import { RateLimited } from "./refusal.ts";
import { answerTo, type Workplace } from "./socket-operations.ts";
import { type SocketRequest, Untold } from "./socket-request.ts";

const retryMillis = 400;

/**
 * Answers of a subscription, one at a time, as fast as they are taken. `return()` ends it at once, even while it waits
 * for an event. A subscription that cannot begin throws its error at the first `next()`, so that it ends in it.
 */
export async function deliver(
  place: Workplace,
  args: ExecutionArgs,
): Promise<AsyncGenerator<ExecutionResult, void, void>> {
  const operation = args.contextValue as SocketRequest;
  const source = await createSourceEventStream(args);
  const answers = Symbol.asyncIterator in source ? answersTo(source, place, args) : refusal(source);
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

async function* answersTo(source: AsyncIterable<unknown>, place: Workplace, args: ExecutionArgs) {
  const operation = args.contextValue as SocketRequest;
  for await (const rootValue of source) {
    const answer = await operation.forEvent((contextValue) =>
      answerToEvent(place, { ...args, rootValue, contextValue }),
    );
    if (operation.life.isOver) return;
    if (answer) yield answer;
  }
}

/**
 * What keeps an event from being told for now only delays it: told without its cursor it would be lost. Null where its
 * subscriber lost the right to read it meanwhile.
 */
async function answerToEvent(place: Workplace, args: ExecutionArgs): Promise<ExecutionResult | null> {
  const request = args.contextValue as Request;
  await charge(place.bounds, request, args);
  for (;;) {
    const answer = await answerTo(place, args, "patient").catch(nullIfUntold);
    if (!answer || request.life.isOver || !isForLackOfDatabase(answer)) return answer;
    await pause(request, retryMillis);
    request.forget();
  }
}

function nullIfUntold(error: unknown): null {
  if (error instanceof Untold) return null;
  throw error;
}

/** Each event costs what the operation does. An actor that has spent all hears of it once it may spend again. */
async function charge(bounds: Bounds, request: Request, args: ExecutionArgs): Promise<void> {
  const { document, operationName, variableValues } = args;
  const operation = getOperationAST(document, operationName)!;
  while (!request.life.isOver) {
    try {
      return await bounds.charge(request, document, operation, variableValues ?? {});
    } catch (error) {
      if (!(error instanceof RateLimited)) throw error;
      await pause(request, error.retryAfterSeconds * 1_000);
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
    const code = cause instanceof StemmaError ? cause.code : error.extensions.code;
    return code === "UNAVAILABLE";
  });
}

/** Shorter where the request ends before. */
function pause({ signal }: Request, millis: number): Promise<void> {
  return passed(millis, undefined, { signal }).catch(() => {});
}
