import type { GraphQLSchema } from "graphql";

const key = "stemma:resolvers";

type Instances = ReadonlyMap<unknown, object>;

/** The resolvers behind a schema travel with it: type-graphql hands `subscribe` no instance of its class. */
export function carryResolvers(schema: GraphQLSchema, byClass: Instances): GraphQLSchema {
  schema.extensions = { ...schema.extensions, [key]: byClass };
  return schema;
}

/** The one instance of this resolver: `subscribe: ({ info }) => resolverIn(info.schema, EventResolver).follow(…)`. */
export function resolverIn<T extends object>(
  schema: GraphQLSchema,
  type: abstract new (...parts: never[]) => T,
): T {
  const instance = (schema.extensions[key] as Instances | undefined)?.get(type);
  if (!instance) throw new Error(`${type.name} is not among the resolvers of this schema`);
  return instance as T;
}
