import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getIntrospectionQuery } from "graphql";
import type { SubscribePayload } from "graphql-ws";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type App, createApp } from "../../src/app.ts";
import { emptyDatabase, freshDatabase } from "../support/engines.ts";
import { adminToken, configOf, socketClient, startWorld } from "../support/world.ts";

const page = `query Page($n: Int!) { models(first: $n) { nodes { id } } }`;
const follow = `subscription { registryEvents(after: "start") { type } }`;
const create = `mutation { createModel(input: { name: "told" }) { userErrors { code } } }`;
const unlisted = "{ eventHead }";
const digestOf = (text: string) => createHash("sha256").update(text).digest("hex");

let folder: string;
let app: App;

async function manifest(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

async function start(settings: Parameters<typeof configOf>[0], trustedDocuments: string): Promise<App> {
  const config = configOf(settings);
  return createApp({ ...config, limits: { ...config.limits, trustedDocuments } });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "stemma-documents-"));
  const { settings, drop } = await freshDatabase();
  const listed = Object.fromEntries([page, follow, create].map((text) => [digestOf(text), text]));
  app = await start(settings, await manifest("documents.json", JSON.stringify(listed)));
  return async () => {
    await app.close();
    await drop();
    await rm(folder, { recursive: true });
  };
});

interface Asked extends Record<string, unknown> {
  query?: string;
  variables?: Record<string, unknown>;
}

const headers = { authorization: `Bearer ${adminToken}`, "content-type": "application/json" };

async function byPost(asked: Asked) {
  const response = await fetch(`${app.url}/graphql`, {
    method: "POST",
    headers,
    body: JSON.stringify(asked),
  });
  return { status: response.status, ...(await response.json()) };
}

async function byGet(asked: Asked) {
  const texts = Object.entries(asked).map(([name, value]) => [
    name,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  const response = await fetch(`${app.url}/graphql?${new URLSearchParams(Object.fromEntries(texts))}`, {
    headers,
  });
  return { status: response.status, ...(await response.json()) };
}

async function bySocket(asked: Asked) {
  const client = socketClient(app.url);
  try {
    const payload = { query: "", ...asked } as SubscribePayload;
    return (await client.iterate(payload).next()).value;
  } catch (errors) {
    return { errors };
  } finally {
    await client.dispose();
  }
}

const doors: [string, (asked: Asked) => ReturnType<typeof byPost>][] = [
  ["by POST", byPost],
  ["by GET", byGet],
  ["over a socket", bySocket],
];

const variables = { n: 3 };
const persisted = (sha256Hash: string) => ({ persistedQuery: { version: 1, sha256Hash } });

describe.each(doors)("where documents are listed, %s", (_, ask) => {
  it.each<[string, Asked]>([
    ["its text", { query: page }],
    ["its digest", { documentId: `sha256:${digestOf(page)}` }],
    ["its digest in capitals", { documentId: `sha256:${digestOf(page).toUpperCase()}` }],
    ["its digest as a persisted query", { extensions: persisted(digestOf(page)) }],
    ["its text and its digest", { query: page, extensions: persisted(digestOf(page)) }],
  ])("a listed one runs by %s", async (_name, asked) => {
    expect(await ask({ ...asked, variables, operationName: "Page" })).toMatchObject({
      data: { models: { nodes: [] } },
      extensions: { cost: { requested: 5 } },
    });
  });

  it.each<[string, Asked]>([
    ["another text", { query: unlisted }],
    ["a listed text, written otherwise", { query: `${page} ` }],
    ["another text beside a listed digest", { query: unlisted, documentId: `sha256:${digestOf(page)}` }],
    ["another digest", { documentId: `sha256:${digestOf(unlisted)}` }],
    ["another digest as a persisted query", { extensions: persisted(digestOf(unlisted)) }],
    ["what is no digest", { documentId: "sha256:__proto__" }],
    ["a persisted query of no digest", { extensions: { persistedQuery: { version: 1 } } }],
    ["introspection", { query: getIntrospectionQuery({ descriptions: false }) }],
    ["nothing", { operationName: "Page" }],
  ])("none runs by %s", async (_name, asked) => {
    // Twice, lest the first made it known.
    for (let turn = 0; turn < 2; turn++) {
      const { data, errors, status = 400 } = await ask({ ...asked, variables });
      expect({ data, code: errors[0].extensions.code, status }).toEqual({
        data: undefined,
        code: "UNTRUSTED_DOCUMENT",
        status: 400,
      });
    }
  });
});

it("A listed subscription runs by its digest, and no other does", async () => {
  await byPost({ documentId: `sha256:${digestOf(create)}` });
  expect(await bySocket({ extensions: persisted(digestOf(follow)) })).toMatchObject({
    data: { registryEvents: { type: expect.any(String) } },
  });
  expect((await bySocket({ query: follow.replace("type", "seq") })).errors).toMatchObject([
    { extensions: { code: "UNTRUSTED_DOCUMENT" } },
  ]);
});

it("Where none are listed, a client cannot have the server keep one either", async () => {
  const world = await startWorld();
  onTestFinished(world.close);
  for (const asked of [
    { query: unlisted, extensions: persisted(digestOf(unlisted)) },
    { extensions: persisted(digestOf(unlisted)) },
  ]) {
    const response = await fetch(`${world.url}/graphql`, {
      method: "POST",
      headers,
      body: JSON.stringify(asked),
    });
    const { errors } = await response.json();
    expect(errors[0].extensions.code).toBe("PERSISTED_QUERY_NOT_SUPPORTED");
  }
});

it.each([
  ["is not there", null, "cannot be read"],
  ["is no JSON", "{", "cannot be read as JSON"],
  ["is a list", JSON.stringify([page]), "expected an object of documents by their SHA-256"],
  ["holds what is no text", JSON.stringify({ [digestOf(page)]: 1 }), `${digestOf(page)} is no text`],
  [
    "holds a text under another digest",
    JSON.stringify({ [digestOf(page)]: unlisted }),
    `${digestOf(page)} is not the SHA-256 of its text, which is ${digestOf(unlisted)}`,
  ],
])("The start stops where the list %s", async (name, content, message) => {
  const path = content === null ? join(folder, "none") : await manifest(name, content);
  const started = start(await emptyDatabase(), path);
  await expect(started).rejects.toThrow("STEMMA_TRUSTED_DOCUMENTS: ");
  await expect(started).rejects.toThrow(message);
});
