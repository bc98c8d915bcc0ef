import type { ApolloServerPlugin } from "@apollo/server";
import type { GraphQLFormattedError } from "graphql";
import type { Request } from "../kernel/request.ts";

/**
 * An answer of which nothing could be had for now is 503 to HTTP, too, so that proxies and clients which read no GraphQL
 * come again. One that holds something stays 200.
 */
export const unavailablePlugin: ApolloServerPlugin<Request> = {
  async requestDidStart() {
    return {
      async willSendResponse({ response }) {
        if (response.body.kind !== "single") return;
        const { data, errors } = response.body.singleResult;
        if (isUnavailable(errors) && isEmpty(data)) response.http.status = 503;
      },
    };
  },
};

function isUnavailable(errors: readonly GraphQLFormattedError[] = []): boolean {
  return errors.some(({ extensions }) => extensions?.code === "UNAVAILABLE");
}

function isEmpty(data: Record<string, unknown> | null | undefined): boolean {
  return Object.values(data ?? {}).every((value) => value === null);
}
