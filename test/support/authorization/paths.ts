import {
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
  isRequiredArgument,
} from "graphql";

/** How to ask for a field that must be given arguments, by `Type.field`: what stands between its brackets. */
export type Arguments = Readonly<Record<string, string>>;

/** A way from Query to the objects of a type. */
export interface Way {
  /** Names of the fields on the way. */
  fields: readonly string[];
  /** The whole question, with this selection at its end. */
  question(selection: string): string;
}

/** The field as it is asked for; null where it needs arguments that nobody has told. */
function askedFor(
  type: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
  told: Arguments,
): string | null {
  const args = told[`${type.name}.${field.name}`];
  if (args !== undefined) return args === "" ? field.name : `${field.name}(${args})`;
  return field.args.some(isRequiredArgument) ? null : field.name;
}

/** The shortest way to each object type that a query can reach; by way of `node` only where there is no other. */
export function waysTo(schema: GraphQLSchema, told: Arguments): Map<string, Way> {
  const ways = new Map<string, Way>();
  const queue: { type: GraphQLObjectType; way: Way }[] = [
    { type: schema.getQueryType()!, way: { fields: [], question: (selection) => `{ ${selection} }` } },
  ];
  for (let at = 0; at < queue.length; at++) {
    const { type, way } = queue[at]!;
    for (const field of Object.values(type.getFields())) {
      const target = getNamedType(field.type);
      const asked = askedFor(type, field, told);
      if (!isObjectType(target) || asked === null || ways.has(target.name)) continue;
      const next = {
        fields: [...way.fields, field.name],
        question: (selection: string) => way.question(`${asked} { ${selection} }`),
      };
      ways.set(target.name, next);
      queue.push({ type: target, way: next });
    }
  }
  return ways;
}

/** One field of a type with all that is in it, so many levels deep. Fails where it needs arguments that nobody told. */
export function onlyField(type: GraphQLObjectType, name: string, told: Arguments, depth: number): string {
  const field = selected(type, type.getFields()[name]!, told, depth);
  if (field === null) throw new Error(`${type.name}.${name} needs arguments: tell them`);
  return field;
}

/** All fields of a type, so many levels deep, for which the arguments are known. */
export function everythingIn(type: GraphQLObjectType, told: Arguments, depth = 1): string {
  const parts = Object.values(type.getFields()).map((field) => selected(type, field, told, depth));
  return ["__typename", ...parts.filter((part) => part !== null)].join(" ");
}

function selected(
  type: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
  told: Arguments,
  depth: number,
): string | null {
  const asked = askedFor(type, field, told);
  if (asked === null) return null;
  const target = getNamedType(field.type);
  if (isInterfaceType(target)) return `${asked} { __typename id }`;
  if (!isObjectType(target)) return asked;
  return `${asked} { ${depth > 1 ? everythingIn(target, told, depth - 1) : "__typename"} }`;
}

// biome-ignore lint/suspicious/noExplicitAny: an answer has the shape of its question
type Data = any;

/** What an answer holds at the end of a way: lists on it are followed into each of their items. */
export function reached(data: Data, { fields }: Way): Data[] {
  let found = [data];
  for (const field of fields) found = found.flatMap((one) => one?.[field] ?? []).flat();
  return found.filter((one) => one !== null && one !== undefined);
}
