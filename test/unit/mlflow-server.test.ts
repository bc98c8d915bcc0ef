import { once } from "node:events";
import { mkdtemp, readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { fetchAll, placeOf } from "../../src/cli/sources/mlflow-artifacts.ts";
import { readMlflowSettings } from "../../src/client/environment.ts";
import { SettingError, StemmaClientError } from "../../src/client/errors.ts";
import { nothing } from "../../src/client/mlflow-answers.ts";
import { experimentsOf } from "../../src/client/mlflow-lists.ts";
import { MlflowServer } from "../../src/client/mlflow-server.ts";
import { deadServer } from "../support/cli-process.ts";
import { listOf } from "../support/foreign-stores.ts";

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A server that answers by path; an object is JSON, a text is itself. */
async function serverOf(answers: Record<string, Answer | object | string>): Promise<string> {
  const server = createServer(async (request, response) => {
    const answer = answers[request.url!.replace(/\?.*/, "")] ?? answers["*"];
    const told = typeof answer === "function" ? await answer(request, response) : answer;
    if (response.writableEnded) return;
    if (told === undefined) response.statusCode = 404;
    response.end(typeof told === "string" ? told : JSON.stringify(told ?? {}));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const search = "/api/2.0/mlflow/experiments/search";
const mlflow = { "/version": "3.17.2", [search]: { experiments: [] } };
const openAt = (url: string, env = {}) =>
  MlflowServer.open(readMlflowSettings(url, env), { patienceMillis: 5_000 });

async function refusalOf(doing: Promise<unknown>): Promise<StemmaClientError> {
  const error = await doing.then(
    () => null,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(StemmaClientError);
  expect((error as Error).message).not.toContain("\n");
  return error as StemmaClientError;
}

const refuse =
  (status: number, body: object = {}, headers: Record<string, string> = {}): Answer =>
  (_, response) => {
    response.writeHead(status, headers).end(JSON.stringify(body));
  };

describe("an MLflow server is told apart", () => {
  it("from no server at all", async () => {
    const { url } = await deadServer();
    expect(await refusalOf(openAt(url))).toMatchObject({
      ...{ code: "UNREACHABLE", message: `no MLflow server answers at ${url} (ECONNREFUSED)` },
    });
  });

  it.each<Record<string, string>>([{ "/version": "<html>hello</html>" }, { "*": "3.0" }, {}])(
    "from %j",
    async (answers) => {
      expect(await refusalOf(openAt(await serverOf(answers)))).toMatchObject({ code: "NOT_MLFLOW" });
    },
  );

  it("from one that is too old", async () => {
    const url = await serverOf({ ...mlflow, "/version": "1.30.1" });
    expect(await refusalOf(openAt(url))).toMatchObject({
      ...{ code: "TOO_OLD", message: `${url} is MLflow 1.30.1; expected 2.0 or newer` },
    });
  });

  it("from one that lets nobody in, naming the variables and no secret", async () => {
    const url = await serverOf({ ...mlflow, [search]: refuse(401) });
    const { code, message } = await refusalOf(openAt(url, { MLFLOW_TRACKING_TOKEN: "very-secret" }));
    expect(code).toBe("MLFLOW_UNAUTHENTICATED");
    expect(message).toContain("MLFLOW_TRACKING_TOKEN");
    expect(message).not.toContain("very-secret");
  });
});

describe("an MLflow server is asked", () => {
  it("again after 503 and 429", async () => {
    const statuses = [200, 503, 429];
    let asked = 0;
    const url = await serverOf({
      ...mlflow,
      [search]: (_: IncomingMessage, response: ServerResponse) => {
        response.statusCode = statuses[asked++] ?? 200;
        return { experiments: [] };
      },
    });
    expect(await listOf(experimentsOf(await openAt(url)))).toEqual([]);
    expect(asked).toBe(4);
  });

  it("once only where what is wrong does not pass", async () => {
    let asked = 0;
    const refused = { error_code: "INVALID_PARAMETER_VALUE", message: "no" };
    const get: Answer = (request, response) => {
      asked++;
      refuse(400, refused)(request, response);
    };
    const server = await openAt(await serverOf({ ...mlflow, "/api/2.0/mlflow/runs/get": get }));
    expect(await refusalOf(server.get("runs/get", {}, nothing))).toMatchObject({
      code: "INVALID_PARAMETER_VALUE",
    });
    expect(asked).toBe(1);
  });

  it("nowhere else: a redirect is followed by nobody, and shown to nobody the credentials", async () => {
    let visits = 0;
    const elsewhere = await serverOf({ "*": () => void visits++ });
    const url = await serverOf({ ...mlflow, [search]: refuse(302, {}, { location: elsewhere }) });
    expect(await refusalOf(openAt(url, { MLFLOW_TRACKING_TOKEN: "t" }))).toMatchObject({
      code: "NOT_MLFLOW",
    });
    expect(visits).toBe(0);
  });

  it("with what the environment says, and nothing of it in a URL", async () => {
    expect(readMlflowSettings("http://host:5000/mlflow/", { MLFLOW_TRACKING_TOKEN: "t" })).toEqual({
      ...{ url: "http://host:5000/mlflow", authorization: "Bearer t" },
    });
    const user = { MLFLOW_TRACKING_USERNAME: "ada", MLFLOW_TRACKING_PASSWORD: "x" };
    expect(readMlflowSettings("http://host:5000", user).authorization).toBe("Basic YWRhOng=");
    for (const wrong of ["http://ada:secret@host", "ftp://host", "host:5000", "http://host/?a=b"]) {
      expect(() => readMlflowSettings(wrong, {})).toThrow(SettingError);
    }
    expect(() => readMlflowSettings("http://ada:secret@host", {})).not.toThrow(/secret/);
    expect(() => readMlflowSettings("http://host", { MLFLOW_TRACKING_USERNAME: "ada" })).toThrow(
      SettingError,
    );
  });

  it("until its pages end, and not for ever where they do not", async () => {
    const page = { experiments: [{ experiment_id: "1", name: "a" }], next_page_token: "again" };
    const server = await openAt(await serverOf({ ...mlflow, [search]: page }));
    expect(await refusalOf(listOf(experimentsOf(server)))).toMatchObject({
      ...{ code: "NOT_MLFLOW", message: expect.stringContaining("the same page") },
    });
  });
});

describe("files of a version", () => {
  const proxy = "/api/2.0/mlflow-artifacts/artifacts";
  const uri = "/api/2.0/mlflow/model-versions/get-download-uri";
  const version = { model: "m", version: "1", source: "s3://x", runId: null, modelId: null };

  async function fetched(path: string, more: Record<string, Answer | object | string> = {}) {
    const folder = await mkdtemp(join(tmpdir(), "stemma-test-"));
    const listed = { files: [{ path, is_dir: false, file_size: 2 }] };
    const server = await openAt(
      await serverOf({
        ...{ ...mlflow, [uri]: { artifact_uri: "mlflow-artifacts:/1/model" }, [proxy]: listed },
        ...more,
      }),
    );
    const place = await placeOf(server, version);
    if (typeof place === "string") throw new Error(place);
    return { folder, count: await fetchAll(server, place, folder, {}) };
  }

  it("land in the folder under their last names, whatever paths the server tells", async () => {
    const { folder, count } = await fetched("../../../etc/passwd", { [`${proxy}/1/model/passwd`]: "hi" });
    expect(count).toBe(1);
    expect(await readFile(join(folder, "passwd"), "utf8")).toBe("hi");
  });

  it.each(["..", "a/..", "", "a\\b", "c:d", "\u0000"])("are refused under the name %j", async (path) => {
    expect(await refusalOf(fetched(path))).toMatchObject({ code: "UNSAFE_PATH" });
  });

  it.each(["mlflow-artifacts://elsewhere:80/1/model", "s3://bucket/1", "mlflow-artifacts:/1/a%2f%2e%2e%2fb"])(
    "are not looked for at %s",
    async (artifact_uri) => {
      await expect(fetched("a", { [uri]: { artifact_uri } })).rejects.toThrow("does not give them");
    },
  );
});
