// What is wrong with an answer, for those who guard the registry: whichever door it leaves by.
import type { ApolloServerPlugin } from "@apollo/server";
import { unwrapResolverError } from "@apollo/server/errors";
import type { GraphQLError } from "graphql";
import type { RefusalLog } from "../access/refusal-log.ts";
import { StemmaError } from "../kernel/errors.ts";
import type { Request } from "../kernel/request.ts";

/** Notes what of these errors was refused for want of a permission, or for having asked too much. */
export function noteDenials(errors: readonly GraphQLError[], request: Request, refusals: RefusalLog): void {
  for (const error of errors) {
    const cause = unwrapResolverError(error);
    const code = cause instanceof StemmaError ? cause.code : error.extensions.code;
    if (typeof code !== "string" || !noted.has(code)) continue;
    const [node] = error.nodes ?? [];
    const field = node?.kind === "Field" ? node.name.value : "";
    refusals.denied({ actor: request.actor, code, field, message: error.message, request: request.id });
  }
}

const noted: ReadonlySet<string> = new Set(["FORBIDDEN", "LIMIT", "RATE_LIMITED", "COST_LIMIT_EXCEEDED"]);

/** Apollo does not say whose an error is when it is to be formatted. */
const askers = new WeakMap<object, Request>();

export function askerOf(error: unknown): Request | undefined {
  return typeof error === "object" && error !== null ? askers.get(error) : undefined;
}

/** The same for answers over HTTP. */
export function denialsPlugin(refusals: RefusalLog): ApolloServerPlugin<Request> {
  return {
    async requestDidStart() {
      return {
        async didEncounterErrors({ errors, contextValue }) {
          for (const error of errors) askers.set(error, contextValue);
          noteDenials(errors, contextValue, refusals);
        },
      };
    },
  };
}
