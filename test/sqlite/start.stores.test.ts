import { expect, it, onTestFinished } from "vitest";
import { startAzurite } from "../support/azurite-server.ts";
import { emptyDatabase } from "../support/engines.ts";
import { startServer } from "../support/server-process.ts";
import { startSwift, whyNoSwift } from "../support/swift-server.ts";

const why = whyNoSwift();

/** What /ready says of a server with this environment. */
async function readiness(env: Record<string, string>) {
  const { url } = await startServer(await emptyDatabase(), 0, env);
  const response = await fetch(`${url}/ready`);
  const { reasons } = (await response.json()) as { reasons: Record<string, string> };
  return { status: response.status, reasons };
}

it.skipIf(why !== null)(
  `a server keeps objects in S3 by credentials of its environment, and says why it cannot${why ?? ""}`,
  async () => {
    const swift = await startSwift();
    onTestFinished(swift.stop);
    const bucket = await swift.bucket();
    const { accessKeyId, secretAccessKey } = swift.credentials;
    const at = (name: string) => `s3://${name}/models?endpoint=${swift.endpoint}&pathStyle=true`;
    const keys = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    expect(await readiness({ OBJECT_STORE_URL: at(bucket), ...keys })).toEqual({ status: 200, reasons: {} });
    expect(await readiness({ OBJECT_STORE_URL: at("no-bucket"), ...keys })).toEqual({
      status: 503,
      reasons: { objects: "the bucket is not there" },
    });
    const wrong = { ...keys, AWS_SECRET_ACCESS_KEY: "wrong" };
    const { status, reasons } = await readiness({ OBJECT_STORE_URL: at(bucket), ...wrong });
    expect(status).toBe(503);
    expect(reasons.objects).toMatch(/^the object store refuses our credentials/);
  },
);

it("a server keeps objects in Azure by the key of its environment, and says why it cannot", async () => {
  const azurite = await startAzurite();
  onTestFinished(azurite.stop);
  const { containerName } = await azurite.container();
  const env = (container: string) => ({
    OBJECT_STORE_URL: `azure://${container}/models?account=${azurite.account}&endpoint=${azurite.endpoint}`,
    AZURE_STORAGE_KEY: azurite.accountKey,
  });
  expect(await readiness(env(containerName))).toEqual({ status: 200, reasons: {} });
  expect(await readiness(env("no-container"))).toEqual({
    status: 503,
    reasons: { objects: "the container is not there" },
  });
});
