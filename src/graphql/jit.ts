import { type ApolloServerPlugin, HeaderMap } from "@apollo/server";
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from "graphql";
import { type CompiledQuery, compileQuery, isCompiledQuery } from "graphql-jit";
import { LRUCache } from "lru-cache";
import type { Request } from "../kernel/request.ts";
import { fieldsOf } from "./limits.ts";
import type { VariableReader } from "./variables.ts";

const mostCompiled = 500;
/** Of compiled code, which is about as long as the fields it answers are many; `mostWeight` is what all may weigh. */
const fieldWeight = 100;
const mostWeight = 4_000_000;
/** Larger ones are run by graphql-js. */
const mostFields = 500;
const longestDocument = 20_000; // characters
const compileOnHit = 2; // compiling costs some ms: not for a query asked once

/**
 * Nullable variables in places that are not, which a default allows. Where such a one is null or missing, graphql-js
 * takes the default or refuses; graphql-jit hands null through.
 */
function riskyVariables(schema: GraphQLSchema, document: DocumentNode): Set<string> {
  const required = new Set<string>();
  const nullable = new Set<string>();
  const types = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(types, {
      VariableDefinition: ({ variable, type }) => {
        if (type.kind !== Kind.NON_NULL_TYPE) nullable.add(variable.name.value);
        return false;
      },
      Variable: ({ name }) => {
        if (isNonNullType(types.getInputType())) required.add(name.value);
      },
    }),
  );
  return new Set([...required].filter((name) => nullable.has(name)));
}

interface Compiled {
  query: CompiledQuery["query"];
  risky: ReadonlySet<string>;
  weight: number;
}

/**
 * Runs repeated queries as compiled code. Only queries: they change nothing, so one that ended in an error is simply
 * run again by graphql-js, whose errors the door knows how to translate.
 */
export function jitPlugin(
  schema: GraphQLSchema,
  variables: VariableReader,
  mostKept = mostCompiled,
): ApolloServerPlugin<Request> {
  const compiled = new LRUCache<string, Compiled | "cannot">({
    max: mostKept,
    maxSize: mostWeight,
    sizeCalculation: (entry) => (entry === "cannot" ? 1 : entry.weight),
  });
  const hits = new LRUCache<string, number>({ max: mostKept * 4 });
  const compile = (document: DocumentNode, asked: OperationDefinitionNode, length: number) => {
    const fields = fieldsOf(document, asked);
    if (fields > mostFields) return "cannot";
    // graphql-jit unrolls the type of each variable, and a filter that holds filters has no end: it took 40 s to run out
    // of stack.
    const made = compileQuery(schema, variables.withoutTypes(document), asked.name?.value, {
      disableLeafSerialization: false,
    });
    if (!isCompiledQuery(made)) return "cannot";
    return {
      query: made.query,
      risky: riskyVariables(schema, document),
      weight: length + fields * fieldWeight,
    };
  };
  const lookUp = (
    hash: string | undefined,
    document: DocumentNode,
    asked: OperationDefinitionNode,
    { length }: string,
  ) => {
    if (hash === undefined || length > longestDocument) return "cannot";
    const key = `${hash} ${asked.name?.value ?? ""}`;
    const known = compiled.get(key);
    if (known) return known;
    const seen = (hits.get(key) ?? 0) + 1;
    hits.set(key, seen);
    if (seen < compileOnHit) return "cannot";
    const entry = compile(document, asked, length);
    compiled.set(key, entry);
    return entry;
  };
  return {
    async requestDidStart() {
      return {
        async responseForOperation({ document, operation, request, contextValue, queryHash, source }) {
          if (operation?.operation !== "query") return null; // There is none where the document does not hold it.
          const query = lookUp(queryHash, document, operation, source);
          if (query === "cannot") return null;
          const values = variables.read(operation, request.variables ?? {});
          if (values instanceof GraphQLError) return null;
          if ([...query.risky].some((name) => values[name] == null)) return null;
          const result = await query.query(undefined, contextValue, values);
          if (result.errors && result.errors.length > 0) return null;
          const http = { status: undefined, headers: new HeaderMap() };
          return { http, body: { kind: "single", singleResult: { data: result.data } } };
        },
      };
    },
  };
}
