import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { json } from "node:stream/consumers";
import { beforeAll, describe, expect, it } from "vitest";
import { freshDatabase } from "../support/engines.ts";
import { enter } from "../support/guest-socket.ts";
import { runServer } from "../support/server-process.ts";
import { Standstill, watched } from "../support/standstill.ts";
import { adminToken } from "../support/world.ts";

let url: string;
let standstill: Standstill;

beforeAll(async () => {
  const { settings, drop } = await freshDatabase();
  const server = await runServer(settings, 0, { ...watched, RATE_LIMIT_PER_SECOND: "0" });
  url = server.url;
  standstill = await Standstill.of(server);
  // What is compiled by use is compiled now: the figures are of a server that has been up for a while.
  for (let turn = 0; turn < 30; turn++) {
    const query = `query A${turn}($n: Int) { models(first: $n) { nodes { id ...F } } } fragment F on Model { name }`;
    await overHttp(JSON.stringify({ query }));
  }
  return async () => {
    await server.kill();
    await drop();
  };
});

const times = (count: number, part: (at: number) => string, between = " "): string =>
  Array.from({ length: count }, (_, at) => part(at)).join(between);

/** Fragments, each of which spreads the next twice: 2^`length` fields. */
const bomb = (length: number) =>
  `{ model(name: "a") { ...F0 } } ${times(length, (at) => `fragment F${at} on Model { a: versions { nodes { model { ...F${at + 1} } } } b: versions { nodes { model { ...F${at + 1} } } } }`)} fragment F${length} on Model { id }`;

/** Lets pass, or refuses, with one of these. */
const refusals = [
  "LIMIT",
  "COST_LIMIT_EXCEEDED",
  "GRAPHQL_VALIDATION_FAILED",
  "GRAPHQL_PARSE_FAILED",
  "BAD_USER_INPUT",
];

const documents: [name: string, document: string][] = [
  ["3,300 fields of one name, with arguments", `{ ${times(3_300, () => "eventHead")} }`],
  ["4,900 fields of one name in one place", `{ viewer { actor { ${times(4_900, () => "id")} } } }`],
  [
    "4,900 fields of one name in fifty places",
    `{ ${times(49, (at) => `a${at}: viewer { actor { ${times(98, () => "id")} } }`)} }`,
  ],
  [
    "fields that differ in arguments only",
    `{ model(name: "a") { ${times(900, (at) => `versions(first: ${at}) { totalCount }`)} } }`,
  ],
  ["10,000 aliases", `{ ${times(10_000, (at) => `a${at}: eventHead`)} }`],
  ["3,300 aliases", `{ ${times(3_300, (at) => `a${at}: eventHead`)} }`],
  ["5,000 directives in one place", `{ eventHead ${times(5_000, () => "@a")} }`],
  ["1,600 directives that say something", `{ eventHead ${times(1_600, () => "@skip(if: true)")} }`],
  ["a bomb of fragments, 2^60", bomb(60)],
  ["a bomb of fragments, 2^10", bomb(10)],
  [
    "a ring of 199 fragments",
    `{ ...F0 } ${times(199, (at) => `fragment F${at} on Query { ...F${(at + 1) % 199} }`)}`,
  ],
  [
    "60 fragments that all spread each other",
    `{ ...F0 } ${times(60, (at) => `fragment F${at} on Query { ${times(60, (to) => `...F${to}`)} }`)}`,
  ],
  [
    "1,100 fragments in one place",
    `{ ${times(1_100, (at) => `...F${at}`)} } ${times(1_100, (at) => `fragment F${at} on Query { eventHead }`)}`,
  ],
  [
    "199 fragments in one place, all alike",
    `{ viewer { actor { ${times(199, (at) => `...F${at}`)} } } } ${times(199, (at) => `fragment F${at} on Actor { id name kind createdAt createdAt name id }`)}`,
  ],
  ["100,000 selections within each other", `${"{a".repeat(100_000)}${"}".repeat(100_000)}`],
  ["100,000 lists within each other", `{ nodes(ids: ${"[".repeat(100_000)}${"]".repeat(100_000)}) { id } }`],
  [
    "100,000 brackets around a type",
    `query ($a: ${"[".repeat(100_000)}Int${"]".repeat(100_000)}) { eventHead }`,
  ],
  [
    "2,400 fields of an input that has none of them",
    `{ models(filter: { ${times(2_400, (at) => `a${at}: 1`)} }) { totalCount } }`,
  ],
  [
    "800 operations and fragments",
    `${times(400, (at) => `query A${at} { ...F0 }`)} ${times(400, (at) => `fragment F${at} on Query { ...F${at + 1} }`)} fragment F400 on Query { eventHead }`,
  ],
  ["2,000 variables", `query (${times(2_000, (at) => `$a${at}: Int`)}) { eventHead }`],
  ["1,000 variables", `query (${times(1_000, (at) => `$a${at}: Int`)}) { eventHead }`],
  ["a text of 3 MB", `{ model(name: "${"a".repeat(3_000_000)}") { id } }`],
  ["a comment of 3 MB", `{ eventHead } #${"a".repeat(3_000_000)}`],
  [
    "introspection within introspection",
    `{ __schema { types { ${"fields { type { ".repeat(8)} name ${"} }".repeat(8)} } } }`,
  ],
  [
    "pages of pages of pages",
    "{ models(first: 100) { nodes { versions(first: 100) { nodes { children(first: 100) { nodes { __typename } } } } } } }",
  ],
];

const inJson = (query: string, variables: string) =>
  `{"query": ${JSON.stringify(query)}, "variables": ${variables}}`;
const byFilter = "query ($filter: ModelFilter) { models(filter: $filter) { totalCount } }";
const byStatus = "query ($status: [RunStatus!]) { runs(filter: { status: $status }) { totalCount } }";
/** 59,000 values, of which nothing that reads them can know the shape before. */
const manyObjects = `{${times(450, (at) => `"a${at}": {${times(130, (to) => `"b${to}":1`, ",")}}`, ",")}}`;

const bodies: [name: string, body: string][] = [
  [
    "variables 100,000 deep, of objects",
    inJson(byFilter, `{"filter": ${'{"not":'.repeat(100_000)}null${"}".repeat(100_000)}}`),
  ],
  [
    "variables 1,000,000 deep, of lists",
    inJson(byFilter, `{"filter": ${"[".repeat(1_000_000)}${"]".repeat(1_000_000)}}`),
  ],
  [
    "a variable that lists 1,000,000 numbers",
    inJson(byStatus, `{"status": [${times(1_000_000, () => "1", ",")}]}`),
  ],
  [
    "a variable that lists 55,000 words that are no status",
    inJson(byStatus, `{"status": [${times(55_000, () => '"NONE"', ",")}]}`),
  ],
  [
    "a variable that lists 29,000 objects",
    inJson(byStatus, `{"status": [${times(29_000, () => "{}", ",")}]}`),
  ],
  [
    "a variable that lists 55,000 words where a hundred are allowed",
    inJson(
      "query ($in: [String!]) { models(filter: { name: { in: $in } }) { totalCount } }",
      `{"in": [${times(55_000, () => '"a"', ",")}]}`,
    ),
  ],
  ["450 objects of 130 fields that no input has", inJson(byFilter, `{"filter": ${manyObjects}}`)],
  [
    "450 objects of 130 fields that no subscription's filter has",
    inJson(
      "subscription ($filter: EventFilter) { registryEvents(filter: $filter) { seq } }",
      `{"filter": ${manyObjects}}`,
    ),
  ],
  [
    "450 objects of 130 fields where a text is expected",
    inJson("query ($name: String) { model(name: $name) { id } }", `{"name": ${manyObjects}}`),
  ],
  ["250,000 names", inJson(byFilter, `{"filter": {${times(250_000, (at) => `"a${at}":1`, ",")}}}`)],
  [
    "9,000 names that no input has",
    inJson(byFilter, `{"filter": {${times(9_000, (at) => `"a${at}":1`, ",")}}}`),
  ],
  [
    "9,000 variables that nobody asked for",
    inJson("{ nothing }", `{${times(9_000, (at) => `"a${at}":1`, ",")}}`),
  ],
  ["a body of 10 MB", inJson(`{ eventHead } #${"a".repeat(10_000_000)}`, "{}")],
];

interface Heard {
  /** Until the answer began. */
  millis: number;
  status?: number;
  /** What is far too long is answered before it was read; a client that still sends may not hear of it. */
  isCut?: boolean;
  /** Code with which a socket was closed for it. */
  closed?: number;
  data?: unknown;
  errors?: { extensions: { code: string } }[];
}

async function overHttp(body: string): Promise<Heard> {
  const headers = {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    authorization: `Bearer ${adminToken}`,
  };
  const begun = performance.now();
  const asked = request(`${url}/graphql`, { agent: false, method: "POST", headers });
  asked.end(body);
  const [response]: (IncomingMessage | undefined)[] = await once(asked, "response").catch(() => []);
  const millis = performance.now() - begun;
  if (!response) return { millis, isCut: true };
  asked.on("error", () => {});
  return { millis, status: response.statusCode, ...((await json(response)) as object) };
}

async function overSocket(message: string): Promise<Heard> {
  const { socket, farewell } = await enter(url, adminToken);
  const begun = performance.now();
  socket.send(message);
  const heard = await Promise.race([once(socket, "message"), farewell]);
  const millis = performance.now() - begun;
  socket.terminate();
  if (!Array.isArray(heard)) return { millis, closed: heard.code };
  const { payload } = JSON.parse(String(heard[0]));
  return { millis, ...(Array.isArray(payload) ? { errors: payload } : payload) };
}

/** Prints how long it took, and for how long the server heard nothing else meanwhile. */
async function measured(
  name: string,
  door: "http" | "socket",
  ask: (text: string) => Promise<Heard>,
  text: string,
) {
  await standstill.longestMillis();
  const heard = await ask(text);
  const [millis, stall] = [heard.millis, await standstill.longestMillis()].map((figure) =>
    figure.toFixed(0).padStart(5),
  );
  console.log(`${millis} ms, stall ${stall} ms, by ${door}: ${name}`);
  return heard;
}

describe("a hostile question over HTTP", () => {
  const asked = [...documents.map(([name, query]) => [name, JSON.stringify({ query })] as const), ...bodies];

  it.each(asked)("is refused: %s", async (name, body) => {
    const { status, errors, isCut } = await measured(name, "http", overHttp, body);
    if (isCut) return expect(body.length).toBeGreaterThan(4 * 1024 * 1024);
    expect(errors![0]!.extensions.code).toBeOneOf(refusals);
    expect(status).toBeOneOf([200, 400, 413]);
  });
});

describe("a hostile question over a socket", () => {
  const most = 1024 * 1024;
  const subscribe = (payload: string) => `{"id": "1", "type": "subscribe", "payload": ${payload}}`;
  const asked = [
    ...documents.map(([name, query]) => [name, subscribe(JSON.stringify({ query }))] as const),
    ...bodies.map(([name, body]) => [name, subscribe(body)] as const),
  ];

  it.each(asked)("is refused: %s", async (name, message) => {
    const { errors, closed } = await measured(name, "socket", overSocket, message);
    if (message.length > most) return expect(closed).toBe(1009);
    if (closed !== undefined) return expect(closed).toBe(4400);
    expect(errors![0]!.extensions.code).toBeOneOf(refusals);
  });
});

it("After all that the server answers as before", async () => {
  const { data } = await overHttp(JSON.stringify({ query: "{ viewer { actor { name } } }" }));
  expect(data).toEqual({ viewer: { actor: { name: "administrator" } } });
});
