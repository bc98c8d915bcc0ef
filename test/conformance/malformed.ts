import fc from "fast-check";
import type { Method } from "../../src/mlflow/endpoint.ts";
import { type Mounted, parametersOf } from "./endpoints.ts";

/** A request that no client of good will sends. */
export interface Malformed {
  /** The endpoint it is for, such as `POST runs/search`. */
  route: string;
  method: Method;
  path: string;
  headers: Record<string, string>;
  body: Buffer | null;
}

const texts = [
  ...[
    "",
    " ",
    "0",
    "-1",
    "1",
    "1.5",
    "NaN",
    "1e309",
    "99999999999999999999",
    "0x10",
    "true",
    "null",
    "latest",
    "READY",
  ],
  ...[
    "a\u0000b",
    "\u202e",
    "\ud800",
    "🦊",
    "e\u0301",
    "x".repeat(10_000),
    "../../etc/passwd",
    "%2e%2e%2f",
    "a/b",
    "a:b",
  ],
  ...[
    "'; DROP TABLE model; --",
    '" OR 1=1',
    "name = '",
    "name LIKE '%",
    "tags.`k",
    "((((",
    "a AND ".repeat(500),
    "name IN (",
    "`",
  ],
  ...[
    "name ASC DESC",
    "metrics.",
    "file:///etc/passwd",
    "http://169.254.169.254/",
    "models:/x/1",
    "runs:/x/y",
    "__proto__",
  ],
];
const others: unknown[] = [
  ...[null, true, false, 0, -1, 1.5, 5e-324, 1e308, 2 ** 31, 2 ** 53, 1e21, -1e21],
  ...[
    [],
    [[]],
    {},
    [null],
    [1, "a", {}],
    { key: "k" },
    { __proto__: null, toString: 1 },
    [{ key: 5, value: {} }],
  ],
  ...[
    [{ key: "k".repeat(300), value: "v" }],
    [{ key: "\u0000", value: "\ud800" }],
    [{ key: "m", value: "NaN", timestamp: -1e30, step: 1e30 }],
  ],
];

const text = fc.oneof(fc.constantFrom(...texts), fc.string({ maxLength: 40, unit: "grapheme" }));
const value = fc.oneof(text, fc.constantFrom(...others), fc.jsonValue({ maxDepth: 4 }));

const bodies = [
  "",
  "{",
  "[]",
  "null",
  "5",
  '"x"',
  '{"name":}',
  "\u0000",
  `${"[".repeat(5_000)}`,
  '{"a":1}{"b":2}',
  "name=x",
];
const types = [
  "application/json",
  "text/plain",
  "application/xml",
  "application/x-www-form-urlencoded",
  "application/json; charset=latin9",
];

/** As many for each method of each endpoint, by this seed always the same. */
export function malformedRequests(
  endpoints: readonly Mounted[],
  seed: number,
  perEndpoint: number,
): Malformed[] {
  return endpoints.flatMap((endpoint) =>
    endpoint.methods.flatMap((method) =>
      fc.sample(malformed(endpoint, method), { seed, numRuns: perEndpoint }),
    ),
  );
}

function malformed(endpoint: Mounted, method: Method): fc.Arbitrary<Malformed> {
  const route = `${method} ${endpoint.path}`;
  const prefix = fc.constantFrom(`/api/2.0/${endpoint.below}/`, `/ajax-api/2.0/${endpoint.below}/`);
  // What is in the path comes as text.
  const path = fc.tuple(prefix, fc.array(text, { minLength: 4, maxLength: 4 })).map(([before, given]) => {
    const filled = endpoint.path.replace(/[:*]\w*/g, () => encoded(given.pop() || "x") || "x");
    return before + filled;
  });
  const parameters = fc.record(Object.fromEntries(parametersOf(endpoint).map((name) => [name, value])), {
    requiredKeys: [],
  });
  const wellTyped = fc.tuple(path, parameters).map(([at, given]): Malformed => {
    if (method === "GET") return { route, method, path: `${at}?${queryOf(given)}`, headers: {}, body: null };
    return { route, method, path: at, ...sending(JSON.stringify(given), "application/json") };
  });
  const broken = fc
    .tuple(path, fc.constantFrom(...bodies), fc.constantFrom(...types))
    .map(([at, body, type]): Malformed => ({ route, method, path: at, ...sending(body, type) }));
  const query = fc.constantFrom(
    "?%zz",
    "?=&&=",
    "?a[]=1&a=2",
    "?name=%ff%fe",
    "?__proto__=1",
    `?${"a=1&".repeat(2_000)}`,
  );
  const queried = fc
    .tuple(path, query)
    .map(([at, more]): Malformed => ({ route, method, path: at + more, headers: {}, body: null }));
  return fc.oneof(
    { arbitrary: wellTyped, weight: 6 },
    { arbitrary: broken, weight: 1 },
    { arbitrary: queried, weight: 1 },
  );
}

function sending(text: string, type: string): Pick<Malformed, "headers" | "body"> {
  const body = Buffer.from(text);
  return { headers: { "content-type": type, "content-length": String(body.length) }, body };
}

/** Lists repeat their key, as the client does it. */
function queryOf(given: object): string {
  const pairs = Object.entries(given).flatMap(([key, it]) =>
    [it]
      .flat()
      .map((one) => `${key}=${encoded(typeof one === "string" ? one : JSON.stringify(one ?? null))}`),
  );
  return pairs.join("&");
}

/** Halves of letters, which have no UTF-8, go as what stands for them. */
function encoded(it: string): string {
  return encodeURIComponent(Buffer.from(it).toString());
}

/** What is wrong with an answer to a request that nobody should send; null where nothing is. */
export function wrongWith(status: number, body: string): string | null {
  if (status === 0) return "no answer";
  // What this server's store cannot do is the fault of nobody.
  if (status >= 500 && !/"NOT_IMPLEMENTED"/.test(body)) return `a ${status}`;
  if (/\bat .+:\d+:\d+|node_modules|\/src\/|SELECT |INSERT |\bSQLITE_|\bER_[A-Z]+/.test(body))
    return "what is inside";
  let answer: Record<string, unknown>;
  try {
    answer = JSON.parse(body);
  } catch {
    return "no JSON";
  }
  if (status === 200) return null;
  const { error_code: code, message, ...more } = answer;
  const isOfForm = /^[A-Z_]+$/.test(String(code)) && typeof message === "string" && message !== "";
  return isOfForm && Object.keys(more).length === 0 ? null : "no error of MLflow's form";
}
