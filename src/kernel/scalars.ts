import { GraphQLScalarType, Kind } from "graphql";
import { GraphQLDateTimeISO, GraphQLJSON, GraphQLSafeInt } from "graphql-scalars";
import { formatInstant } from "./instant.ts";

/** Inside, an instant is a number of epoch milliseconds; outside it is RFC 3339 in UTC. */
export const DateTime = new GraphQLScalarType<number, string>({
  name: "DateTime",
  description: "An instant: RFC 3339 in UTC with milliseconds, such as 2026-03-01T09:30:00.000Z.",
  specifiedByURL: "https://www.rfc-editor.org/rfc/rfc3339",
  serialize: (value) => formatInstant(value as number),
  parseValue: (value) => GraphQLDateTimeISO.parseValue(value).getTime(),
  parseLiteral: (node, variables) => GraphQLDateTimeISO.parseLiteral(node, variables).getTime(),
});

/** A named string whose grammar a room checks, so that its refusals say what was expected. */
function textScalar(name: string, description: string): GraphQLScalarType<string, string> {
  const read = (value: unknown): string => {
    if (typeof value !== "string") throw new TypeError(`${name}: expected a string`);
    return value;
  };
  return new GraphQLScalarType<string, string>({
    name,
    description,
    serialize: read,
    parseValue: read,
    parseLiteral: (node) => read(node.kind === Kind.STRING ? node.value : undefined),
  });
}

export const VersionRef = textScalar(
  "VersionRef",
  "Names one model version: an id (mv_42), name@alias, name/7, name/v1.1.0, name/Production, name@latest or name/latest, each with or without a leading models:/.",
);

export const EventCursor = textScalar(
  "EventCursor",
  'A place in the journal, as an event\'s `cursor` or `eventHead` gave it; the literal "start" is before the first event.',
);

/** Inside, it is a number like any other: what a number cannot hold exactly is refused at the door. */
export const BigInt64 = new GraphQLScalarType({
  ...GraphQLSafeInt.toConfig(),
  name: "BigInt",
  description: "A whole number that may exceed 32 bits: a JSON number within ±(2^53 − 1).",
  specifiedByURL: null,
});

export const Json = new GraphQLScalarType({
  ...GraphQLJSON.toConfig(),
  name: "JSON",
  description: "Any JSON value.",
});
