import { getIntrospectionQuery } from "graphql";
import { beforeAll, describe, expect, it } from "vitest";
import { doors } from "../support/doors.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;

beforeAll(async () => {
  world = await startWorld();
  return world.close;
});

const times = (count: number, part: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => part(at)).join(" ");
const ofActor = (selection: string): string => `{ viewer { actor { ${selection} } } }`;

/** Parents within parents, with a leaf: `depth` fields deep. */
const deep = (depth: number): string =>
  `{ runs { nodes ${"{ parent ".repeat(depth - 3)} { id } ${"}".repeat(depth - 3)} } }`;

/** `count` fields, each in a place of its own as far as that goes: runs with parents with parents, fifty times. */
function wide(count: number): string {
  const leaves = "id runId name status startedAt endedAt";
  const place = (fields: number, name: string) => {
    const levels = Math.floor((fields - 1) / 7);
    const rest = "__typename ".repeat((fields - 1) % 7);
    return `${name}: run(runId: "none") { ${rest} ${`parent { ${leaves} `.repeat(levels)} ${"}".repeat(levels)} }`;
  };
  const [places, each] = [49, 102];
  return `{ ${times(places, (at) => place(each, `a${at}`))} ${place(count - places * each, "z")} }`;
}

/**
 * Fields of one name, three deep: n of them are n steps and three for each pair. With the two around them they make
 * 50,000; whatever is alone adds one more.
 */
function alike(count: number): string {
  const many = { id: 180, name: 31, kind: 6, createdAt: 2, __typename: 2, deactivatedAt: 1 };
  const fields = Object.entries(many).map(([name, often]) => `${name} `.repeat(often));
  return ofActor(`${fields.join("")} ${times(count - 50_000, (at) => `more${at}: id`)}`);
}

/** What is limited, how much of it there may be, and a document that holds so many. */
const limits: [what: string, most: number, document: (count: number) => string][] = [
  ["characters in one document", 200_000, (count) => "{ eventHead } #".padEnd(count, "x")],
  ["tokens in one document", 10_000, (count) => `{ nodes(ids: [${times(count - 12, () => '"a"')}]) { id } }`],
  [
    "brackets within each other",
    100,
    (count) => `{ nodes(ids: ${"[".repeat(count - 2)} ${"]".repeat(count - 2)}) { id } }`,
  ],
  ["directives in one document", 50, (count) => ofActor(times(count, () => "id @include(if: true)"))],
  [
    "mentions of variables in one document",
    1_000,
    (count) => `query (${times(count, (at) => `$a${at}: Int`)}) { eventHead }`,
  ],
  [
    "operations and fragments in one document",
    200,
    (count) => times(count, (at) => `query Q${at} { eventHead }`),
  ],
  ["comparisons of fields of one name in one place", 50_000, alike],
  ["fields at the root", 50, (count) => `{ ${times(count, () => "eventHead")} }`],
  ["fields within each other", 20, deep],
  [
    "aliases in one operation, counting a fragment as often as it is spread",
    100,
    (count) => ofActor(times(count, (at) => `a${at}: id`)),
  ],
  ["fields in one operation, counting a fragment as often as it is spread", 5_000, wide],
];

/** The same through fragments, which are short to write. */
const writtenOut: typeof limits = [
  [
    "fields at the root",
    50,
    (count) => `{ ${times(count - 1, () => "...F")} eventHead } fragment F on Query { eventHead }`,
  ],
  [
    "fields within each other",
    20,
    (count) =>
      `{ runs { nodes { ...F0 } } } ${times(count - 3, (at) => `fragment F${at} on Run { parent { ...F${at + 1} } }`)} fragment F${count - 3} on Run { id }`,
  ],
  [
    "aliases in one operation, counting a fragment as often as it is spread",
    100,
    (count) =>
      `{ ${times(Math.floor(count / 5), (at) => `p${at}: viewer { actor { ...F } }`)} ${times(count % 5, (at) => `z${at}: eventHead`)} eventHead } fragment F on Actor { ${times(4, (at) => `a${at}: id`)} }`,
  ],
];

describe.each(doors)("a document over %s", (_, ask) => {
  const refusalOf = async (document: string) => {
    const { data, errors, status } = await ask(world, document);
    const code = errors?.[0]?.extensions.code;
    return code === "LIMIT" ? { status: status ?? 400, data, message: errors![0]!.message } : null;
  };

  it.each([...limits, ...writtenOut])("holds so many %s: %i", async (what, most, document) => {
    // Each twice: what is known of a document is kept.
    for (let turn = 0; turn < 2; turn++) expect(await refusalOf(document(most))).toBeNull();
    for (let turn = 0; turn < 2; turn++) {
      expect(await refusalOf(document(most + 1))).toEqual({
        status: 400,
        data: undefined,
        message: expect.stringMatching(new RegExp(`^at most ${most} ${what}; got (more|${most + 1})$`)),
      });
    }
  });

  it("may ask for the whole schema", async () => {
    const { data, errors } = await ask(world, getIntrospectionQuery());
    expect(errors).toBeUndefined();
    expect(data.__schema.types.length).toBeGreaterThan(100);
  });

  it.each([
    ["a ring of fragments", "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }"],
    [
      "fragments that all spread each other",
      `{ ...F0 } ${times(20, (at) => `fragment F${at} on Query { ${times(20, (to) => `...F${to}`)} }`)}`,
    ],
    ["a fragment that is not there", "{ ...A }"],
    ["no GraphQL", "{ eventHead"],
    ["a text without end", '{ model(name: "'],
  ])("is told by the usual rules that it is %s", async (_name, document) => {
    const { errors } = await ask(world, document);
    expect(errors![0]!.extensions.code).toMatch(/^GRAPHQL_(VALIDATION|PARSE)_FAILED$/);
  });
});

it("A document that is nearly too wide is answered alike each time, compiled or not", async () => {
  const first = await world.ask(wide(5_000));
  expect(Object.keys(first)).toHaveLength(50);
  for (let turn = 0; turn < 3; turn++) expect(await world.ask(wide(5_000))).toEqual(first);
});
