import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { expect, it, onTestFinished, vi } from "vitest";
import { LocalFolder } from "../../src/objects/local-folder.ts";
import { LocalStore } from "../../src/objects/local-store.ts";
import { largestWholeBytes } from "../../src/objects/parts.rules.ts";
import type { PartGrant, WholeGrant } from "../../src/objects/signed-url.rules.ts";
import { incomingOf, partOf } from "../support/object-store-contract.ts";

it.each([1_000, largestWholeBytes + 1])(
  "nothing is signed for %i bytes that are committed just then",
  async (size) => {
    const folder = await mkdtemp(join(tmpdir(), "stemma-rivals-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const store = await LocalStore.open(folder, () => "");
    const bytes = randomBytes(size);
    const incoming = await incomingOf(store, bytes);
    const { whole, parts } = await store.transfer(incoming, Infinity);
    const take = (url: string, body: Buffer) =>
      store.arrivals.take(
        store.signer.grantFor("PUT", url, 0) as WholeGrant | PartGrant,
        Readable.from([body]),
      );
    if (whole) await take(whole.url, bytes);
    for (const part of parts) await take(part.url, partOf(bytes, part));

    // What has arrived is looked at just after somebody else has committed it.
    const { namesIn } = LocalFolder.prototype;
    const late = vi.spyOn(LocalFolder.prototype, "namesIn").mockImplementation(async function (
      this: LocalFolder,
      path,
    ) {
      if (path.includes("incoming")) {
        late.mockRestore();
        await store.commit(incoming);
      }
      return namesIn.call(this, path);
    });
    onTestFinished(() => late.mockRestore());
    expect(await store.transfer(incoming, Infinity)).toEqual({ whole: null, parts: [] });
  },
);
