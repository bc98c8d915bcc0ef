import { expect, it } from "vitest";
import { contest } from "../support/exclusive-stages.ts";

/** Runs before the server does: what locks the model's row reads it without a lock. */
const unlocking = `
  import { Transaction } from ${JSON.stringify(new URL("../../dist/db/transaction.js", import.meta.url).href)};
  const { lock } = Transaction.prototype;
  Transaction.prototype.lock = function (statement) {
    return statement.sql.includes("FROM model m") ? this.query(statement) : lock.call(this, statement);
  };`;

/** The proof that the rivals' test would notice: the same contest, only that nobody waits for the model's row. */
it("lets more versions into a stage than its policy says where the model's row is not locked", async () => {
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(unlocking)}` };
  const { most, record } = await contest({ processes: 3, promotions: 2_000, env });
  expect(most).toBeGreaterThan(1);
  expect(record.most).toBeGreaterThan(1);
}, 600_000);
