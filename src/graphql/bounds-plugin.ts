import type { ApolloServerPlugin } from "@apollo/server";
import { GraphQLError } from "graphql";
import { StemmaError } from "../kernel/errors.ts";
import type { Request } from "../kernel/request.ts";
import { type Bounds, extensionsOf } from "./bounds.ts";
import { refusalOf } from "./refusal.ts";

/** Holds what comes over HTTP to its bounds: before Apollo parses and validates it, and before it runs it. */
export function boundsPlugin(bounds: Bounds): ApolloServerPlugin<Request> {
  return {
    async requestDidStart() {
      return {
        async didResolveSource({ queryHash, source }) {
          bounds.documents.excessOf(queryHash!, source!);
        },
        async didResolveOperation({ queryHash, source, document, operation, request, contextValue }) {
          const excess = bounds.documents.excessOf(queryHash!, source!);
          if (excess) throw refusalOf(excess);
          if (!operation) return;
          const given = request.variables ?? {};
          try {
            await bounds.charge(contextValue, document, operation, given);
          } catch (error) {
            throw error instanceof StemmaError ? refusalOf(error) : error;
          }
          const variables = bounds.variables.read(operation, given);
          if (variables instanceof GraphQLError) throw variables;
        },
        async willSendResponse({ response, contextValue }) {
          const extensions = extensionsOf(contextValue);
          if (extensions && response.body.kind === "single")
            response.body.singleResult.extensions = extensions;
        },
      };
    },
  };
}
