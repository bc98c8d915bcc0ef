import fc from "fast-check";
import { scalarTypes } from "../../src/registry/signature.rules.ts";

const names = fc.constantFrom("a", "b", "c", "__proto__", "ü.x");
const requirement = fc.constantFrom({}, { required: true }, { required: false }, { optional: true });

const { type } = fc.letrec<{ type: object }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(...scalarTypes, "any").map((name) => ({ type: name })),
    tie("type").map((items) => ({ type: "array", items })),
    tie("type").map((values) => ({ type: "map", values })),
    fc
      .uniqueArray(fc.tuple(names, tie("type"), requirement), { selector: ([name]) => name, maxLength: 3 })
      .map((list) => ({
        type: "object",
        properties: Object.fromEntries(list.map(([name, of, needed]) => [name, { ...of, ...needed }])),
      })),
  ),
}));

const shape = fc.array(fc.constantFrom(-1, 2, 3), { maxLength: 3 });
const tensor = fc
  .record({ dtype: fc.constantFrom("float64", "float32", "int64", "str"), shape })
  .map((spec) => ({ type: "tensor", "tensor-spec": spec }));

const schemaOf = (entry: fc.Arbitrary<object>) =>
  fc.oneof(
    fc.array(entry, { maxLength: 3 }),
    fc
      .uniqueArray(fc.tuple(names, entry), { selector: ([name]) => name, maxLength: 4 })
      .map((list) => list.map(([name, of]) => ({ ...of, name }))),
  );

const schema = fc.oneof(
  schemaOf(fc.tuple(type, requirement).map(([of, needed]) => ({ ...of, ...needed }))),
  schemaOf(tensor),
);

const params = fc
  .uniqueArray(fc.tuple(names, type, fc.option(shape), fc.constantFrom({}, { default: 1 })), {
    selector: ([name]) => name,
    maxLength: 3,
  })
  .map((list) => list.map(([name, of, sizes, fallback]) => ({ ...of, ...fallback, name, shape: sizes })));

const written = <T>(part: fc.Arbitrary<T>) =>
  fc.oneof(
    part,
    part.map((list) => JSON.stringify(list)),
  );

/** Signatures as versions hold them, all of which are understood. */
export const signatures = fc.record({
  inputs: written(schema),
  outputs: fc.option(written(schema)),
  params: fc.option(written(params)),
});
