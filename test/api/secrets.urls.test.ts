// A signed URL is as good as a token while it works: it goes to whoever asks for it, and nowhere else.
import { pino } from "pino";
import { beforeAll, describe, expect, it } from "vitest";
import { registryOf } from "../support/registry.ts";
import { rowCounts, rowsOf } from "../support/row-counts.ts";
import { announced, fileOf, put, type SentFile, sendAll, senderOf } from "../support/uploads.ts";
import { adminToken, askOver, startWorld, type World } from "../support/world.ts";

/** All that the server says to its log, in one text. */
let logged = "";
/** All that it answers but where a URL was asked for. */
let answered = "";

function take(line: string): void {
  logged += line;
}

let now = Date.now();
/** Signed URLs by what they are for. */
const urls = new Map<string, string>();
const kinds = ["to send a file", "to send a part", "to send a file, expired", "to fetch a file"] as const;

let world: World;

/** A request to a signed URL that may be refused. */
async function visit(url: string, init?: RequestInit): Promise<number> {
  const response = await fetch(url, init);
  const body = await response.arrayBuffer();
  if (response.status >= 300) answered += Buffer.from(body).toString();
  answered += JSON.stringify([...response.headers]);
  return response.status;
}

async function ask(query: string): Promise<void> {
  answered += JSON.stringify(await askOver(world.url, query, {}, { authorization: `Bearer ${adminToken}` }));
}

const withBody = (body: string): RequestInit => ({
  method: "PUT",
  headers: { "content-type": "application/octet-stream" },
  body,
});

/** Everything that can be wrong with a request, and what is right. */
async function misuse(url: string): Promise<void> {
  for (const init of [withBody("x"), withBody("x".repeat(200)), { method: "PUT" }, { method: "DELETE" }, {}])
    await visit(url, init);
  const text = { ...withBody("x"), headers: { "content-type": "text/plain" } };
  for (const wrong of [`${url}x`, url.replace("expires=", "expires=1"), url.replace("/blobs/", "/blob/")])
    for (const init of [text, {}]) await visit(wrong, init);
  await visit(url.replace(/expires=\d+/, "expires=99999999999999"), { headers: { range: "bytes=9-1" } });
}

async function useAll(version: string, files: SentFile[]): Promise<void> {
  const sender = senderOf(world);
  const late = files.find(({ path }) => path === "late")!;
  const expiring = await sender.create(version, files);
  urls.set("to send a file, expired", expiring.upload.files[1].url);
  now += 24 * 3600 * 1_000;
  expect(await put(expiring.upload.files[1], late.bytes)).toBe(403);
  const { files: told } = await sender.upload(expiring.upload.id);
  urls.set("to send a file", told[2].url);
  urls.set("to send a part", told[0].parts[0].url);
  for (const url of urls.values()) await misuse(url);
  await sender.complete(expiring.upload.id);
  await sendAll(await sender.upload(expiring.upload.id), files);
  for (const url of urls.values()) await misuse(url);
  expect((await sender.complete(expiring.upload.id)).userErrors).toEqual([]);
  for (const url of urls.values()) await misuse(url);
}

beforeAll(async () => {
  const log = pino({ level: "trace" }, { write: take });
  world = await startWorld({ log, clock: () => now });
  const registry = registryOf(world);
  await registry.model("m");
  const { id: version } = await registry.version("m");
  await useAll(version, [fileOf("late"), fileOf("a-large", 33 * 1024 * 1024), fileOf("small", 200)]);
  const { modelVersion } = await world.ask(`{ modelVersion(ref: "m/1") { artifacts { path downloadUrl } } }`);
  urls.set("to fetch a file", modelVersion.artifacts[2].downloadUrl);
  expect(await visit(urls.get("to fetch a file")!)).toBe(200);
  await misuse(urls.get("to fetch a file")!);
  for (const url of urls.values()) {
    const uri = JSON.stringify(url);
    const { sha256 } = announced(fileOf("b"));
    const file = `{ path: "b", sizeBytes: 1, sha256: "${sha256}", uri: ${uri} }`;
    await ask(`mutation { createUpload(input: { version: "m/1", isEvidence: true, files: [${file}] }) {
      upload { id } userErrors { message } } }`);
  }
  await ask(`{ registryEvents(first: 100) { nodes { type body header payload texts { text salt } } } }`);
  await ask(
    `{ modelVersion(ref: "m/1") { statusMessage artifacts { path uri sha256 } history { nodes { body } } } }`,
  );
  await visit(`${world.url}/metrics`);
  answered += await (await fetch(`${world.url}/metrics`)).text();
  return world.close;
});

const signatureOf = (kind: string) => new URL(urls.get(kind)!).searchParams.get("signature")!;

describe.each(kinds)("a URL %s", (kind) => {
  it("is in no log line", () => {
    expect(logged).toContain('"path":"/blobs/');
    expect(signatureOf(kind)).toMatch(/^[\w-]{43}$/);
    expect(logged).not.toContain(signatureOf(kind));
  });

  it("is in no event, no error and no metric", () => {
    for (const said of ["bundle.sealed", "FORBIDDEN", "INVALID", "stemma_"]) expect(answered).toContain(said);
    expect(answered).not.toContain(signatureOf(kind));
  });

  it("is in no row of the database", async () => {
    const tables = Object.keys(await rowCounts(world.settings));
    const rows = await Promise.all(tables.map((table) => rowsOf(world.settings, `SELECT * FROM ${table}`)));
    expect(JSON.stringify(rows)).toContain('"a-large"');
    expect(JSON.stringify(rows)).not.toContain(signatureOf(kind));
  });
});

it("no two URLs have one signature, and none works for another method or object", async () => {
  expect(new Set(kinds.map(signatureOf)).size).toBe(kinds.length);
  const fetching = urls.get("to fetch a file")!;
  const sending = urls.get("to send a file")!;
  expect(await visit(sending)).toBe(403);
  expect(await visit(fetching, withBody("x"))).toBe(403);
  expect(await visit(fetching.replace(/signature=.*/, `signature=${signatureOf("to send a part")}`))).toBe(
    403,
  );
});
