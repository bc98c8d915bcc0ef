import { afterEach, expect, it, vi } from "vitest";
import type { Sql } from "../../src/db/sql.ts";
import { Transaction } from "../../src/db/transaction.ts";
import { registryOf } from "../support/registry.ts";
import { promotionRounds } from "../support/rivals.ts";
import { startWorld } from "../support/world.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/**
 * The proof that the rivals' test would notice: the same server, the same rounds, only that the model's row is read
 * without being locked. (On SQLite there is one writer at a time, whatever is locked.)
 */
it("lets several rivals win where transitions do not lock the model's row", async () => {
  const world = await startWorld();
  try {
    const registry = registryOf(world);
    await registry.model("unguarded");
    const { id } = await registry.version("unguarded");
    const lock = Transaction.prototype.lock;
    vi.spyOn(Transaction.prototype, "lock").mockImplementation(function (this: Transaction, statement: Sql) {
      return statement.sql.includes("FROM model m") ? this.query(statement) : lock.call(this, statement);
    } as Transaction["lock"]);
    const rounds = await promotionRounds(registry, id, 20);
    const doubles = rounds.filter(({ winners }) => winners > 1);
    console.info(`without the lock, ${doubles.length} of ${rounds.length} rounds had more than one winner`);
    expect(doubles.length).toBeGreaterThan(0);
  } finally {
    await world.close();
  }
});
