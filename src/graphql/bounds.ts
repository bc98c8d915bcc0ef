import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from "graphql";
import { StemmaError } from "../kernel/errors.ts";
import type { Request } from "../kernel/request.ts";
import { costOf } from "./cost.ts";
import { Deadlines } from "./deadlines.ts";
import { Documents } from "./documents.ts";
import { type DocumentLimits, usualDocumentLimits } from "./limits.ts";
import type { RateLimiter } from "./rate-limit.ts";
import { RateLimited } from "./refusal.ts";
import type { TrustedDocuments } from "./trusted-documents.ts";
import { VariableReader, type Variables } from "./variables.ts";

export interface OperationLimits extends DocumentLimits {
  /** Points that one operation may cost. */
  cost: number;
  /** For how long it is worked on. */
  seconds: number;
}

export const usualOperationLimits: OperationLimits = { ...usualDocumentLimits, cost: 100_000, seconds: 30 };

/** What else bounds operations, where it is set up. */
export interface Restraints {
  limiter: RateLimiter | null;
  trusted: TrustedDocuments | null;
}

/** What both doors hold an operation to: what may be asked, what it may cost, how long it may take. */
export class Bounds {
  readonly documents: Documents;
  readonly variables: VariableReader;
  private readonly deadlines: Deadlines;
  private readonly costs = new WeakMap<OperationDefinitionNode, ReturnType<typeof costOf>>();

  constructor(
    readonly schema: GraphQLSchema,
    private readonly limits: OperationLimits,
    private readonly restraints: Restraints,
  ) {
    this.documents = new Documents(schema, limits);
    this.variables = new VariableReader(schema);
    this.deadlines = new Deadlines(limits.seconds * 1_000);
  }

  /** Null where any document may be asked. */
  get trusted(): TrustedDocuments | null {
    return this.restraints.trusted;
  }

  /** Writes the charge on the request. Throws COST_LIMIT_EXCEEDED and RATE_LIMITED. */
  async charge(
    request: Request,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Variables,
  ): Promise<void> {
    const cost = this.costOf(document, operation)(variables);
    const { cost: limit } = this.limits;
    request.charge = { cost, limit, rateLimit: null };
    if (cost > limit) {
      throw new StemmaError(
        "COST_LIMIT_EXCEEDED",
        `one operation may cost at most ${limit} points; got ${cost}`,
      );
    }
    const taken = await this.restraints.limiter?.take(request.actor.node, cost);
    if (!taken) return;
    request.charge = { cost, limit, rateLimit: taken };
    if (taken.isAllowed) return;
    const { remaining, retryAfterSeconds } = taken;
    throw new RateLimited(
      `this operation costs ${cost} points, and ${remaining} are left; come again in ${retryAfterSeconds} s`,
      retryAfterSeconds,
    );
  }

  /** Works until the time is up, and begins no step after that. Throws TIMEOUT. */
  inTime<T>(request: Request, work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const done = this.deadlines.begin(() => {
        const { seconds } = this.limits;
        const message = `not answered within ${seconds} s; a mutation may be done: repeat it with the same idempotencyKey`;
        const late = new StemmaError("TIMEOUT", message);
        request.life.end(late);
        // What waits for its turn goes first: once this is told, no statement is sent.
        setImmediate(() => reject(late));
      });
      work()
        .then((whole) => {
          done();
          request.life.goOn(); // What is only half an answer is none.
          resolve(whole);
        })
        .catch((error) => {
          done();
          reject(error);
        });
    });
  }

  private costOf(document: DocumentNode, operation: OperationDefinitionNode): ReturnType<typeof costOf> {
    const known = this.costs.get(operation);
    if (known) return known;
    const made = costOf(this.schema, document, operation);
    this.costs.set(operation, made);
    return made;
  }
}

/** What an answer tells of its cost; undefined where it did not come to be charged. */
export function extensionsOf({ charge }: Request): { cost: object } | undefined {
  if (!charge) return undefined;
  const { cost, limit, rateLimit } = charge;
  return { cost: { requested: cost, limit, ...(rateLimit ? { remaining: rateLimit.remaining } : {}) } };
}
