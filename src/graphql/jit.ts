import { type ApolloServerPlugin, HeaderMap } from "@apollo/server";
import {
  type DocumentNode,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  Kind,
  visit,
} from "graphql";
import { type CompiledQuery, compileQuery, isCompiledQuery } from "graphql-jit";
import { LRUCache } from "lru-cache";
import type { Request } from "../kernel/request.ts";

const mostCompiled = 500;
const compileOnHit = 2; // compiling costs some ms: not for a query asked once

/**
 * The same document with variables of any type: graphql-jit unrolls the type of each variable, and a filter that holds
 * filters has no end (it took 40 s to run out of stack). graphql-js reads the variables instead.
 */
function untyped(document: DocumentNode): DocumentNode {
  const any = { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: "JSON" } } as const;
  return visit(document, {
    VariableDefinition: ({ defaultValue: _, ...node }) => ({ ...node, type: any }),
  });
}

/**
 * Runs repeated queries as compiled code. Only queries: they change nothing, so one that ended in an error is simply
 * run again by graphql-js, whose errors the door knows how to translate.
 */
export function jitPlugin(schema: GraphQLSchema): ApolloServerPlugin<Request> {
  const compiled = new LRUCache<string, CompiledQuery | "cannot">({ max: mostCompiled });
  const hits = new LRUCache<string, number>({ max: mostCompiled * 4 });
  const lookUp = (key: string, document: DocumentNode, operationName: string | undefined) => {
    const known = compiled.get(key);
    if (known) return known;
    const seen = (hits.get(key) ?? 0) + 1;
    hits.set(key, seen);
    if (seen < compileOnHit) return "cannot";
    const made = compileQuery(schema, untyped(document), operationName, { disableLeafSerialization: false });
    const entry = isCompiledQuery(made) ? made : "cannot";
    compiled.set(key, entry);
    return entry;
  };
  return {
    async requestDidStart() {
      return {
        async responseForOperation({ document, operationName, request, contextValue, queryHash }) {
          const asked = getOperationAST(document, operationName);
          if (asked?.operation !== "query") return null;
          const query = lookUp(`${queryHash} ${operationName ?? ""}`, document, operationName ?? undefined);
          if (query === "cannot") return null;
          const { coerced } = getVariableValues(
            schema,
            asked.variableDefinitions ?? [],
            request.variables ?? {},
            { maxErrors: 1 },
          );
          if (!coerced) return null;
          const result = await query.query(undefined, contextValue, coerced);
          if (result.errors && result.errors.length > 0) return null;
          const http = { status: undefined, headers: new HeaderMap() };
          return { http, body: { kind: "single", singleResult: { data: result.data } } };
        },
      };
    },
  };
}
