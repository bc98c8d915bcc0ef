import { beforeAll, describe, expect, it } from "vitest";
import { sendRaw } from "../support/raw-request.ts";
import type { S3Server } from "../support/s3-server.ts";
import { startSeaweed, whyNoSeaweed } from "../support/seaweed-server.ts";
import { proxyTo } from "../support/tcp-proxy.ts";
import type { World } from "../support/world.ts";
import { mlflowVersions, whyNoMlflow } from "./environments.ts";
import { checksOf, startPythonClient } from "./python-client.ts";
import { engines, startWorldOn } from "./worlds.ts";

const mebibyte = 1024 ** 2;
const smallest = 5 * mebibyte;
const inParts = {
  MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD: "true",
  MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE: String(6 * mebibyte),
  MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE: String(smallest),
  MLFLOW_MULTIPART_DOWNLOAD_CHUNK_SIZE: String(smallest),
};

interface Credential {
  url: string;
  part_number: number;
  headers: Record<string, string>;
}

const why = whyNoMlflow() ?? whyNoSeaweed();

describe.skipIf(why !== null)(`large files in parts, in S3${why ? ` (left out: ${why})` : ""}`, () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startSeaweed();
    process.env.AWS_ACCESS_KEY_ID = server.credentials.accessKeyId;
    process.env.AWS_SECRET_ACCESS_KEY = server.credentials.secretAccessKey;
    return server.stop;
  });

  describe.each(engines)("on %s", (engine) => {
    let world: World;
    let run: string;
    beforeAll(async () => {
      const where = { bucket: await server.bucket(), prefix: "", region: "us-east-1", coldClass: null };
      const store = { kind: "s3", ...where, endpoint: server.endpoint, isPathStyle: true } as const;
      world = await startWorldOn(engine, { store });
      const made = await asked("POST", "/api/2.0/mlflow/runs/create", { experiment_id: "0" });
      run = made.body.run.info.run_id;
      return world.close;
    });

    async function asked(method: string, path: string, given?: object) {
      const body = given ? Buffer.from(JSON.stringify(given)) : null;
      const headers = {
        authorization: `Bearer ${world.token}`,
        ...(body && { "content-type": "application/json", "content-length": String(body.length) }),
      };
      const answer = await sendRaw({ origin: world.url, method, path, headers, body });
      const text = answer.body.toString();
      return {
        status: answer.status,
        bytes: answer.body,
        body: text.startsWith("{") ? JSON.parse(text) : text,
      };
    }

    const proxy = "/api/2.0/mlflow-artifacts";
    const inRun = (what: string) => `${proxy}/${what}/0/${run}/artifacts`;
    const path = (name: string) => `/home/someone/${name}`;

    async function begun(name: string, num_parts: number) {
      const { status, body } = await asked("POST", inRun("mpu/create"), { path: path(name), num_parts });
      expect(status).toBe(200);
      return body as { upload_id: string; credentials: Credential[] };
    }

    async function sent({ url, part_number, headers }: Credential, bytes: Buffer) {
      const answer = await fetch(url, { method: "PUT", body: new Uint8Array(bytes), headers });
      return { status: answer.status, part: { part_number, etag: answer.headers.get("etag") ?? "" } };
    }

    const completed = (name: string, upload_id: string, parts: object[]) =>
      asked("POST", inRun("mpu/complete"), { path: path(name), upload_id, parts });

    it.each(mlflowVersions)(
      "the client of MLflow %s carries none of their bytes past the store",
      async (version) => {
        const relay = await proxyTo(Number(new URL(world.url).port));
        const client = await startPythonClient(
          "parts",
          version,
          { url: `http://127.0.0.1:${relay.port}`, token: world.token },
          inParts,
        );
        try {
          for (const { sentence } of checksOf("parts", version)) await client.check(sentence);
        } finally {
          await client.stop();
        }
        expect(relay.carried.there + relay.carried.back).toBeLessThan(mebibyte / 4);
      },
    );

    it("are made of their parts in order, once, however often that is asked for", async () => {
      const { upload_id, credentials } = await begun("large.bin", 2);
      const bytes = [Buffer.alloc(smallest, 1), Buffer.alloc(3, 2)];
      const first = await sent(credentials[0]!, bytes[0]!);
      const lacking = { part_number: 2, etag: "0".repeat(32) };
      const early = await completed("large.bin", upload_id, [first.part, lacking]);
      expect(early).toMatchObject({ status: 400, body: { error_code: "INVALID_PARAMETER_VALUE" } });
      expect((await asked("GET", `${inRun("artifacts")}/large.bin`)).status).toBe(404);
      const second = await sent(credentials[1]!, bytes[1]!);
      for (let time = 0; time < 2; time++) {
        const done = await completed("large.bin", upload_id, [second.part, first.part]);
        expect(done).toMatchObject({ status: 200, body: {} });
      }
      const whole = await asked("GET", `${inRun("artifacts")}/large.bin`);
      expect(whole.bytes.equals(Buffer.concat(bytes))).toBe(true);
    });

    it("are forgotten where they are aborted, and what was signed is of no use then", async () => {
      const { upload_id, credentials } = await begun("dropped.bin", 1);
      const { part } = await sent(credentials[0]!, Buffer.from("some"));
      const abort = () => asked("POST", inRun("mpu/abort"), { path: path("dropped.bin"), upload_id });
      expect((await abort()).status).toBe(200);
      expect((await sent(credentials[0]!, Buffer.from("more"))).status).toBeGreaterThanOrEqual(400);
      expect((await completed("dropped.bin", upload_id, [part])).status).toBe(404);
      expect((await asked("GET", `${inRun("artifacts")}/dropped.bin`)).status).toBe(404);
      expect((await abort()).status).toBe(404);
    });

    it("are refused with parts of other bytes, of none, and under another name", async () => {
      const { upload_id, credentials } = await begun("other.bin", 1);
      const { part } = await sent(credentials[0]!, Buffer.from("some"));
      const wrong = await completed("other.bin", upload_id, [{ ...part, etag: '"0123456789abcdef"' }]);
      expect(wrong.status).toBe(400);
      expect((await completed("other.bin", upload_id, [])).status).toBe(400);
      expect((await completed("another.bin", upload_id, [part])).status).toBe(404);
      expect((await completed("other.bin", upload_id, [part])).status).toBe(200);
    });
  });
});
