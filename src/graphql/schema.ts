import {
  type GraphQLFieldResolver,
  GraphQLObjectType,
  GraphQLSchema,
  getNamedType,
  getNullableType,
  isLeafType,
  isListType,
  lexicographicSortSchema,
  printSchema,
} from "graphql";
import { buildSchemaSync, getMetadataStorage, type NonEmptyArray } from "type-graphql";
import type { Request } from "../kernel/request.ts";
import { carryResolvers, resolverIn } from "../kernel/resolver-instance.ts";

type ResolverClass = abstract new (...parts: never[]) => object;

/** The schema over instances made in wiring, which it brings along: its types are those of every other one. */
export function schemaOf(resolvers: readonly object[]): GraphQLSchema {
  const byClass = new Map<unknown, object>(resolvers.map((resolver) => [resolver.constructor, resolver]));
  const types = typesOf([...byClass.keys()] as ResolverClass[]);
  return carryResolvers(new GraphQLSchema({ ...types.toConfig(), assumeValid: true }), byClass);
}

let built: { classes: readonly ResolverClass[]; types: GraphQLSchema } | null = null;

/**
 * What decorators say does not change, and it takes a tenth of a second to make types of it. All servers of a process share
 * them, so nothing of one server may be kept in a type or a field.
 */
function typesOf(classes: readonly ResolverClass[]): GraphQLSchema {
  const isBuilt =
    built?.classes.length === classes.length && classes.every((one, at) => one === built?.classes[at]);
  if (!built || !isBuilt) built = { classes, types: mortal(forgetful(withPlainGetters(typesFrom(classes)))) };
  return built.types;
}

function typesFrom(classes: readonly ResolverClass[]): GraphQLSchema {
  return buildSchemaSync({
    resolvers: classes as unknown as NonEmptyArray<ResolverClass & (new () => object)>,
    container: { get: (wanted, { info }) => resolverIn(info.schema, wanted) },
    validate: false,
    // type-graphql asks for one as soon as a subscription exists; ours pull from the journal instead.
    pubSub: { publish: () => {}, subscribe: () => ({ [Symbol.asyncIterator]: () => neverYields }) as never },
  });
}

/**
 * type-graphql calls a decorated getter through a resolver, for each node of each list. To read the property is the
 * same for what is an instance, as all that leaves our rooms is.
 */
function withPlainGetters(schema: GraphQLSchema): GraphQLSchema {
  const { objectTypes, fieldResolvers } = getMetadataStorage();
  const getters = fieldResolvers.filter(
    ({ kind, target, methodName }) =>
      kind === "internal" && Object.getOwnPropertyDescriptor(target.prototype, methodName)?.get,
  );
  for (const { name, target } of objectTypes) {
    const type = schema.getType(name);
    if (!(type instanceof GraphQLObjectType)) continue;
    for (const getter of getters) {
      const isOurs = target === getter.target || target.prototype instanceof getter.target;
      if (isOurs) type.getFields()[getter.schemaName]!.resolve = undefined;
    }
  }
  return schema;
}

/**
 * The mutations of one document run one after another: what one has loaded for its answer, the next may change; and what
 * the actor might do when the first began, it may not when the last does.
 */
function forgetful(schema: GraphQLSchema): GraphQLSchema {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const { resolve } = field;
    field.resolve = async (root, args, request: Request, info) => {
      request.forget();
      await request.lookAgain();
      return resolve?.(root, args, request, info);
    };
  }
  return schema;
}

/** No resolver begins once nobody waits for its answer. A list without pages may be long: it counts for what it holds. */
function mortal(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!(type instanceof GraphQLObjectType) || type.name.startsWith("__")) continue;
    for (const field of Object.values(type.getFields())) {
      const { resolve } = field;
      if (!resolve) continue;
      const begin: typeof resolve = (root, args, request: Request, info) => {
        request.life.goOn();
        return resolve(root, args, request, info);
      };
      const isList = isListType(getNullableType(field.type)) && !isLeafType(getNamedType(field.type));
      field.resolve = isList ? counting(begin) : begin;
    }
  }
  return schema;
}

function counting(resolve: GraphQLFieldResolver<unknown, Request>): GraphQLFieldResolver<unknown, Request> {
  return async (root, args, request, info) => {
    const list = await resolve(root, args, request, info);
    if (Array.isArray(list)) request.life.take(list.length);
    return list;
  };
}

const neverYields = { next: () => Promise.resolve({ done: true as const, value: undefined }) };

/** The schema as checked in at schema.graphql. */
export function printed(schema: GraphQLSchema): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}
