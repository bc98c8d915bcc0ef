import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { UrlSigner } from "../../src/objects/signed-url.ts";
import { emptyDatabase } from "../support/engines.ts";
import { sha256Of } from "../support/object-store-contract.ts";
import { startServer } from "../support/server-process.ts";
import { fillUp, folderSeenBy, withSmallDisk } from "../support/small-disk.ts";
import { askOver } from "../support/world.ts";

const mebibyte = 1024 * 1024;

it("a full disk is told to who sends and to who watches, leaves nothing half, and is over when there is room again", async () => {
  const folder = await mkdtemp(join(tmpdir(), "stemma-small-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const env = { OBJECT_STORE_URL: `file:${folder}` };
  const { url, pid } = await startServer(await emptyDatabase(), 0, env, withSmallDisk(folder, 8));
  const seen = folderSeenBy(pid, folder);
  const signer = new UrlSigner(await readFile(join(seen, "signing-key")), () => url);
  const bytes = randomBytes(2 * mebibyte);
  const [sizeBytes, sha256, contentType] = [bytes.length, sha256Of(bytes), "application/x-model"];
  const expiresAt = Date.now() + 3_600_000;
  const send = async () => {
    const key = `full/${randomUUID()}`;
    const target = signer.sign({ kind: "whole", key, sizeBytes, sha256, contentType, expiresAt });
    const headers = { "content-type": contentType };
    const response = await fetch(target, { method: "PUT", headers, body: new Uint8Array(bytes) });
    return { status: response.status, text: await response.text() };
  };
  const ready = async () => {
    const response = await fetch(`${url}/ready`);
    const { parts, reasons } = await response.json();
    return [response.status, parts.objects, reasons.objects];
  };
  const reason = "the folder of objects has no room left (ENOSPC)";
  const refusal = { errors: [{ message: reason, extensions: { code: "INSUFFICIENT_STORAGE" } }] };

  expect(await send()).toMatchObject({ status: 200 });
  expect(await ready()).toEqual([200, true, undefined]);

  for (const leaveBytes of [mebibyte, 0]) {
    const clear = await fillUp(seen, leaveBytes);
    const { status, text } = await send();
    expect([status, JSON.parse(text)]).toEqual([507, refusal]);
    expect(await readdir(join(seen, "arriving"))).toEqual([]);
    expect(await readdir(join(seen, "incoming"))).toHaveLength(1);
    if (leaveBytes === 0) await expect.poll(ready, { timeout: 10_000 }).toEqual([503, false, reason]);
    expect(await askOver(url, "{ eventHead }")).toMatchObject({ status: 200, data: {} });
    await clear();
  }

  expect(await send()).toMatchObject({ status: 200 });
  await expect.poll(ready, { timeout: 10_000 }).toEqual([200, true, undefined]);
});
