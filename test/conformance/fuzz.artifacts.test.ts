import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { objectFolderOf } from "../support/engines.ts";
import { type Mlflow, mlflowOf } from "../support/mlflow.ts";
import { sendRaw } from "../support/raw-request.ts";
import type { World } from "../support/world.ts";
import { hostileRequests, hostileSources } from "./hostile-paths.ts";
import { wrongWith } from "./malformed.ts";
import { engines, startWorldOn } from "./worlds.ts";

const requests = hostileRequests(20_261_129, 40);
const routes = [...new Set(requests.map(({ route }) => route))];
/** All that any file of this registry may hold. */
const inside = ["kept inside", "put here"];
const secret = `outside ${randomBytes(16).toString("hex")}`;

describe.each(engines)("paths of files that lead elsewhere, on %s", (engine) => {
  let world: World;
  let mlflow: Mlflow;
  let folder: string;
  let named: Record<string, string>;

  beforeAll(async () => {
    world = await startWorldOn(engine);
    mlflow = mlflowOf(world);
    folder = dirname(objectFolderOf(world.settings));
    named = await filled();
    await writeFile(join(folder, named.outside!), secret);
    return async () => {
      await rm(join(folder, named.outside!), { force: true });
      await world.close();
    };
  });

  /** A run, a logged model and a version, each with a file. */
  async function filled(): Promise<Record<string, string>> {
    const made = await mlflow.post("runs/create", { experiment_id: "0" });
    const run = made.body.run.info.run_id;
    const logged = await mlflow.post("logged-models", { experiment_id: "0", name: "filed" });
    const model = logged.body.model.info.model_id;
    for (const root of [`0/${run}/artifacts`, `0/models/${model}/artifacts`]) {
      for (const path of ["a.txt", "folder/a.txt"]) await put(`${root}/${path}`);
    }
    await mlflow.post("registered-models/create", { name: "filed" });
    await mlflow.post("model-versions/create", { name: "filed", source: `runs:/${run}/folder`, run_id: run });
    const { modelVersion } = await world.ask('{ modelVersion(ref: "filed/1") { id } }');
    const mark = randomBytes(6).toString("hex");
    return {
      run,
      model,
      version: modelVersion.id,
      outside: `stemma-outside-${mark}`,
      stray: `stray-${mark}`,
    };
  }

  async function put(path: string): Promise<void> {
    const body = Buffer.from(inside[0]!);
    const headers = {
      authorization: `Bearer ${world.token}`,
      "content-length": String(body.length),
    };
    const target = { origin: world.url, path: `/api/2.0/mlflow-artifacts/artifacts/${path}` };
    expect((await sendRaw({ ...target, method: "PUT", headers, body })).status).toBe(200);
  }

  const fill = (text: string, more: Record<string, string> = {}) =>
    text.replace(/\$([a-z]+)/g, (found, name) => ({ ...named, ...more })[name] ?? found);

  it.each(routes)("give nothing and change nothing outside of the registry: %s", async (route) => {
    const wrong: object[] = [];
    const send = async ({ method, path, headers, body }: (typeof requests)[number]) => {
      const authorization = `Bearer ${world.token}`;
      const sent = { method, path: fill(path), headers: { authorization, ...headers }, body };
      const answer = await sendRaw({ ...sent, origin: world.url });
      const text = answer.body.toString();
      const isFile = answer.headers["content-disposition"] !== undefined;
      const isBare = method === "HEAD" && answer.status < 500;
      const isNoUrl = answer.status === 400 && text.includes('"this URL is none"');
      const told = isFile ? wrongFile(text) : isBare || isNoUrl ? null : wrongWith(answer.status, text);
      const found = /root:.*:0:0:/.test(text) || text.includes(secret) ? "bytes of others" : told;
      if (found) wrong.push({ found, method, path: sent.path, answer: text.slice(0, 300) });
    };
    await Promise.all(requests.filter((request) => request.route === route).map(send));
    expect(wrong).toEqual([]);
    expect(await readFile(join(folder, named.outside!), "utf8")).toBe(secret);
    expect((await readdir(folder)).filter((name) => name.includes(named.stray!))).toEqual([]);
  });

  function wrongFile(text: string): string | null {
    return inside.includes(text) ? null : "bytes that nobody put there";
  }

  it("are refused as sources of versions, and nobody is called", async () => {
    let calls = 0;
    const listener = createServer((socket) => {
      calls += 1;
      socket.destroy();
    }).listen(0, "127.0.0.1");
    onTestFinished(() => void listener.close());
    await once(listener, "listening");
    const port = String((listener.address() as { port: number }).port);
    const taken: object[] = [];
    for (const told of hostileSources) {
      const source = fill(told, { port });
      for (const more of [{}, { run_id: named.run! }, { model_id: named.model! }]) {
        const { status } = await mlflow.post("model-versions/create", { name: "filed", source, ...more });
        if (status !== 400 && status !== 404) taken.push({ source, ...more, status });
      }
    }
    expect(taken).toEqual([]);
    const { body } = await mlflow.get("model-versions/search", { filter: "name = 'filed'" });
    expect(body.model_versions).toHaveLength(1);
    expect(calls).toBe(0);
  });
});
