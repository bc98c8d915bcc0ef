// Operations over a socket: what to run, within which bounds, and for how long somebody waits for it.
import { type ExecutionArgs, type ExecutionResult, execute, GraphQLError } from "graphql";
import type { SubscribePayload } from "graphql-ws";
import { StemmaError } from "../kernel/errors.ts";
import type { Request } from "../kernel/request.ts";
import { type Bounds, extensionsOf } from "./bounds.ts";
import { operationOf } from "./documents.ts";
import type { Guest } from "./guests.ts";
import { refusalOf } from "./refusal.ts";
import { SocketRequest } from "./socket-request.ts";

/** How long somebody waits for a turn: the hasty may be refused, the patient wait for as long as it takes. */
export type Patience = "hasty" | "patient";

/** Bounds the work in progress, whichever door it comes by. */
export interface Turns {
  /** Works as soon as there is room. Throws UNAVAILABLE where the hasty would wait too long. */
  admit<T>(caller: { readonly signal: AbortSignal }, work: () => Promise<T>, patience?: Patience): Promise<T>;
}

/** Where operations are worked on. */
export interface Workplace {
  bounds: Bounds;
  turns: Turns;
}

/** What one client has under way. graphql-ws does not tell when a client gives up an operation that is no subscription. */
export class UnderWay {
  private readonly requests = new Map<SocketRequest, () => boolean>();

  add(request: SocketRequest, isWaitedFor: () => boolean): void {
    this.requests.set(request, isWaitedFor);
  }

  /** Ends what nobody waits for any more; called after every message. */
  endUnwanted(): void {
    for (const [request, isWaitedFor] of this.requests) {
      if (isWaitedFor()) continue;
      this.requests.delete(request);
      request.end();
    }
  }
}

/** What to run, or why not. The request is made before it is charged, so that a refusal says whose it is. */
export async function argumentsOf(
  bounds: Bounds,
  guest: Guest,
  payload: SubscribePayload,
): Promise<(ExecutionArgs & { contextValue: SocketRequest }) | GraphQLError[]> {
  const { operationName } = payload;
  const document = bounds.documents.documentOf(bounds.trusted?.textOf(payload) ?? payload.query);
  if (Array.isArray(document)) return document;
  const operation = operationOf(document, operationName);
  if (operation instanceof GraphQLError) return [operation];
  const contextValue = new SocketRequest(await guest.look(), (seq) => guest.renew(seq));
  const given = payload.variables ?? {};
  await bounds.charge(contextValue, document, operation, given);
  const { schema, variables } = bounds;
  const variableValues = variables.read(operation, given);
  if (variableValues instanceof GraphQLError) return [variableValues];
  return { schema, document: variables.withoutTypes(document), operationName, variableValues, contextValue };
}

/**
 * The answer to a query or a mutation, or what a subscription tells of one event: by the rights that stand once its turn
 * has come. Throws Untold.
 */
export async function answerTo(
  { bounds, turns }: Workplace,
  args: ExecutionArgs,
  patience: Patience,
): Promise<ExecutionResult> {
  const request = args.contextValue as Request;
  const extensions = extensionsOf(request);
  try {
    const work = () =>
      bounds.inTime(request, async () => {
        await request.lookAgain(); // It may have waited for this for long.
        return execute(args);
      });
    const answer = await turns.admit(request, work, patience);
    return { ...answer, extensions };
  } catch (error) {
    if (error instanceof StemmaError) return { errors: [refusalOf(error)], extensions };
    throw error;
  }
}
