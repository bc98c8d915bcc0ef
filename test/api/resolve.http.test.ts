import { EventEmitter, once } from "node:events";
import { beforeAll, describe, expect, it } from "vitest";
import { person } from "../support/access.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { fileOf, senderOf, sha256Of } from "../support/uploads.ts";
import { adminToken, startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;
let made = 0;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  return world.close;
});

interface Asked {
  token?: string | null;
  mark?: string | null;
  signal?: AbortSignal;
}

async function resolve(ref: string, { token = adminToken, mark, signal }: Asked = {}) {
  const headers: Record<string, string> = {};
  if (token) headers.authorization = `Bearer ${token}`;
  if (mark) headers["if-none-match"] = mark;
  const response = await fetch(`${world.url}/resolve/${ref}`, { headers, signal: signal ?? null });
  const text = await response.text();
  return {
    status: response.status,
    mark: response.headers.get("etag"),
    body: text ? JSON.parse(text) : null,
  };
}

/** A model with two versions, the first of which is the champion. */
async function championed() {
  const model = `served-${++made}`;
  await registry.model(model);
  await registry.version(model, {
    image: { uri: "registry.example/served:1", digest: `sha256:${"a".repeat(64)}` },
  });
  await registry.version(model);
  await registry.mutate("setAlias", { model, alias: "champion", version: 1 });
  return model;
}

describe("GET /resolve/<ref>", () => {
  it("tells what serving needs in one answer: version, digest, image, files and where to get them", async () => {
    const model = await championed();
    const file = fileOf("model.onnx", 2_000, { contentType: "application/octet-stream" });
    await senderOf(world).push(`${model}/1`, [file]);
    const { status, body } = await resolve(`${model}@champion`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      model,
      version: 1,
      stage: "None",
      alias: "champion",
      uri: `models:/${model}/1`,
      image: { uri: "registry.example/served:1" },
      fileCount: 1,
      sizeBytes: 2_000,
      nextAfter: null,
      files: [{ path: "model.onnx", sizeBytes: 2_000, sha256: sha256Of(file.bytes), uri: null }],
    });
    const asked = await world.ask(
      `query ($ref: VersionRef!) { resolve(ref: $ref) { digest files { path sha256 } } }`,
      { ref: `${model}@champion` },
    );
    expect(asked.resolve).toEqual({
      digest: body.digest,
      files: [{ path: "model.onnx", sha256: sha256Of(file.bytes) }],
    });
    const bytes = await (await fetch(body.files[0].url)).arrayBuffer();
    expect(Buffer.from(bytes)).toEqual(file.bytes);
  });

  it.each(["models:/", ""])(
    "takes references with %s in front, and their signs encoded or not",
    async (front) => {
      const model = await championed();
      for (const ref of [`${model}@champion`, `${model}/1`, encodeURIComponent(`${front}${model}/1`)]) {
        expect((await resolve(front && !ref.includes("%") ? front + ref : ref)).body).toMatchObject({
          version: 1,
        });
      }
    },
  );

  it("goes page by page where there are many files", async () => {
    const model = await championed();
    await senderOf(world).push(`${model}/1`, [fileOf("a"), fileOf("b"), fileOf("c")]);
    const first = await resolve(`${model}/1?first=2`);
    expect([first.body.files.length, first.body.fileCount, first.body.nextAfter]).toEqual([2, 3, "b"]);
    const second = await resolve(`${model}/1?first=2&after=b`);
    expect([second.body.files[0].path, second.body.nextAfter]).toEqual(["c", null]);
  });

  it("answers 304 while nothing has changed, and anew as soon as it has", async () => {
    const model = await championed();
    const { mark } = await resolve(`${model}@champion`);
    expect(await resolve(`${model}@champion`, { mark })).toMatchObject({ status: 304, body: null, mark });
    await registry.mutate("setAlias", { model, alias: "champion", version: 2 });
    const moved = await resolve(`${model}@champion`, { mark });
    expect([moved.status, moved.body.version]).toEqual([200, 2]);
    expect(moved.mark).not.toBe(mark);
  });

  it("is 404 for what is not there and for what may not be read alike", async () => {
    const model = await championed();
    const { token } = await person(world, "stranger", { grants: [["VIEWER", "elsewhere.*"]] });
    const hidden = await resolve(`${model}@champion`, { token });
    const absent = await resolve("nothing/1", { token });
    expect([hidden.status, hidden.body]).toEqual([404, absent.body]);
  });

  it("is for those who are known", async () => {
    const model = await championed();
    expect((await resolve(`${model}@champion`, { token: null })).status).toBe(401);
    expect((await resolve(`${model}@champion`, { token: "wrong" })).status).toBe(401);
  });

  it("gives no URLs to who may read but not download", async () => {
    const model = await championed();
    await senderOf(world).push(`${model}/1`, [fileOf("a")]);
    await registry.mutate("defineRole", { name: `READER_${made}`, permissions: ["registry:read"] });
    const { token } = await person(world, `reader-${made}`, { grants: [[`READER_${made}`, "*"]] });
    const { body } = await resolve(`${model}/1`, { token });
    expect(body.files).toMatchObject([{ path: "a", url: null }]);
  });

  it.each([
    ["?wait=61", "wait"],
    ["?wait=soon", "wait"],
    ["?first=0", "first"],
    ["?first=1001", "first"],
    ["?requireLive=maybe", "requireLive"],
    ["?stickyKey=", "stickyKey"],
    ["?wait=1&wait=2", "wait"],
  ])("refuses %s and says what was expected", async (query, field) => {
    const { status, body } = await resolve(`${await championed()}/1${query}`);
    expect([status, body.errors[0].message]).toEqual([400, expect.stringMatching(`^${field}: expected `)]);
  });

  it("refuses a version that is not live where a live one is asked for", async () => {
    const { status, body } = await resolve(`${await championed()}/1?requireLive=true`);
    expect([status, body.errors[0].extensions.code]).toEqual([400, "REFUSED_BY_POLICY"]);
  });
});

describe("GET /resolve/<ref>?wait", () => {
  it("answers as soon as the reference stands for another version", async () => {
    const model = await championed();
    const { mark } = await resolve(`${model}@champion`);
    const waiting = resolve(`${model}@champion?wait=60`, { mark });
    await registry.mutate("setAlias", { model, alias: "champion", version: 2 });
    expect((await waiting).body).toMatchObject({ version: 2 });
  });

  it("answers when the stage of the version changes, as by a rollback, and not for what does not matter", async () => {
    const model = await championed();
    const { mark } = await resolve(`${model}@champion`);
    const waiting = resolve(`${model}@champion?wait=60`, { mark });
    await registry.mutate("setModelTags", { model, set: [{ key: "a", value: "b" }] });
    await registry.promote(`${model}/1`, "Staging");
    expect((await waiting).body).toMatchObject({ version: 1, stage: "Staging" });
  });

  it("answers 404 when the model is deleted meanwhile", async () => {
    const model = await championed();
    const { mark } = await resolve(`${model}@champion`);
    const waiting = resolve(`${model}@champion?wait=60`, { mark });
    await registry.mutate("deleteModel", { model });
    expect((await waiting).status).toBe(404);
  });

  it("answers 304 after so many seconds without a change", async () => {
    const model = await championed();
    const { mark } = await resolve(`${model}@champion`);
    expect((await resolve(`${model}@champion?wait=1`, { mark })).status).toBe(304);
  });

  it("does not wait where the caller has seen something else", async () => {
    const model = await championed();
    expect((await resolve(`${model}@champion?wait=60`, { mark: 'W/"other"' })).status).toBe(200);
  });

  it("does not keep a server from stopping", async () => {
    const looks = new EventEmitter();
    const onStatement = (statement: string) => looks.emit(statement);
    const own = await startWorld({ onStatement });
    const its = registryOf(own);
    await its.model("stopping");
    await its.version("stopping");
    const headers = { authorization: `Bearer ${own.token}` };
    const first = await fetch(`${own.url}/resolve/stopping/1`, { headers });
    const known = { ...headers, "if-none-match": first.headers.get("etag")! };
    const isWaiting = once(looks, "SELECT seq, hash FROM journal_head WHERE id = 1");
    const waiting = fetch(`${own.url}/resolve/stopping/1?wait=60`, { headers: known });
    await isWaiting;
    await own.close();
    expect((await waiting).status).toBe(304);
  });

  it("tells nothing to a token that was revoked meanwhile", async () => {
    const model = await championed();
    const { token, id } = await person(world, `leaving-${made}`, { grants: [["VIEWER", "*"]] });
    const { mark } = await resolve(`${model}@champion`, { token });
    const waiting = resolve(`${model}@champion?wait=60`, { mark, token });
    await registry.mutate("deactivateActor", { actor: id });
    await registry.mutate("setAlias", { model, alias: "champion", version: 2 });
    expect((await waiting).status).toBe(401);
  });
});
