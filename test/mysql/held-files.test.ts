import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Transaction } from "../../src/db/transaction.ts";
import { signal } from "../support/pauses.ts";
import { retentionWorld, setHold } from "../support/retention-world.ts";
import type { S3Server } from "../support/s3-server.ts";
import { startSeaweed, whyNoSeaweed } from "../support/seaweed-server.ts";
import { fileOf, sendAll } from "../support/uploads.ts";

const why = whyNoSeaweed();

/** The next transaction that makes nodes stops once they have their numbers, until `goOn` is given. */
function pauseAfterNumbering() {
  const [hasNumbers, goOn] = [signal(), signal()];
  const { insertNumbered } = Transaction.prototype;
  vi.spyOn(Transaction.prototype, "insertNumbered").mockImplementationOnce(async function (
    this: Transaction,
    ...given
  ) {
    const numbers = await insertNumbered.apply(this, given);
    hasNumbers.give();
    await goOn.given;
    return numbers;
  } as Transaction["insertNumbered"]);
  return { hasNumbers, goOn };
}

describe.skipIf(why !== null)(
  `Files under a hold that are numbered before others and there after them${why ? ` (left out: ${why})` : ""}`,
  () => {
    let seaweed: S3Server;
    beforeAll(async () => {
      seaweed = await startSeaweed();
      process.env.AWS_ACCESS_KEY_ID = seaweed.credentials.accessKeyId;
      process.env.AWS_SECRET_ACCESS_KEY = seaweed.credentials.secretAccessKey;
    });
    afterAll(async () => {
      vi.restoreAllMocks();
      await seaweed.stop();
    });

    it("are locked at the next look, as all others are", async () => {
      const bucket = await seaweed.bucket(true);
      const where = { kind: "s3", bucket, prefix: "", region: "us-east-1", isPathStyle: true } as const;
      const settings = { ...where, endpoint: seaweed.endpoint, coldClass: null };
      const own = await retentionWorld({ settings, store: seaweed.store(bucket) });
      const keepers = own.another();
      for (const name of ["held", "free"]) await own.registry.model(name);
      await setHold(own, { model: "held", isHeld: true });
      await own.registry.version("held");
      const file = fileOf("weights.bin");
      const { upload } = await own.sender.create("held/1", [file]);
      await sendAll(upload, [file]);
      await own.registry.version("free");

      const { hasNumbers, goOn } = pauseAfterNumbering();
      const late = own.sender.complete(upload.id);
      await hasNumbers.given;
      await own.sender.push("free/1", [fileOf("weights.bin")]);
      expect(await keepers.settleDue()).toBe(0);
      goOn.give();
      await late;
      expect(await keepers.settleDue()).toBe(1);
    });
  },
);
