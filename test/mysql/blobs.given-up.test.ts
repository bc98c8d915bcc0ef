import { randomBytes } from "node:crypto";
import { expect, it, vi } from "vitest";
import { administrator } from "../../src/access/authenticate.ts";
import { type Sql, sql } from "../../src/db/sql.ts";
import { Transaction } from "../../src/db/transaction.ts";
import { blobGround } from "../support/blob-ground.ts";
import { rigOn } from "../support/blob-rig.ts";
import { dangling, leaked } from "../support/stored-truth.ts";

it("has bytes sent anew that were given up between being found and being locked", async () => {
  const ground = { ...(await blobGround()), graceSeconds: 0 };
  const rig = rigOn(ground);
  const files = [{ path: "a", bytes: randomBytes(100) }];
  const first = await rig.version("first");
  const sent = await rig.open(administrator, first, files);
  await rig.send(sent, files);
  await rig.complete(sent);

  const lock = Transaction.prototype.lock;
  let isGone = false;
  const spy = vi.spyOn(Transaction.prototype, "lock").mockImplementation(async function (
    this: Transaction,
    statement: Sql,
  ) {
    if (!isGone && statement.sql.startsWith("SELECT * FROM stored_blob")) {
      isGone = true;
      await rig.purge(first);
      await rig.collection.collector.collect();
    }
    return lock.call(this, statement);
  } as Transaction["lock"]);
  const second = await rig.version("second");
  const upload = await rig.open(administrator, second, files).finally(() => spy.mockRestore());
  expect(isGone).toBe(true);
  await rig.send(upload, files);
  await rig.complete(upload);
  expect(await dangling(ground.db.read, ground.store)).toEqual([]);
  expect(await leaked(ground.db.read, ground.store)).toEqual([]);
  const [kept] = await ground.db.read.query(sql`SELECT sizeBytes FROM stored_blob`);
  expect(kept).toEqual({ sizeBytes: 100 });
});
