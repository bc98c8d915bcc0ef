import { type GraphQLNamedType, getNamedType, isLeafType, isObjectType } from "graphql";
import { schemaOfApp } from "../../src/wiring/rooms.ts";

const schema = schemaOfApp();

/** Names of all mutations. */
export const mutations = Object.keys(schema.getMutationType()!.getFields()).sort();

/** All that a mutation answers, refusals aside: scalars, and one level below them. */
export function everythingOf(mutation: string): string {
  const field = schema.getMutationType()!.getFields()[mutation];
  if (!field) throw new Error(`the schema has no mutation ${mutation}`);
  return selectionOf(getNamedType(field.type), 2, ["userErrors"]);
}

/** All leaves of a type, so many levels deep, that can be asked for without arguments. */
export function selectionOf(type: GraphQLNamedType, depth: number, without: string[] = []): string {
  if (!isObjectType(type)) return "__typename";
  const fields = Object.values(type.getFields()).filter(({ name, args }) => {
    return !without.includes(name) && args.every(({ type }) => !String(type).endsWith("!"));
  });
  const selected = fields.map((field) => {
    const inner = getNamedType(field.type);
    if (isLeafType(inner)) return field.name;
    return depth > 1 ? `${field.name} { ${selectionOf(inner, depth - 1)} }` : "";
  });
  return `__typename ${selected.join(" ")}`;
}
